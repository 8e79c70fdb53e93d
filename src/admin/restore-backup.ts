/** Making a data folder of a backup, and finding out whether that would work. */

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeStoreOfPieces, StoreError, storePieces } from '../app.ts';
import type { Manifest } from '../backup/manifest.ts';
import type { Log } from '../log.ts';
import type { Pieces, Totals } from '../store/piece.ts';
import { fileReason } from './file-reason.ts';
import { Refused } from './refused.ts';
import { type Unpacked, type UnpackOptions, unpackBackup } from './unpack-backup.ts';

export interface RestoreOptions extends Omit<UnpackOptions, 'folder'> {
  /** Gets what the store says about the data. */
  readonly log: Pick<Log, 'info' | 'warn'>;
}

export interface Restored extends Totals {
  readonly file: string;
  /** ISO 8601: the moment that the backup shows. */
  readonly time: string;
}

export interface Verified extends Restored {
  /** Files that are not as they should be; none: the backup is good. */
  readonly differences: readonly Difference[];
}

export interface Difference {
  readonly file: string;
  /** A sentence without capital and full stop. */
  readonly what: string;
}

/** Where a backup is unpacked, until all of it is there. */
const UNFINISHED = '.davd-restoring';

/**
 * Makes a data folder of a backup. The folder may be absent or empty.
 * @throws Refused; then it is as it was.
 */
export async function restoreBackup(data: string, options: RestoreOptions): Promise<Restored> {
  const made = await beginFolder(data);
  const fresh = join(data, UNFINISHED);
  try {
    await mkdir(fresh, { mode: 0o700 });
    const unpacked = await unpackBackup({ ...options, folder: fresh });
    const pieces = await makeStore(fresh, unpacked, options, false);
    await pieces.close();
    await moveUp(fresh, data);
    return restoredOf(options.file, unpacked.manifest, pieces);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (made) await rmdir(data).catch(() => undefined);
    throw error;
  }
}

/**
 * Restores a backup into a scratch folder and compares every file of it with what came out.
 * @throws Refused where it can't be restored.
 */
export async function verifyBackup(options: RestoreOptions): Promise<Verified> {
  const folder = await mkdtemp(join(tmpdir(), 'davd-verify-'));
  try {
    const unpacked = await unpackBackup({ ...options, folder });
    const pieces = await makeStore(folder, unpacked, options, true);
    try {
      const differences = await compare(unpacked.sums, pieces, options.signal);
      return { ...restoredOf(options.file, unpacked.manifest, pieces), differences };
    } finally {
      await pieces.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns whether the folder was made. @throws Refused where something is in it. */
async function beginFolder(data: string): Promise<boolean> {
  try {
    const made = await mkdir(data, { recursive: true, mode: 0o700 });
    const names = (await readdir(data)).filter((name) => name !== 'lost+found' && name !== UNFINISHED);
    if (names.length > 0) {
      throw new Refused(
        `can't restore to "${data}": something is there; name an empty or a new folder with --data`,
      );
    }
    await rm(join(data, UNFINISHED), { recursive: true, force: true });
    return made !== undefined;
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(`can't restore to "${data}": ${fileReason(error)}; name another folder with --data`);
  }
}

async function makeStore(
  folder: string,
  { manifest }: Unpacked,
  options: RestoreOptions,
  scratch: boolean,
): Promise<Pieces> {
  const moment = await makeStoreOfPieces(folder, options.log, { scratch }).catch((error: unknown) => {
    throw error instanceof StoreError ? unusable(options.file, error) : error;
  });
  const pieces = await storePieces(folder, moment, () => options.signal.throwIfAborted());
  const { users, collections, objects } = pieces;
  if (users === manifest.users && collections === manifest.collections && objects === manifest.objects)
    return pieces;
  await pieces.close();
  throw new Refused(
    `can't use the backup "${options.file}": it says that it has ${manifest.objects} objects, and there are ${objects}`,
  );
}

/** The store speaks of a folder that nobody knows. */
function unusable(file: string, { code, message }: StoreError): Refused {
  const reasons: Partial<Record<StoreError['code'], string>> = {
    absent: 'there is no store in it',
    foreign: 'there is no store in it',
    newer: 'a later davd wrote it: use that one',
    damaged: 'the journal in it is damaged',
  };
  return new Refused(`can't use the backup "${file}": ${reasons[code] ?? message}`);
}

/** What makes it a data folder comes last. */
async function moveUp(fresh: string, data: string): Promise<void> {
  const names = (await readdir(fresh)).filter((name) => name !== 'davd.json');
  for (const name of [...names, 'davd.json']) await rename(join(fresh, name), join(data, name));
  await rmdir(fresh);
  const folder = await open(data, 'r');
  try {
    await folder.chmod(0o700);
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function restoredOf(file: string, { time }: Manifest, { users, collections, objects }: Totals): Restored {
  return { file, time, users, collections, objects };
}

async function compare(
  sums: ReadonlyMap<string, string>,
  pieces: Pieces,
  signal: AbortSignal,
): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  const left = new Set(sums.keys());
  for (const piece of pieces.all()) {
    signal.throwIfAborted();
    const { name } = piece;
    const expected = sums.get(name);
    left.delete(name);
    // The journal goes on where the backup ended.
    if (!name.startsWith('files/') && name !== 'users.json') continue;
    const chunks = expected === undefined ? undefined : await piece.read();
    if (expected === undefined) differences.push({ file: name, what: 'it is not in the backup' });
    else if (!chunks) differences.push({ file: name, what: 'its bytes are lost' });
    else {
      const sum = createHash('sha256');
      for await (const chunk of chunks) sum.update(chunk);
      if (sum.digest('hex') !== expected)
        differences.push({ file: name, what: 'it has other bytes than the backup' });
    }
  }
  for (const name of left) {
    if (name.startsWith('files/')) differences.push({ file: name, what: 'it is in the backup alone' });
  }
  return differences;
}
