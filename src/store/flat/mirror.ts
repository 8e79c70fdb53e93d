import path from 'node:path';
import type { CollectionId } from '../types.ts';
import type { Catalog, CollectionState } from './catalog.ts';
import { describeCollection } from './description.ts';
import type { Disk } from './disk.ts';
import type { Entry } from './entries.ts';
import { reasonOf } from './error.ts';
import type { Folders } from './folders.ts';
import { COLLECTION_FILE, type Layout } from './layout.ts';
import type { MemberState } from './members.ts';
import { PendingNames } from './pending.ts';
import { etagOfAny } from './record.ts';
import { isUnfinished } from './unfinished.ts';
import type { UsersMirror } from './users-file.ts';

const PARALLEL = 2;
/** ms until what failed is tried again. */
const RETRY = 10_000;
/** So many failures in a row have one cause: the rest waits too. */
const GIVE_UP = 20;

/** Notes what could not be done, and how to put it back in the queue. */
type Fail = (error: unknown, again: () => void) => void;

export interface MirrorParts {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly users: UsersMirror;
  readonly bytesOf: (collection: CollectionState, name: string, member: MemberState) => Promise<Uint8Array>;
  /** Puts bytes that somebody wrote into the history. */
  readonly keep: (collection: CollectionId, name: string, bytes: Uint8Array) => Promise<void>;
  readonly warn: (text: string) => void;
}

/**
 * Brings files/ and users.json in line with what is committed, some moments later. Before a file is replaced or removed
 * it is looked at: what this store didn't write there is kept in the history first.
 */
export class Mirror {
  readonly #parts: MirrorParts;
  readonly #names = new PendingNames();
  readonly #collections = new Set<CollectionId>();
  readonly #purged = new Set<CollectionId>();
  #users = false;
  /** Written, but nobody waited for the disk. */
  #unsynced = new PendingNames();
  #unsyncedDescriptions = new Set<string>();
  #running: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #begun = false;
  #closed = false;
  #counter = 0;

  constructor(parts: MirrorParts) {
    this.#parts = parts;
  }

  /** Where folders are is known now: what was touched gets written from here on. */
  begin(): void {
    this.#begun = true;
    this.#kick();
  }

  /** What these changes concern has to be written. */
  touch(entries: readonly Entry[]): void {
    for (const entry of entries) this.#touchEntry(entry);
    this.#kick();
  }

  touchName(collection: CollectionId, name: string, earlier?: string): void {
    this.#names.add(collection, name, earlier);
    this.#kick();
  }

  touchCollection(collection: CollectionId): void {
    this.#stale(collection);
    this.#kick();
  }

  touchUsers(): void {
    this.#users = true;
    this.#kick();
  }

  /** Whether a member's file is not yet written, or not yet safe on the disk. */
  isPending(collection: CollectionId, name: string): boolean {
    return this.#names.has(collection, name) || this.#unsynced.has(collection, name);
  }

  /** Resolves when everything touched is written; false if something could not be. */
  async settled(): Promise<boolean> {
    while (this.#running) await this.#running;
    return this.#idle;
  }

  /**
   * Waits until the disk has what was written.
   * @param budget ms after which the rest stays pending.
   * @returns the members whose files are safe now.
   */
  async sync(budget = Infinity): Promise<PendingNames> {
    const written = this.#unsynced;
    this.#unsynced = new PendingNames();
    const deadline = performance.now() + budget;
    const { disk, layout, folders, catalog } = this.#parts;
    try {
      for (const file of this.#unsyncedDescriptions) {
        await disk.syncFile(file);
        this.#unsyncedDescriptions.delete(file);
      }
      const touched = new Set(folders.takeUnsynced());
      for (const id of written.collections()) {
        const folder = folders.of(id);
        const collection = catalog.collections.get(id);
        if (folder === undefined || !collection) continue;
        touched.add(folder);
        const names = written.names(id).values();
        const work = Array.from({ length: PARALLEL }, async () => {
          for (const name of names) {
            if (performance.now() > deadline) {
              written.take(id, name);
              this.#unsynced.add(id, name);
              continue;
            }
            const state = collection.members.get(name);
            if (state)
              await disk.syncFile(path.join(folder, layout.memberFile(collection.record, name, state.file)));
          }
        });
        await Promise.all(work);
      }
      for (const folder of touched) if (await disk.stat(folder)) await disk.syncFolder(folder);
    } catch (error) {
      for (const id of written.collections())
        for (const name of written.names(id)) this.#unsynced.add(id, name);
      throw error;
    }
    return written;
  }

  /** Stops after the file at hand. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#running;
  }

  get #idle(): boolean {
    return !this.#foldersFirst && this.#names.empty;
  }

  #touchEntry(entry: Entry): void {
    switch (entry.set) {
      case 'member':
      case 'gone':
        this.#names.add(entry.in, entry.name, entry.was?.etag);
        return;
      case 'collection':
        this.#stale(entry.collection.id);
        return;
      case 'binding':
        this.#stale(entry.binding.collection);
        return;
      case 'purged':
        this.#purged.add(entry.collection);
        return;
      case 'user':
      case 'no-user': {
        this.#users = true;
        const user = entry.set === 'user' ? entry.user.id : entry.user;
        for (const { record } of this.#parts.catalog.collections.values()) {
          if (record.owner === user) this.#stale(record.id);
        }
        return;
      }
      case 'found':
      case 'unbound':
        return;
    }
  }

  /** The description of a collection has to be written, and says nothing until then. */
  #stale(id: CollectionId): void {
    const collection = this.#parts.catalog.collections.get(id);
    if (collection) collection.print = 0;
    this.#collections.add(id);
  }

  #kick(): void {
    if (this.#running || this.#retry || !this.#begun || this.#closed || this.#idle) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (!this.#retry) this.#kick();
    });
  }

  async #run(): Promise<void> {
    // The answers of the commits that are being published now go out first.
    await new Promise(setImmediate);
    const failed: (() => void)[] = [];
    const fail = (error: unknown, again: () => void) => {
      if (failed.length === 0)
        this.#parts.warn(`writing files: ${reasonOf(error)}; nothing is lost, it is tried again`);
      failed.push(again);
    };
    while (!this.#idle && !this.#closed && failed.length < GIVE_UP) {
      // Folders first, and none moves while a file is written in it.
      await this.#writeCollections(fail);
      await Promise.all(Array.from({ length: PARALLEL }, () => this.#writeNames(fail)));
    }
    for (const again of failed) again();
    if (failed.length === 0 || this.#closed) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#kick();
    }, RETRY).unref();
  }

  async #writeNames(fail: Fail): Promise<void> {
    while (!this.#closed && !this.#foldersFirst) {
      const next = this.#names.first();
      if (!next) return;
      const { collection, name } = next;
      const earlier = this.#names.take(collection, name) ?? new Set();
      try {
        await this.#writeName(collection, name, earlier);
      } catch (error) {
        fail(error, () => this.#names.restore(collection, name, earlier));
      }
    }
  }

  get #foldersFirst(): boolean {
    return this.#users || this.#collections.size > 0 || this.#purged.size > 0;
  }

  async #writeCollections(fail: Fail): Promise<void> {
    const { catalog, folders, users } = this.#parts;
    if (this.#users) {
      this.#users = false;
      await users.write().catch((error: unknown) =>
        fail(error, () => {
          this.#users = true;
        }),
      );
    }
    for (const id of this.#collections) {
      this.#collections.delete(id);
      const collection = catalog.collections.get(id);
      if (!collection) continue;
      await this.#writeDescription(collection).catch((error: unknown) =>
        fail(error, () => this.#collections.add(id)),
      );
    }
    for (const id of this.#purged) {
      this.#purged.delete(id);
      this.#names.forget(id);
      await folders.remove(id).catch((error: unknown) => fail(error, () => this.#purged.add(id)));
    }
  }

  async #writeDescription(collection: CollectionState): Promise<void> {
    const { folders } = this.#parts;
    const folder = await folders.place(collection);
    const file = path.join(folder, COLLECTION_FILE);
    collection.print = await this.#replace(file, describeCollection(this.#parts.catalog, collection.record));
    this.#unsyncedDescriptions.add(file);
  }

  async #writeName(id: CollectionId, name: string, earlier: ReadonlySet<string>): Promise<void> {
    const { disk, layout, catalog, folders, bytesOf } = this.#parts;
    const collection = catalog.collections.get(id);
    if (!collection) return;
    const state = collection.members.get(name);
    const folder = folders.of(id) ?? (await folders.place(collection));
    const file = path.join(folder, layout.memberFile(collection.record, name, state?.file));
    const seen = await disk.stat(file);
    if (seen && seen.print !== collection.members.printOf(name)) {
      const found = await disk.readFile(file);
      const etag = found && (await etagOfAny(found));
      if (state && etag === state.etag) {
        this.#written(collection, name, seen.print);
        return;
      }
      const intended = state && (await bytesOf(collection, name, state));
      const ours = !found || (etag !== undefined && earlier.has(etag)) || isUnfinished(found, intended);
      if (!ours) await this.#parts.keep(id, name, found);
    }
    if (state) {
      this.#written(collection, name, await this.#replace(file, await bytesOf(collection, name, state)));
    } else if (seen) {
      await disk.unlink(file);
      this.#written(collection, name, 0);
    }
  }

  #written(collection: CollectionState, name: string, print: number): void {
    collection.members.setPrint(name, print);
    this.#unsynced.add(collection.record.id, name);
  }

  /** @returns the print of the new file. */
  async #replace(file: string, bytes: Uint8Array): Promise<number> {
    const { disk } = this.#parts;
    const fresh = path.join(path.dirname(file), `.davd-${this.#counter++}.new`);
    await disk.writeFile(fresh, bytes);
    await disk.rename(fresh, file);
    return (await disk.stat(file))?.print ?? 0;
  }
}
