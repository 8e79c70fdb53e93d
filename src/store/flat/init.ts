import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { type Disk, replaceDurably } from './disk.ts';
import { explained, StoreError } from './error.ts';
import { Layout } from './layout.ts';
import { nodeDisk } from './node-disk.ts';

/** Version of the format of files, journal and state; see docs/store.md. */
export const FORMAT = 1;

/** What may be in the folder before the store is. */
const ELSEWHERE = new Set(['davd.json', 'davd.json.new', 'davd.sock', 'lock', 'lost+found']);

interface Marker {
  readonly format: number;
  readonly store: string;
}

/** A random id that is safe in file names, URIs and on file systems without case. */
export function newId(): string {
  return randomBytes(10).toString('hex');
}

/**
 * Makes the store's parts in a data folder, which may be absent, empty or hold settings.
 * @throws StoreError 'exists', 'foreign' or 'unwritable'; then nothing was changed.
 */
export async function initFlatStore(folder: string, disk: Disk = nodeDisk): Promise<void> {
  const layout = new Layout(folder);
  const found = await attempt('making the data folder', folder, async () => {
    await disk.mkdir(folder, 0o700);
    return (await disk.readdir(folder)) ?? [];
  });
  if (await disk.stat(layout.marker)) {
    throw new StoreError(
      'exists',
      `making a store in "${folder}": there is one already; choose another folder`,
    );
  }
  const left = await leftovers(layout, disk);
  const foreign = found.find(
    ({ name }) => !ELSEWHERE.has(name) && !name.startsWith('.davd-') && !left.has(name),
  );
  if (foreign) {
    throw new StoreError(
      'foreign',
      `making a store in "${folder}": it holds "${foreign.name}", which is not davd's; choose an empty or a new folder`,
    );
  }
  await attempt('making a store', folder, async () => {
    for (const part of [layout.journal, layout.state, layout.cache]) await disk.mkdir(part, 0o700);
    await disk.mkdir(layout.files, 0o700);
    const marker: Marker = { format: FORMAT, store: newId() };
    await replaceDurably(disk, layout.marker, Buffer.from(`${JSON.stringify(marker)}\n`));
    await disk.syncFolder(folder);
  });
}

/** Empty parts of a store whose making a crash cut short. */
async function leftovers(layout: Layout, disk: Disk): Promise<ReadonlySet<string>> {
  const left = new Set<string>();
  for (const part of [layout.journal, layout.state, layout.cache, layout.files]) {
    const inside = await disk.readdir(part);
    if (inside?.every(({ name }) => name.startsWith('.davd'))) left.add(basename(part));
  }
  return left;
}

/**
 * Tells whose store a folder holds.
 * @returns the store's id.
 * @throws StoreError 'absent', 'foreign', 'newer' or 'unwritable'.
 */
export async function storeIn(layout: Layout, disk: Disk): Promise<string> {
  const bytes = await attempt('opening the store', layout.root, () => disk.readFile(layout.marker));
  if (!bytes) {
    if (await disk.stat(layout.journal)) {
      throw new StoreError(
        'foreign',
        `opening the store in "${layout.root}": files/.davd.json is missing; is files/ a disk that isn't mounted?`,
      );
    }
    throw new StoreError(
      'absent',
      `opening the store in "${layout.root}": there is none; make one with davd init`,
    );
  }
  const { format, store } = readMarker(bytes);
  if (typeof format !== 'number' || typeof store !== 'string') {
    throw new StoreError(
      'foreign',
      `opening the store in "${layout.root}": files/.davd.json is not davd's; restore it from a backup`,
    );
  }
  if (format > FORMAT) {
    throw new StoreError(
      'newer',
      `opening the store in "${layout.root}": a later davd wrote it (format ${format}); update davd`,
    );
  }
  return store;
}

/** Takes the folder for this process. @throws StoreError 'locked' or 'unwritable'. */
export async function ownFolder(layout: Layout, disk: Disk): Promise<() => void> {
  const release = await attempt('opening the store', layout.root, async () => disk.own(layout.lock));
  if (release) return release;
  throw new StoreError(
    'locked',
    `opening the store in "${layout.root}": another davd has it open; stop it, or give it your command`,
  );
}

/** What a marker says; nothing where it is none. */
export function readMarker(bytes: Uint8Array): Partial<Marker> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

async function attempt<T>(action: string, folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explained(action, folder, error);
  }
}
