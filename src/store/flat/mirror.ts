import type { CollectionId } from '../types.ts';
import type { Catalog } from './catalog.ts';
import { comesBack, type Entry } from './entries.ts';
import { reasonOf } from './error.ts';
import type { Folders } from './folders.ts';
import { HeldBack } from './held-back.ts';
import type { ItemFiles } from './item-files.ts';
import { PendingNames } from './pending.ts';
import type { UsersMirror } from './users-file.ts';

const PARALLEL = 2;
/** ms without a commit after which files are written, and how long they wait at most while commits come. */
const QUIET = 25;
const LONGEST = 2000;
/** ms of writing after which commits are given way again, unless so many files wait. */
const TURN = 250;
const CROWD = 20_000;
/** ms until what failed is tried again. */
const RETRY = 10_000;
/** So many failures in a row have one cause: the rest waits too. */
const GIVE_UP = 20;

/** Notes what could not be done, and how to put it back in the queue. */
type Fail = (error: unknown, again: () => void) => void;

export interface MirrorParts {
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly files: ItemFiles;
  readonly users: UsersMirror;
  /** Members whose files nobody has looked at since an earlier process left them, with what they may hold. */
  readonly replayed: PendingNames;
  /** Whether files/ is there; see edits/presence.ts. */
  readonly present: () => Promise<boolean>;
  /** Told when everything that was touched is written. */
  readonly written: () => void;
  readonly warn: (text: string) => void;
}

/** A member whose file was committed as somebody left it, so that it needn't be written. */
export interface TakenOver {
  readonly collection: CollectionId;
  readonly name: string;
  /** Of the file; 0 where it is gone. */
  readonly print: number;
}

/**
 * Brings files/ and users.json in line with what is committed, some moments later and when nobody waits for the disk.
 */
export class Mirror {
  readonly #parts: MirrorParts;
  readonly #names = new PendingNames();
  readonly #writing = new PendingNames();
  /** Names whose turn comes again when what is under way has ended. */
  readonly #failed = new PendingNames();
  readonly #collections = new Set<CollectionId>();
  readonly #held = new HeldBack();
  readonly #purged = new Set<CollectionId>();
  #describing: CollectionId | undefined;
  #users = false;
  #writingUsers = false;
  #running: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #begun = false;
  #closed = false;
  #paused = false;
  #touched = 0;
  /** How many wait for everything to be written. */
  #hurrying = 0;
  #hurry: (() => void) | undefined;

  constructor(parts: MirrorParts) {
    this.#parts = parts;
  }

  /** Where folders are is known now: what was touched gets written from here on. */
  begin(): void {
    this.#begun = true;
    this.#kick();
  }

  /** What these changes concern has to be written, all but what was taken over from files. */
  touch(entries: readonly Entry[], taken: readonly TakenOver[] = []): void {
    for (const entry of entries) {
      if (!this.#stands(entry, taken)) this.#touchEntry(entry);
      if (comesBack(entry)) this.#touchAll(entry.collection.id);
    }
    this.#kick();
  }

  /** What changes that an earlier process left concern has to be written, but for members: see `Looker`. */
  touchReplayed(entries: readonly Entry[]): void {
    for (const entry of entries) this.#touchEntry(entry);
    this.#kick();
  }

  /** @param earlier etags of versions of this store that may stand in its file. */
  touchName(collection: CollectionId, name: string, earlier?: Iterable<string>): void {
    this.#add(collection, name, earlier);
    this.#kick();
  }

  /** Nothing of a collection is written until `release`: its folder is not there. */
  hold(collection: CollectionId): void {
    if (this.#held.has(collection)) return;
    const waits = this.#collections.delete(collection);
    const names = this.#held.begin(collection, waits);
    for (const name of this.#names.names(collection))
      names.add(collection, name, this.#names.take(collection, name));
    // What could not be written there is no reason for others to wait.
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#kick();
  }

  release(collection: CollectionId): void {
    const held = this.#held.end(collection);
    if (!held) return;
    if (held.waits) this.#collections.add(collection);
    for (const name of held.names.names(collection))
      this.#names.add(collection, name, held.names.take(collection, name));
    this.#kick();
  }

  /** Nothing below files/ is written until `resume`. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
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

  /** Whether users.json is still to be written. */
  get usersPending(): boolean {
    return this.#users || this.#writingUsers;
  }

  /** What may stand in a member's file that is still to be written; undefined where it is written. */
  pending(collection: CollectionId, name: string): ReadonlySet<string> | undefined {
    let all: ReadonlySet<string> | undefined;
    for (const names of [this.#names, this.#writing, this.#failed, this.#held.names(collection)]) {
      const etags = names?.get(collection, name);
      if (etags) all = all ? new Set([...all, ...etags]) : etags;
    }
    return all;
  }

  /** A collection's description is still to be written. */
  describes(collection: CollectionId): boolean {
    return (
      this.#collections.has(collection) || this.#describing === collection || this.#held.waits(collection)
    );
  }

  /**
   * Resolves when everything touched is written.
   * @param budget ms after which it resolves in any case.
   * @returns false if something is not written.
   */
  async settled(budget: number): Promise<boolean> {
    const deadline = performance.now() + budget;
    this.#hurrying++;
    this.#hurry?.();
    while (this.#running && performance.now() < deadline) {
      await Promise.race([this.#running, after(deadline - performance.now())]);
    }
    this.#hurrying--;
    return this.#idle;
  }

  /** Stops after the files at hand. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#hurry?.();
    clearTimeout(this.#retry);
    await this.#running;
  }

  get #idle(): boolean {
    return !this.#foldersFirst && this.#names.size === 0;
  }

  get #foldersFirst(): boolean {
    return this.#users || this.#collections.size > 0 || this.#purged.size > 0;
  }

  /** Notes the file of what was taken over, unless it is to be written for another reason. */
  #stands(entry: Entry, taken: readonly TakenOver[]): boolean {
    if (taken.length === 0 || (entry.set !== 'member' && entry.set !== 'gone')) return false;
    const one = taken.find(({ collection, name }) => collection === entry.in && name === entry.name);
    const collection = this.#parts.catalog.collections.get(entry.in);
    if (!one || !collection || this.pending(entry.in, entry.name)) return false;
    this.#parts.files.written(collection, entry.name, one.print, entry.was && [entry.was.etag]);
    return true;
  }

  #touchEntry(entry: Entry): void {
    switch (entry.set) {
      case 'member':
      case 'gone':
        this.#add(entry.in, entry.name, entry.was && [entry.was.etag]);
        return;
      case 'collection':
        this.#stale(entry.collection.id);
        return;
      case 'binding':
        this.#stale(entry.binding.collection);
        return;
      case 'purged':
        this.release(entry.collection);
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
      case 'lock':
      case 'unlocked':
        return;
    }
  }

  /** Nobody looks after files in the trash: what a crash took there is written again. */
  #touchAll(id: CollectionId): void {
    const collection = this.#parts.catalog.collections.get(id);
    for (const name of collection?.members.names() ?? []) {
      this.#add(id, name);
      collection?.unsaved.add(name);
    }
  }

  /** The description of a collection has to be written, and says nothing until then. */
  #stale(id: CollectionId): void {
    const collection = this.#parts.catalog.collections.get(id);
    if (collection) collection.print = 0;
    if (!this.#held.wait(id)) this.#collections.add(id);
  }

  #add(collection: CollectionId, name: string, earlier?: Iterable<string>): void {
    const names = this.#held.names(collection) ?? this.#names;
    names.add(collection, name, earlier);
    const left = this.#parts.replayed.get(collection, name);
    if (left) names.add(collection, name, left);
  }

  #kick(): void {
    this.#touched = performance.now();
    const stopped = !this.#begun || this.#closed || this.#paused;
    if (stopped || this.#running || this.#retry || this.#idle) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#idle) this.#parts.written();
      else if (!this.#retry) this.#kick();
    });
  }

  async #run(): Promise<void> {
    await this.#calm();
    if (!(await this.#parts.present())) return;
    const turn = performance.now() + TURN;
    const failed: (() => void)[] = [];
    const fail: Fail = (error, again) => {
      if (failed.length === 0) this.#parts.warn(`writing files: ${reasonOf(error)}; it is tried again`);
      failed.push(again);
    };
    const goOn = () =>
      !this.#closed &&
      !this.#paused &&
      failed.length < GIVE_UP &&
      (performance.now() < turn || this.#hurrying > 0 || this.#names.size > CROWD);
    while (!this.#idle && goOn()) {
      // Folders first, and none moves while a file is written in it.
      await this.#writeCollections(fail);
      await Promise.all(Array.from({ length: PARALLEL }, () => this.#writeNames(goOn, fail)));
    }
    for (const again of failed) again();
    if (failed.length === 0 || this.#closed) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#kick();
    }, RETRY).unref();
  }

  /** Waits for a moment without commits. */
  async #calm(): Promise<void> {
    const begun = performance.now();
    for (;;) {
      const now = performance.now();
      const rest = Math.min(this.#touched + QUIET, begun + LONGEST) - now;
      if (rest <= 0 || this.#hurrying > 0 || this.#closed || this.#names.size > CROWD) break;
      await Promise.race([
        after(rest),
        new Promise<void>((resolve) => {
          this.#hurry = resolve;
        }),
      ]);
    }
    this.#hurry = undefined;
  }

  async #writeNames(goOn: () => boolean, fail: Fail): Promise<void> {
    while (goOn() && !this.#foldersFirst) {
      const next = this.#names.next(this.#writing);
      if (!next) return;
      const { collection, name } = next;
      if (this.#lacksFolder(collection)) {
        this.#collections.add(collection);
        return;
      }
      const earlier = this.#names.take(collection, name) ?? new Set();
      this.#writing.add(collection, name, earlier);
      try {
        await this.#parts.files.writeMember(collection, name, earlier);
      } catch (error) {
        this.#failed.add(collection, name, earlier);
        fail(error, () => this.#add(collection, name, this.#failed.take(collection, name)));
      } finally {
        this.#writing.take(collection, name);
      }
    }
  }

  #lacksFolder(id: CollectionId): boolean {
    const { catalog, folders } = this.#parts;
    return catalog.collections.has(id) && folders.of(id) === undefined;
  }

  async #writeCollections(fail: Fail): Promise<void> {
    const { catalog, folders, files, users } = this.#parts;
    if (this.#users) {
      this.#users = false;
      this.#writingUsers = true;
      await users.write().catch((error: unknown) =>
        fail(error, () => {
          this.#users = true;
        }),
      );
      this.#writingUsers = false;
    }
    for (const id of this.#collections) {
      this.#collections.delete(id);
      const collection = catalog.collections.get(id);
      if (!collection) continue;
      this.#describing = id;
      try {
        await files.writeDescription(collection);
        // What changed meanwhile is still to be written.
        if (!this.#collections.has(id) && !this.#held.waits(id)) collection.print = collection.left;
      } catch (error) {
        fail(error, () => this.#stale(id));
      }
      this.#describing = undefined;
    }
    for (const id of this.#purged) {
      this.#purged.delete(id);
      this.#names.forget(id);
      this.#failed.forget(id);
      await folders.remove(id).catch((error: unknown) => fail(error, () => this.#purged.add(id)));
    }
  }
}

/** At most a minute; does not keep the process. */
function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.min(ms, 60_000)).unref();
  });
}
