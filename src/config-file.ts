/** `davd.json`: the settings of a data folder on disk, and what makes a folder a data folder. */

import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Adapter, Low } from 'lowdb';
import { type Settings, SettingsError } from './config.ts';

/** Format of the settings that this davd writes, and the newest it reads. */
const FORMAT = 1;

export function settingsFile(data: string): string {
  return join(data, 'davd.json');
}

/**
 * What `davd.json` of a data folder says, not yet validated; undefined if there is none.
 * @throws SettingsError if it can't be read or is of a newer davd.
 */
export async function readStoredSettings(
  data: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const file = settingsFile(data);
  const low = new Low<Record<string, unknown>>(new DurableJson(file), {});
  await low.read();
  const { format, ...stored } = low.data;
  if (format === undefined && Object.keys(stored).length === 0) return undefined;
  if (typeof format !== 'number')
    throw new SettingsError(`"${file}" has no format number: it is not of davd`);
  if (format > FORMAT) {
    throw new SettingsError(
      `"${file}" has format ${format}, this davd knows ${FORMAT}: it was written by a newer davd; use that one`,
    );
  }
  return stored;
}

/** Writes the settings given; the others keep their defaults. Durable when it resolves. */
export async function writeStoredSettings(data: string, stored: Partial<Settings>): Promise<void> {
  await new Low<Record<string, unknown>>(new DurableJson(settingsFile(data)), {
    format: FORMAT,
    ...stored,
  }).write();
}

/** Changes of a file wait for each other, so that none is lost. */
const changing = new Map<string, Promise<unknown>>();

/**
 * Writes what `change` makes of what `davd.json` says. Durable when it resolves.
 * @throws SettingsError if it can't be read; what `change` throws, and then nothing is written.
 */
export function changeStoredSettings(
  data: string,
  change: (stored: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
): Promise<void> {
  const before = changing.get(data) ?? Promise.resolve();
  const work = before
    .catch(() => undefined)
    .then(async () => writeStoredSettings(data, change((await readStoredSettings(data)) ?? {})));
  changing.set(data, work);
  return work;
}

/** A lowdb adapter that never leaves a half-written file and syncs before it says so. */
class DurableJson<T> implements Adapter<T> {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  read = async (): Promise<T | null> => {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if (isNodeError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
      throw new SettingsError(`can't read the settings "${this.#file}": ${reason(error)}`, { cause: error });
    }
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as T;
    } catch (error) {
      throw new SettingsError(`can't read the settings "${this.#file}": ${reason(error)}`, { cause: error });
    }
    throw new SettingsError(`can't read the settings "${this.#file}": not a JSON object`);
  };

  write = async (value: T): Promise<void> => {
    const fresh = `${this.#file}.new`;
    const handle = await open(fresh, 'w', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(value, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, this.#file);
    await syncFolder(dirname(this.#file));
  };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}

function reason(error: unknown): string {
  if (isNodeError(error) && error.code === 'EACCES') return 'no permission';
  return error instanceof Error ? error.message : String(error);
}
