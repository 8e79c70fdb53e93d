/** The data folder: making one, and telling whether a folder is one. */

import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { initStore, StoreError } from '../app.ts';
import type { Settings } from '../config.ts';
import { readStoredSettings, writeStoredSettings } from '../config-file.ts';
import { errorCode, fileReason } from './file-reason.ts';
import { Refused } from './refused.ts';

/**
 * Makes a data folder with these settings. An empty folder that is already there (a mount point) is taken, and one
 * that an interrupted init left is finished.
 * @throws Refused where something is in it, or it can't be made.
 */
export async function initDataFolder(data: string, settings: Partial<Settings>): Promise<void> {
  await requireNothingThere(data);
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    // Calendars are private, also where the folder was there before with more open permissions.
    chmodSync(data, 0o700);
  } catch (error) {
    throw new Refused(
      `can't make the data folder "${data}": ${fileReason(error)}; choose another with --data`,
    );
  }
  await initStore(data).catch((error: unknown) => {
    // An earlier init came that far; whoever has put something in since is refused above.
    if (!(error instanceof StoreError && error.code === 'exists')) throw error;
  });
  // Last, since it is what makes the folder a data folder.
  await writeStoredSettings(data, settings);
}

/** 'unfinished': init was interrupted; nothing is in it but what init makes. */
export type FolderState = 'absent' | 'empty' | 'unfinished' | 'data' | 'foreign';

/** What is at `data`. @throws Refused where that can't be seen; SettingsError where davd.json can't be read. */
export async function inspectDataFolder(data: string): Promise<FolderState> {
  let names: readonly string[];
  try {
    names = readdirSync(data);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return 'absent';
    if (code === 'ENOTDIR') return 'foreign';
    throw new Refused(`can't look into the data folder "${data}": ${fileReason(error)}`);
  }
  // What a fresh file system has of its own.
  if (names.every((name) => name === 'lost+found')) return 'empty';
  if ((await readStoredSettings(data)) !== undefined) return 'data';
  return names.every((name) => isLeftOver(data, name)) ? 'unfinished' : 'foreign';
}

/** What init makes before it writes davd.json, still without contents. */
function isLeftOver(data: string, name: string): boolean {
  if (['lost+found', 'davd.json.new'].includes(name)) return true;
  if (!['journal', 'state', 'cache', 'files'].includes(name)) return false;
  try {
    return readdirSync(join(data, name)).every((inner) => name === 'files' && inner.startsWith('.davd'));
  } catch {
    return false;
  }
}

/** @throws Refused unless `data` is a data folder, with what to do next. `option`: ` --data DIR` to be repeated, or ''. */
export async function requireDataFolder(data: string, option: string): Promise<void> {
  switch (await inspectDataFolder(data)) {
    case 'data':
      return;
    case 'foreign':
      throw new Refused(`"${data}" is not a data folder of davd: name another with --data DIR`);
    case 'unfinished':
      throw new Refused(`"${data}" is a data folder that was not finished: run davd init${option} again`);
    default:
      throw new Refused(`there is no data folder at "${data}": make one with davd init${option}`);
  }
}

/** Who owns the folder; undefined where it is not there. */
export function ownerOf(data: string): { readonly uid: number; readonly gid: number } | undefined {
  return statSync(data, { throwIfNoEntry: false });
}

async function requireNothingThere(data: string): Promise<void> {
  const state = await inspectDataFolder(data);
  if (state === 'data') throw new Refused(`"${data}" is a data folder already: start it with davd serve`);
  if (state === 'foreign') {
    throw new Refused(
      `can't make a data folder at "${data}": something is there; choose another with --data`,
    );
  }
}

/** Octets of the journal, without its reserve of room; 0 where there is none. */
export async function journalSize(data: string): Promise<number> {
  const folder = join(data, 'journal');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name !== 'reserve');
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
