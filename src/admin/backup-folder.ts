/** The folder in which a server keeps the backups that it makes of itself. */

import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { partialName } from './output-file.ts';

export interface KeptBackup {
  /** Absolute. */
  readonly file: string;
  /** ms since 1970 UTC: when it was begun. */
  readonly time: number;
}

/**
 * Name of a backup. It says whose it is, so that two servers that share a folder leave each other's alone.
 * @param store id of the store. @param time ms since 1970 UTC
 */
export function backupName(store: string, time: number): string {
  const [stamp = ''] = new Date(time).toISOString().replace(/[-:]/g, '').split('.');
  return `${prefixOf(store)}${stamp}Z.tar.gz`;
}

function prefixOf(store: string): string {
  return `davd-${store.slice(0, 8)}-`;
}

/** ms since 1970 UTC, undefined for what is no backup of this store. */
export function timeOfBackup(store: string, name: string): number | undefined {
  if (!name.startsWith(prefixOf(store))) return undefined;
  const [, ...parts] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.tar\.gz$/.exec(name.slice(prefixOf(store).length)) ?? [];
  const [year, month = '', ...rest] = parts;
  const time = Date.UTC(Number(year), Number(month) - 1, ...(rest.map(Number) as [number]));
  return Number.isNaN(time) ? undefined : time;
}

/** Newest first. @throws where the folder can't be read. */
export async function listBackups(folder: string, store: string): Promise<readonly KeptBackup[]> {
  const found = (await readdir(folder)).flatMap((name) => {
    const time = timeOfBackup(store, name);
    return time === undefined ? [] : [{ file: join(folder, name), time }];
  });
  return found.sort((a, b) => b.time - a.time);
}

/** Octets of a backup, 0 where it is gone. */
export async function sizeOf({ file }: KeptBackup): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

/** Removes all but the newest ones. */
export async function removeOldBackups(folder: string, store: string, keep: number): Promise<void> {
  for (const { file } of (await listBackups(folder, store)).slice(keep)) await unlink(file);
}

/** Removes what a crash left unfinished. Nobody may be making one. */
export async function removeUnfinishedBackups(folder: string, store: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const whole = name.slice(1).replace(/\.partial$/, '');
    const isOne = name === partialName(whole) && timeOfBackup(store, whole) !== undefined;
    if (isOne) await unlink(join(folder, name));
  }
}
