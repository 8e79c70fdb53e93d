/** `--data`: which folder a command works on, and how it gets at the server there. */

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { openPasswords } from '../accounts/password.ts';
import { openSightings } from '../accounts/sightings.ts';
import type { Administration } from '../admin/administration.ts';
import { ownerOf, requireDataFolder } from '../admin/data-folder.ts';
import type { Administrator, OperationName, Outcome, Wish } from '../admin/operations.ts';
import { type Reached, reach } from '../admin/reach.ts';
import type { Follower } from '../admin/streams.ts';
import { openStore, StoreError } from '../app.ts';
import { resolveSettings, type Settings } from '../config.ts';
import { readStoredSettings } from '../config-file.ts';
import { openLog } from '../log.ts';
import { VERSION } from '../version.ts';
import { program } from './output.ts';

export interface DataFolder {
  /** Absolute. */
  readonly path: string;
  /** ` --data DIR` where the next command must say it again, else ''. */
  readonly option: string;
}

/** The folder of `--data`, which is an option of the program as a whole. */
export function dataFolder(command: Command): DataFolder {
  const { data } = command.optsWithGlobals<{ data?: string }>();
  const path = resolve(data ?? defaultFolder());
  return { path, option: path === resolve(defaultFolder()) ? '' : ` --data ${quoted(data ?? path)}` };
}

/** DAVD_DATA, else where the system keeps such things for root, and where it keeps them for people. */
export function defaultFolder(): string {
  const { DAVD_DATA: data, XDG_DATA_HOME: home } = process.env;
  if (data) return data;
  if (process.getuid?.() === 0) return '/var/lib/davd';
  return join(home || join(homedir(), '.local/share'), 'davd');
}

/** Has the server of `--data` do what is wished, whether it runs or not. @throws Refused; see withServer */
export function administer<N extends OperationName>(
  command: Command,
  name: N,
  wish: Wish<N>,
): Promise<Outcome<N>> {
  return withServer(dataFolder(command), (administrator) => administrator(name, wish));
}

/** `davd user add NAME --data DIR`: what to type next, to be pasted. */
export function nextCommand(command: Command, words: string): string {
  return `${program()} ${words}${dataFolder(command).option}`;
}

/**
 * Does `work` on the server of the folder, whether it runs or not.
 * @throws Refused where there is none, or another process keeps it.
 */
export async function withServer<T>(
  folder: DataFolder,
  work: (administer: Administrator, follow: Follower) => Promise<T>,
): Promise<T> {
  await requireDataFolder(folder.path, folder.option);
  actAsOwner(folder.path);
  const reached: Reached = await reach({
    data: folder.path,
    version: VERSION,
    open: () => openAlone(folder.path),
  });
  try {
    return await work(reached.administer, reached.follow);
  } finally {
    await reached.close();
  }
}

/** The settings of the folder, or the defaults where there is none yet. @throws SettingsError */
export async function settingsOf({ path }: DataFolder): Promise<Settings> {
  return resolveSettings({ stored: (await readStoredSettings(path)) ?? {}, environment: process.env });
}

/** A command of root acts as the folder's owner, so that it leaves no file behind that the server can't use. */
export function actAsOwner(path: string): void {
  const owner = otherOwner(path);
  if (owner === undefined) return;
  process.setgroups?.([owner.gid]);
  process.setgid?.(owner.gid);
  process.setuid?.(owner.uid);
}

/**
 * As `actAsOwner`, until the function that it returns is called: for commands that also touch files of root's, such as a
 * backup in a folder of its own.
 */
export function actAsOwnerForNow(path: string): () => void {
  const owner = otherOwner(path);
  if (owner === undefined) return () => undefined;
  const groups = process.getgroups?.() ?? [];
  process.setgroups?.([owner.gid]);
  process.setegid?.(owner.gid);
  process.seteuid?.(owner.uid);
  return () => {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  };
}

/** Who owns the folder, where this is root and that isn't. */
function otherOwner(path: string): ReturnType<typeof ownerOf> {
  const owner = process.geteuid?.() === 0 ? ownerOf(path) : undefined;
  return owner?.uid === 0 ? undefined : owner;
}

async function openAlone(path: string): Promise<Administration | 'owned'> {
  const stored = (await readStoredSettings(path)) ?? {};
  const layers = { environment: process.env };
  const settings = resolveSettings({ stored, ...layers });
  try {
    const store = await openStore(path, settings, openLog({ level: 'warn', readable: true }));
    const sightings = await openSightings({ store });
    return { data: path, store, settings, layers, sightings, passwords: openPasswords() };
  } catch (error) {
    if (error instanceof StoreError && error.code === 'locked') return 'owned';
    throw error;
  }
}

function quoted(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
