import path from 'node:path';
import { Slices } from '../../slices.ts';
import { Catalog, type CollectionState } from './catalog.ts';
import { type Disk, replaceDurably } from './disk.ts';
import { errorCode, reasonOf, StoreError } from './error.ts';
import type { FactsCache } from './facts-cache.ts';
import type { Folders } from './folders.ts';
import type { ItemFiles } from './item-files.ts';
import type { Journal } from './journal.ts';
import type { Layout } from './layout.ts';
import { chunksOf } from './line-pieces.ts';
import type { Mirror } from './mirror.ts';
import type { PendingNames } from './pending.ts';
import { readRowLines } from './row-lines.ts';
import { readRows, writeRows } from './rows.ts';
import {
  formatOf,
  type History,
  readIndex,
  type SavedRows,
  type SavedState,
  STATE_FORMAT,
  type StateHead,
  writeIndex,
} from './state-index.ts';

/** A collection's rows are written anew when the file has more lines than this beyond twice what counts. */
const EXTRA_LINES = 1000;
/** Rows that go to the disk in one write. */
const CHUNK = 250;
/** Format of state/ before rows were saved in blocks. */
const LINES = 1;
const INDEX = 'index';

export interface CheckpointParts {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly store: string;
  readonly epoch: string;
  readonly catalog: Catalog;
  readonly journal: Journal;
  readonly mirror: Mirror;
  readonly cache: FactsCache;
  readonly files: ItemFiles;
  readonly folders: Folders;
  /** Of files/.davd.json; see `StateHead`. */
  readonly marker: number;
  /** Members whose files nobody has looked at since the store was opened. */
  readonly unseen: PendingNames;
  /** Print of users.json as this store left it. */
  readonly usersPrint: () => number;
  readonly warn: (text: string) => void;
}

/**
 * Saves the catalog, so that opening replays only what came after. What is saved may be newer than the place in the
 * journal from which it says to replay: entries say which number they have, and what is there already stays.
 */
export class Checkpoint {
  readonly #parts: CheckpointParts;
  readonly #rows: Map<string, SavedRows>;
  /** Set by the retention; saved with the next checkpoint. */
  history: History;
  /** As it was saved, with the places of all members. */
  savedHistory: History;
  /** Segments before this one are not needed to open. */
  needed = 0;
  #running: Promise<unknown> | undefined;
  /** All rows are written again. */
  #anew = false;
  #deadline = Infinity;

  /** @param saved undefined: there is no saved state. */
  constructor(
    parts: CheckpointParts,
    saved: Pick<SavedState, 'head' | 'rows'> | undefined,
    history: History,
  ) {
    this.#parts = parts;
    this.#anew = saved !== undefined && saved.head.format <= LINES;
    this.history = history;
    this.savedHistory = history;
    this.#rows = new Map(saved?.rows);
  }

  /** Whether something is known that would be lost without a checkpoint: the journal doesn't have it. */
  get wanting(): boolean {
    const { files, catalog } = this.#parts;
    const collections = [...catalog.collections.values()];
    return files.waiting > 0 || collections.some(({ unsaved, uncached }) => unsaved.size + uncached.size > 0);
  }

  /** One at a time: who asks while one is under way gets one that begins after it. */
  run(): Promise<void> {
    return this.alone(() => this.#run());
  }

  /** As `run`, and trusts nothing that was saved before. */
  renew(): Promise<void> {
    return this.alone(() => {
      this.#anew = true;
      return this.#run();
    });
  }

  /** Does something while nothing is saved. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.#running) await this.#running.catch(() => undefined);
    const running = work().finally(() => {
      this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  /**
   * From now on no checkpoint waits longer than this for files to be safe. Those left are compared with the journal at
   * the next opening.
   * @param budget ms
   */
  hurry(budget: number): void {
    this.#deadline = performance.now() + budget;
  }

  /** Saves the lineage alone: what it has is in the journal. */
  async begin(): Promise<void> {
    const { disk, layout } = this.#parts;
    const index = await writeIndex(this.head, new Catalog(), new Map());
    await replaceDurably(disk, path.join(layout.state, INDEX), index, 0o600);
  }

  async #run(): Promise<void> {
    const { disk, layout, catalog, journal, files, folders, usersPrint } = this.#parts;
    const from = journal.position;
    const { history } = this;
    const safe = await files.sync(() => performance.now() < this.#deadline);
    for (const id of safe.collections()) {
      const collection = catalog.collections.get(id);
      for (const name of safe.names(id)) collection?.unsaved.add(name);
    }
    const anew = this.#anew;
    for (const collection of [...catalog.collections.values()]) await this.#saveRows(collection, anew);
    for (const id of [...this.#rows.keys()]) if (!catalog.collections.has(id)) this.#rows.delete(id);
    await disk.syncFolder(layout.state);

    const head = { ...this.head, history, from, durable: journal.durable, users: usersPrint() };
    const index = await writeIndex(head, catalog, this.#rows, (id) => folders.isSafe(id));
    await replaceDurably(disk, path.join(layout.state, INDEX), index, 0o600);
    this.#anew &&= !anew;
    this.needed = from.segment;
    this.savedHistory = history;
    await this.#tidy();
    await this.#saveCache().catch((error: unknown) => this.#parts.warn(`writing cache/: ${reasonOf(error)}`));
  }

  /** The head of an index that has nothing but the lineage. */
  get head(): StateHead {
    const { store, epoch, marker } = this.#parts;
    return {
      format: STATE_FORMAT,
      store,
      epoch,
      marker,
      from: null,
      durable: [0, 0],
      users: 0,
      history: this.history,
    };
  }

  async #saveRows(collection: CollectionState, anew: boolean): Promise<void> {
    const { unsaved, members, log, record } = collection;
    const saved = this.#rows.get(record.id);
    if (saved && unsaved.size === 0 && !anew) return;
    const live = members.count + log.goneCount;
    const whole = anew || !saved || saved.lines + unsaved.size > 2 * live + EXTRA_LINES;
    collection.unsaved = new Set();
    try {
      const names = whole ? allNames(collection) : unsaved;
      const start = whole ? { generation: (saved?.generation ?? 0) + 1, octets: 0, lines: 0 } : saved;
      this.#rows.set(record.id, await this.#append(collection, names, start));
    } catch (error) {
      for (const name of unsaved) collection.unsaved.add(name);
      throw error;
    }
  }

  /** Only time is lost with the cache. */
  async #saveCache(): Promise<void> {
    const { catalog, cache } = this.#parts;
    await cache.tidy(catalog.collections);
    for (const collection of [...catalog.collections.values()]) await cache.save(collection);
  }

  async #append(collection: CollectionState, names: Iterable<string>, start: SavedRows): Promise<SavedRows> {
    const { disk, layout, files } = this.#parts;
    const { id } = collection.record;
    const file = rowFile(layout, id, start.generation);
    const open = await disk.open(file, 'durable');
    if (!open) throw new Error(`the folder ${layout.state} is gone`);
    let { octets, lines } = start;
    const slices = new Slices();
    try {
      await open.truncate(octets);
      for (const chunk of chunksOf(names, CHUNK)) {
        const written = writeRows(collection, chunk, (name) => {
          const unsafe = files.unsynced(id, name);
          return { pending: this.#pending(id, name, unsafe), unsafe: unsafe !== undefined };
        });
        if (written.rows > 0) await open.write([written.octets], octets);
        octets += written.octets.length;
        lines += written.rows;
        if (slices.over) await slices.pause();
      }
    } finally {
      await open.close();
    }
    return { generation: start.generation, octets, lines };
  }

  #pending(
    collection: string,
    name: string,
    unsafe: ReadonlySet<string> | undefined,
  ): ReadonlySet<string> | undefined {
    const { mirror, unseen } = this.#parts;
    const waiting = mirror.pending(collection, name);
    const replayed = unseen.get(collection, name);
    if (!waiting && !replayed && !unsafe) return undefined;
    return new Set([...(waiting ?? []), ...(replayed ?? []), ...(unsafe ?? [])]);
  }

  /** Row files that the index doesn't name. */
  async #tidy(): Promise<void> {
    const { disk, layout } = this.#parts;
    const kept = new Set(
      [...this.#rows].map(([id, { generation }]) => path.basename(rowFile(layout, id, generation))),
    );
    for (const { name } of (await disk.readdir(layout.state)) ?? []) {
      if (name.endsWith('.rows') && !kept.has(name)) await disk.unlink(path.join(layout.state, name));
    }
  }
}

function* allNames({ members, log }: CollectionState): Generator<string> {
  yield* members.names();
  for (const [name] of log.tombstones()) yield name;
}

function rowFile(layout: Layout, collection: string, generation: number): string {
  return path.join(layout.state, `${collection}.${generation}.rows`);
}

/**
 * @returns undefined where there is no saved state, or only a part of it.
 * @throws StoreError 'newer'
 */
export async function loadState(disk: Disk, layout: Layout, store: string): Promise<SavedState | undefined> {
  const octets = await disk.readFile(path.join(layout.state, INDEX));
  if (!octets) return undefined;
  const index = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  refuseNewer(layout, formatOf(index) ?? 0);
  const saved = await readIndex(index);
  if (!saved || saved.head.store !== store) return undefined;
  const read = saved.head.format <= LINES ? readRowLines : readRows;
  for (const [id, kept] of saved.rows) {
    const collection = saved.catalog.collections.get(id);
    const rows = await disk.open(rowFile(layout, id, kept.generation), 'read');
    if (!collection || !rows) return undefined;
    try {
      await read(collection, rows, kept, saved.pending);
    } catch (error) {
      // That the disk can't be read now says nothing of what is on it.
      if (errorCode(error) !== '') throw error;
      return undefined;
    } finally {
      await rows.close();
    }
  }
  return saved;
}

function refuseNewer(layout: Layout, format: number): void {
  if (format <= STATE_FORMAT) return;
  throw new StoreError(
    'newer',
    `opening the store in "${layout.root}": a later davd saved its state (format ${format}, this one knows ${STATE_FORMAT}); use that one, or go back as docs/install.md says`,
  );
}
