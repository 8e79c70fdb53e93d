/** What a backup says of itself: at its beginning what it is, at its end whether it is all there. */

import type { Totals } from '../store/piece.ts';

/** Names of the first and the last file in a backup. */
export const BEGIN = 'backup.json';
export const END = 'backup-end.json';

/** Format of backups that this davd writes, and the newest it reads. */
export const FORMAT = 1;

export interface Manifest extends Totals {
  readonly format: number;
  /** Version of the davd that wrote it. */
  readonly davd: string;
  /** Id of the store. */
  readonly store: string;
  /** ISO 8601: the moment it shows. */
  readonly time: string;
  /** Of all files between the first and the last. */
  readonly files: number;
  readonly octets: number;
}

export interface Ending {
  readonly end: true;
  /** Names of files that are not in it because their bytes were lost already. */
  readonly lost: readonly string[];
}

/** A backup that can't be used: a sentence that goes on after "…": ". */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

/** @throws ArchiveError */
export function readManifest(bytes: Uint8Array): Manifest {
  const value = parsed<Manifest>(bytes);
  const { format, davd, store, time } = value;
  if (typeof format === 'number' && format > FORMAT) {
    throw new ArchiveError(`a later davd (${davd}) wrote it: use that one`);
  }
  const counts = [value.users, value.collections, value.objects, value.files, value.octets];
  const texts = [davd, store, time];
  const isOne =
    format === FORMAT &&
    texts.every((text) => typeof text === 'string') &&
    Number.isFinite(Date.parse(time ?? '')) &&
    counts.every((count) => Number.isSafeInteger(count) && Number(count) >= 0);
  if (!isOne) throw new ArchiveError('it is not a backup of davd');
  return value as Manifest;
}

/** @throws ArchiveError */
export function readEnding(bytes: Uint8Array): Ending {
  const { end, lost } = parsed<Ending>(bytes);
  if (end !== true || !Array.isArray(lost) || !lost.every((name) => typeof name === 'string')) {
    throw new ArchiveError('it is damaged');
  }
  return { end, lost };
}

function parsed<T>(bytes: Uint8Array): Partial<T> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    if (typeof value === 'object' && value !== null) return value;
  } catch {}
  throw new ArchiveError('it is not a backup of davd');
}
