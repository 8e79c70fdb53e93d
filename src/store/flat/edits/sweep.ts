import path from 'node:path';
import { setImmediate as pause } from 'node:timers/promises';
import { Slices } from '../../../slices.ts';
import type { CollectionId } from '../../types.ts';
import type { Catalog, CollectionState } from '../catalog.ts';
import type { Disk, Listed } from '../disk.ts';
import { ENDING_OF } from '../entries.ts';
import { reasonOf } from '../error.ts';
import type { Folders } from '../folders.ts';
import type { ItemFiles } from '../item-files.ts';
import { COLLECTION_FILE, type Layout } from '../layout.ts';
import { readTemporaryName } from '../member-file.ts';
import type { Mirror } from '../mirror.ts';
import { nameOfFile } from '../names.ts';
import type { PendingNames } from '../pending.ts';
import { etagOfAny } from '../record.ts';
import type { Looker } from './looker.ts';
import type { Suspects } from './sight.ts';

export interface SweepParts {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly mirror: Mirror;
  readonly files: ItemFiles;
  readonly looker: Looker;
  readonly suspects: Suspects;
  /** Members that the replay touched or that were pending, with what their files may still hold. */
  readonly replayed: PendingNames;
  /** Puts bytes that somebody wrote into the history. */
  readonly keep: (collection: CollectionId, name: string, bytes: Uint8Array) => Promise<void>;
  readonly warn: (text: string) => void;
}

/** Files that are looked at at once. */
const PARALLEL = 4;

/** Looks at all files of a collection, a few at a time and with room for others in between. */
export class Sweep {
  readonly #parts: SweepParts;
  #stopped = false;

  constructor(parts: SweepParts) {
    this.#parts = parts;
  }

  /** Ends after the file at hand. */
  stop(): void {
    this.#stopped = true;
  }

  /** The first sweep of all: what a crash left unfinished is written again. */
  async open(): Promise<void> {
    for (const collection of [...this.#parts.catalog.collections.values()]) {
      if (this.#stopped) return;
      if (collection.record.trashed === undefined) await this.#opened(collection);
      else this.#trashed(collection);
      if (!this.#stopped) this.#finish(collection.record.id);
    }
  }

  /** Never throws. */
  async collection(id: CollectionId): Promise<void> {
    const { catalog, folders, warn } = this.#parts;
    const collection = catalog.collections.get(id);
    if (!collection || collection.record.trashed !== undefined || this.#stopped) return;
    try {
      // Where folders move meanwhile, files are looked for in vain.
      for (let still: number | undefined; still === undefined || still !== folders.stillness; ) {
        still = folders.stillness;
        if (still === undefined) await pause();
        else await this.#collection(collection);
      }
    } catch (error) {
      warn(`looking at the files of ${collection.record.folder}: ${reasonOf(error)}`);
    }
  }

  async #opened(collection: CollectionState): Promise<void> {
    const { layout, catalog, folders, mirror } = this.#parts;
    const { id } = collection.record;
    const folder = folders.of(id);
    if (folder === undefined && collection.print === 0) {
      // A crash kept its folder from being made; see lost-files.ts.
      mirror.touchCollection(id);
      for (const name of collection.members.names()) mirror.touchName(id, name);
      return;
    }
    if (folder !== undefined && folder !== layout.collectionFolder(catalog, collection.record))
      mirror.touchCollection(id);
    await this.collection(id);
  }

  /** A crash may have kept its folder where it was. */
  #trashed({ record }: CollectionState): void {
    const { layout, catalog, folders, mirror } = this.#parts;
    const folder = folders.of(record.id);
    if (folder !== undefined && folder !== layout.collectionFolder(catalog, record))
      mirror.touchCollection(record.id);
  }

  /** What the replay touched and the folder did not show is written, or removed, by the mirror. */
  #finish(id: CollectionId): void {
    const { mirror, replayed } = this.#parts;
    for (const name of replayed.names(id)) mirror.touchName(id, name, replayed.take(id, name));
  }

  async #collection(collection: CollectionState): Promise<void> {
    const { disk, folders, looker } = this.#parts;
    const folder = folders.of(collection.record.id);
    const listed = folder === undefined ? undefined : await disk.readdir(folder);
    if (folder === undefined || !listed) return;
    const { members } = collection;
    /** By row. Whoever takes the row of a member that is gone meanwhile is looked at once too often. */
    const met = new Uint8Array(members.limit);
    if (looker.opening) await this.#clear(collection, folder, listed);
    await this.#look(collection, COLLECTION_FILE);
    await this.#lookAtAll(collection, filesOf(listed), (file) => {
      if (file === COLLECTION_FILE || !looker.concerns(collection, file)) return undefined;
      const name = looker.memberOf(collection, file);
      if (name !== undefined) met[members.rowOf(name) ?? met.length] = 1;
      return file;
    });
    await this.#lookAtAll(collection, unmetRows(met), (row) => {
      const name = members.nameAt(row);
      return name === undefined ? undefined : looker.fileOf(collection, name);
    });
  }

  /** A few at a time: most of what a look costs is waking a thread for it. */
  async #lookAtAll<T>(
    collection: CollectionState,
    all: Iterable<T>,
    fileOf: (one: T) => string | undefined,
  ): Promise<void> {
    const slices = new Slices();
    const rest = all[Symbol.iterator]();
    const work = Array.from({ length: PARALLEL }, async () => {
      for (let next = rest.next(); !next.done && !this.#stopped; next = rest.next()) {
        const file = fileOf(next.value);
        if (file !== undefined) await this.#look(collection, file);
        if (slices.over) await slices.pause();
      }
    });
    await Promise.all(work);
  }

  /** Temporary files of a process that died go; what it had taken aside and not looked at is kept. */
  async #clear(collection: CollectionState, folder: string, listed: readonly Listed[]): Promise<void> {
    for (const { name } of listed) {
      if (this.#stopped) return;
      if (name.startsWith('.davd-')) await this.#clearFile(collection, folder, name);
    }
  }

  async #clearFile(collection: CollectionState, folder: string, file: string): Promise<void> {
    const { disk, files, mirror, looker, replayed, keep } = this.#parts;
    const { id, kind } = collection.record;
    const whole = path.join(folder, file);
    const described = file.includes(COLLECTION_FILE) && mirror.describes(id);
    if (!/\.(new|old)$/.test(file) || files.isTemporary(whole) || described) return;
    const about = readTemporaryName(file);
    const bytes = about?.kind === 'old' ? await disk.readFile(whole) : undefined;
    if (about && bytes) {
      const name =
        looker.memberOf(collection, about.file) ?? nameOfFile(about.file, ENDING_OF[kind]) ?? about.file;
      const etag = await etagOfAny(bytes);
      const known = collection.members.get(name)?.etag === etag || replayed.get(id, name)?.has(etag);
      if (!known) await keep(id, name, bytes);
    }
    await disk.unlink(whole);
  }

  async #look(collection: CollectionState, file: string): Promise<void> {
    const { looker, suspects, folders, warn } = this.#parts;
    try {
      const sight = await looker.look(collection, file);
      if (sight) suspects.note(sight);
      else suspects.forget(collection.record.id, file);
    } catch (error) {
      warn(`looking at "${path.join(folders.of(collection.record.id) ?? '', file)}": ${reasonOf(error)}`);
    }
  }
}

function* filesOf(listed: readonly Listed[]): Generator<string> {
  for (const { name, folder } of listed) if (!folder) yield name;
}

function* unmetRows(met: Uint8Array): Generator<number> {
  for (let row = met.indexOf(0); row >= 0; row = met.indexOf(0, row + 1)) yield row;
}
