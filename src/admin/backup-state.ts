/** The backups of a server, as far as they are known. */

import { durationOf } from '../config.ts';
import type { Administration } from './administration.ts';
import { type KeptBackup, listBackups, sizeOf } from './backup-folder.ts';
import { fileReason } from './file-reason.ts';

export interface BackupState {
  /** Folder of those that the server makes itself. */
  readonly folder: string;
  readonly every: string;
  /** The newest one there; null: none. */
  readonly last: { readonly file: string; readonly time: string; readonly bytes: number } | null;
  readonly count: number;
  /** What is wrong; null: nothing. */
  readonly problem: string | null;
}

/** null where the server makes none. */
export async function backupState(on: Administration): Promise<BackupState | null> {
  const { 'backup.dir': folder, 'backup.every': every } = on.settings;
  if (folder === '') return null;
  try {
    const backups = await listBackups(folder, on.store.id);
    const [newest] = backups;
    const last = newest
      ? { file: newest.file, time: new Date(newest.time).toISOString(), bytes: await sizeOf(newest) }
      : null;
    return { folder, every, last, count: backups.length, problem: problem(on, newest) ?? null };
  } catch (error) {
    const reason = `the backups in "${folder}" can't be looked at: ${fileReason(error)}`;
    return { folder, every, last: null, count: 0, problem: reason };
  }
}

/** ms after it was due that nobody minds: it takes its time, and a server may be restarted. */
const LATE = 60 * 60_000;

function problem(on: Administration, newest: KeptBackup | undefined): string | undefined {
  const { 'backup.dir': folder, 'backup.every': every } = on.settings;
  const failure = on.running?.backups?.failure;
  if (failure !== undefined) return `the last backup to "${folder}" failed: ${failure}`;
  const since = newest?.time ?? on.running?.since ?? Date.now();
  if (Date.now() - since < (durationOf(every) ?? 0) + LATE) return undefined;
  const how = on.running ? 'the log says why' : 'the server makes them while it runs';
  return newest
    ? `the last backup is of ${new Date(since).toISOString().slice(0, 10)}, one is due every ${every}: ${how}`
    : `there is no backup in "${folder}" yet: ${how}`;
}
