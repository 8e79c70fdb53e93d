/** Taking a backup apart: what makes the store again goes to the disk, the rest is looked at. */

import { createHash } from 'node:crypto';
import { mkdir, open, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { isKeptPiece } from '../app.ts';
import { ArchiveError, type Manifest } from '../backup/manifest.ts';
import { type ArchivedFile, readArchive } from '../backup/read-archive.ts';
import { errorCode, fileReason } from './file-reason.ts';
import { Refused } from './refused.ts';

export interface Unpacked {
  readonly manifest: Manifest;
  /** Of files that were only looked at: the SHA-256, by name. */
  readonly sums: ReadonlyMap<string, string>;
}

export interface UnpackOptions {
  readonly input: Readable;
  /** As the person named it, for sentences. */
  readonly file: string;
  /** An empty folder. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Told how far it is, in octets. */
  readonly progress: (done: number, of: number) => void;
}

/** @throws Refused; what is in the folder is worth nothing then. */
export async function unpackBackup(options: UnpackOptions): Promise<Unpacked> {
  const { input, file, folder, signal } = options;
  const sums = new Map<string, string>();
  const progress = { done: 0, of: 0 };
  const begin = async ({ octets }: Manifest): Promise<void> => {
    progress.of = octets;
    await requireRoom(folder, octets);
  };
  const take = async (archived: ArchivedFile): Promise<void> => {
    const { name } = archived;
    if (sums.has(name)) throw new ArchiveError(`"${name}" is in it twice`);
    sums.set(name, await takeFile(archived, options, progress));
  };
  try {
    return { manifest: await readArchive(input, { begin, take, signal }), sums };
  } catch (error) {
    throw unusable(file, error);
  }
}

/** Writes what has to be written. @returns the SHA-256. */
async function takeFile(
  { name, chunks }: ArchivedFile,
  { folder, progress }: UnpackOptions,
  octets: { done: number; readonly of: number },
): Promise<string> {
  const sum = createHash('sha256');
  const target = isWritten(name) ? await begun(join(folder, name)) : undefined;
  try {
    for await (const chunk of chunks) {
      sum.update(chunk);
      await target?.writeFile(chunk);
      octets.done += chunk.length;
      progress(octets.done, octets.of);
    }
    await target?.sync();
  } catch (error) {
    throw target && errorCode(error).startsWith('E') ? cantWrite(folder, error) : error;
  } finally {
    await target?.close();
  }
  return sum.digest('hex');
}

/** @throws ArchiveError for a name that no backup has. */
function isWritten(name: string): boolean {
  if (name === 'davd.json' || isKeptPiece(name)) return true;
  if (name === 'users.json' || name.startsWith('files/')) return false;
  throw new ArchiveError(`"${name.slice(0, 100)}" in it is not davd's`);
}

async function begun(path: string) {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await open(path, 'wx', 0o600);
  } catch (error) {
    throw cantWrite(path, error);
  }
}

async function requireRoom(folder: string, octets: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= octets) return;
  const [needed, left] = [octets, free].map((size) => `${Math.ceil(size / 1024 / 1024)} MB`);
  throw new Refused(`there is too little room at "${folder}": the backup needs ${needed}, ${left} are free`);
}

function cantWrite(path: string, error: unknown): Refused {
  return new Refused(`can't write "${path}": ${fileReason(error)}`);
}

function unusable(file: string, error: unknown): unknown {
  if (error instanceof ArchiveError) return new Refused(`can't use the backup "${file}": ${error.message}`);
  const readable = errorCode(error) === 'EIO' || errorCode(error) === 'EISDIR';
  return readable ? new Refused(`can't read the backup "${file}": ${fileReason(error)}`) : error;
}
