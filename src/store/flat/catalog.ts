import type { Mark } from '../history.ts';
import type { CollectionId, Facts, HomeView, Kind, Lock, Task, UserId } from '../types.ts';
import { ChangeLog, type Rows } from './changelog.ts';
import {
  type At,
  type Binding,
  type CollectionRecord,
  type CommitRecord,
  ENDING_OF,
  type Entry,
  type HomeRecord,
  KINDS,
  type Place,
  type UserRecord,
} from './entries.ts';
import { MemberTable } from './members.ts';

/** What the store knows of one collection. */
export class CollectionState {
  record: CollectionRecord;
  readonly members: MemberTable;
  readonly log: ChangeLog;
  /** On it and its members; some may have expired. */
  locks: readonly Lock[] = [];
  /** When a member changed last. */
  touched: number;
  /** The print of .collection.json where it says what it should, 0 where it is to be written or unknown. */
  print = 0;
  /** The print of .collection.json as this process left or found it, 0 before that. */
  left = 0;
  /** Members and names gone that the saved state doesn't have as they are now. */
  unsaved = new Set<string>();
  /** Members whose facts the cache doesn't have. */
  uncached = new Set<string>();

  constructor(record: CollectionRecord) {
    this.record = record;
    this.touched = record.created;
    this.members = new MemberTable(ENDING_OF[record.kind]);
    this.log = new ChangeLog(this.members);
  }

  /** Nobody knows what became of the files: what is missing among them was not taken away by anybody. */
  forgetPrints(): void {
    for (const name of this.members.names()) this.forgetPrint(name);
  }

  /** Nobody knows what became of a member's file: if it is missing, it is written. */
  forgetPrint(name: string): void {
    this.members.setPrint(name, 0);
    this.unsaved.add(name);
  }
}

/** Rows of bindings. A name keeps its row for good: homes are small. */
class BindingRows implements Rows {
  readonly #bindings: ReadonlyMap<string, { readonly seq: number }>;
  readonly #rows = new Map<string, number>();
  readonly #names: string[] = [];

  constructor(bindings: ReadonlyMap<string, { readonly seq: number }>) {
    this.#bindings = bindings;
  }

  get count(): number {
    return this.#bindings.size;
  }

  get limit(): number {
    return this.#names.length;
  }

  rowOf(name: string): number | undefined {
    if (!this.#bindings.has(name)) return undefined;
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    const row = this.#names.push(name) - 1;
    this.#rows.set(name, row);
    return row;
  }

  nameAt(row: number): string | undefined {
    const name = this.#names[row];
    return name !== undefined && this.#bindings.has(name) ? name : undefined;
  }

  seqAt(row: number): number {
    return this.#bindings.get(this.#names[row] ?? '')?.seq ?? 0;
  }
}

/** What the store knows of one home. */
export class HomeState {
  record: HomeRecord;
  readonly bindings = new Map<string, Binding & { readonly seq: number }>();
  readonly log = new ChangeLog(new BindingRows(this.bindings));

  constructor(record: HomeRecord) {
    this.record = record;
  }
}

export interface UserState {
  readonly record: UserRecord;
  readonly homes: Readonly<Record<Kind, HomeState>>;
}

/** Where a record and its body stand. */
export interface Spot {
  readonly time: number;
  readonly segment: number;
  /** Offset of the body. */
  readonly body: number;
}

/** Under which a user's name is found. */
export function loginKey(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** A place that may be said relative to a record's body. */
export function placeOf(at: At, spot: Pick<Spot, 'segment' | 'body'>): Place {
  return typeof at === 'number' ? [spot.segment, spot.body + at] : at;
}

/**
 * Everything the store knows without looking at the disk, as of the last durable commit. Changed by `apply` alone,
 * from commits and at recovery alike.
 */
export class Catalog {
  readonly users = new Map<UserId, UserState>();
  readonly collections = new Map<CollectionId, CollectionState>();
  /** What commits left to be done, by where it stands in the journal. */
  readonly tasks = new Map<string, Task>();
  readonly marks = new Map<string, Mark>();
  readonly #logins = new Map<string, UserId>();
  readonly #bound = new Map<CollectionId, Set<string>>();

  /** @param facts of the members that the record puts, in its order; without them they stay unknown. */
  apply(
    record: Pick<CommitRecord, 'changes' | 'tasks'>,
    spot: Spot,
    facts?: readonly (Facts | undefined)[],
  ): void {
    record.changes.forEach((entry, i) => {
      this.#applyEntry(entry, spot, facts?.[i]);
    });
    record.tasks?.forEach((task, i) => {
      this.tasks.set(`${spot.segment}.${spot.body}.${i}`, task);
    });
  }

  #applyEntry(entry: Entry, spot: Spot, facts: Facts | undefined): void {
    switch (entry.set) {
      case 'member': {
        const collection = this.collections.get(entry.in);
        if (!collection || collection.log.latest(entry.name) >= entry.seq) return;
        collection.members.set(entry.name, { ...entry, at: placeOf(entry.at, spot), facts });
        collection.log.there(entry.seq, entry.name);
        collection.touched = spot.time;
        collection.unsaved.add(entry.name);
        collection.uncached.add(entry.name);
        return;
      }
      case 'gone': {
        const collection = this.collections.get(entry.in);
        if (!collection || collection.log.latest(entry.name) >= entry.seq) return;
        collection.members.remove(entry.name);
        collection.log.bury(entry.seq, entry.name, spot.time);
        collection.touched = spot.time;
        collection.unsaved.add(entry.name);
        return;
      }
      case 'found':
        return;
      case 'collection': {
        const known = this.collections.get(entry.collection.id);
        if (known) known.record = entry.collection;
        else this.collections.set(entry.collection.id, new CollectionState(entry.collection));
        return;
      }
      case 'purged':
        this.collections.delete(entry.collection);
        return;
      case 'binding': {
        const home = this.users.get(entry.user)?.homes[entry.kind];
        if (!home || home.log.latest(entry.binding.name) >= entry.seq) return;
        this.#unbind(entry, home, entry.binding.name);
        home.bindings.set(entry.binding.name, { ...entry.binding, seq: entry.seq });
        home.log.there(entry.seq, entry.binding.name);
        this.#boundSet(entry.binding.collection).add(boundKey(entry, entry.binding.name));
        return;
      }
      case 'unbound': {
        const home = this.users.get(entry.user)?.homes[entry.kind];
        if (!home || home.log.latest(entry.name) >= entry.seq) return;
        this.#unbind(entry, home, entry.name);
        home.log.bury(entry.seq, entry.name, spot.time);
        return;
      }
      case 'mark':
        this.marks.set(entry.mark.name, entry.mark);
        return;
      case 'unmarked':
        this.marks.delete(entry.name);
        return;
      case 'lock': {
        const collection = this.collections.get(entry.lock.collection);
        if (collection) collection.locks = withLock(collection.locks, entry.lock, spot.time);
        return;
      }
      case 'unlocked': {
        const collection = this.collections.get(entry.in);
        if (collection) collection.locks = withoutLock(collection.locks, entry.token);
        return;
      }
      case 'user':
        this.#setUser(entry);
        return;
      case 'no-user':
        this.#removeUser(entry.user);
        return;
    }
  }

  home(view: HomeView): HomeState | undefined {
    return this.users.get(view.user)?.homes[view.kind];
  }

  /** Owner of a name or alias, found regardless of case. */
  userNamed(name: string): UserId | undefined {
    return this.#logins.get(loginKey(name));
  }

  /** Under which names, in whose homes, a collection is bound. */
  bindingsOf(collection: CollectionId): (HomeView & { name: string })[] {
    return [...(this.#bound.get(collection) ?? [])].map(boundOf);
  }

  #setUser({ user, folder, homes }: UserRecord): void {
    const known = this.users.get(user.id);
    if (known) for (const name of namesOf(known.record)) this.#logins.delete(loginKey(name));
    const record = { user, folder, homes };
    if (known) for (const kind of KINDS) known.homes[kind].record = homes[kind];
    this.users.set(user.id, {
      record,
      homes: known?.homes ?? {
        calendar: new HomeState(homes.calendar),
        addressbook: new HomeState(homes.addressbook),
      },
    });
    for (const name of namesOf(record)) this.#logins.set(loginKey(name), user.id);
  }

  #removeUser(id: UserId): void {
    const known = this.users.get(id);
    if (!known) return;
    for (const name of namesOf(known.record)) this.#logins.delete(loginKey(name));
    for (const kind of KINDS) {
      for (const name of [...known.homes[kind].bindings.keys()]) {
        this.#unbind({ user: id, kind }, known.homes[kind], name);
      }
    }
    this.users.delete(id);
  }

  #unbind(view: HomeView, home: HomeState, name: string): void {
    const binding = home.bindings.get(name);
    if (!binding) return;
    home.bindings.delete(name);
    this.#bound.get(binding.collection)?.delete(boundKey(view, name));
  }

  #boundSet(collection: CollectionId): Set<string> {
    const known = this.#bound.get(collection);
    if (known) return known;
    const fresh = new Set<string>();
    this.#bound.set(collection, fresh);
    return fresh;
  }
}

/** Locks with one more, or with one set anew; those that have expired at `time` go. */
export function withLock(locks: readonly Lock[], lock: Lock, time: number): readonly Lock[] {
  return [...withoutLock(locks, lock.token).filter(({ expires }) => expires > time), lock];
}

export function withoutLock(locks: readonly Lock[], token: string): readonly Lock[] {
  return locks.filter((lock) => lock.token !== token);
}

/** Name and aliases of a user. */
export function namesOf({ user }: UserRecord): string[] {
  return [user.name, ...user.aliases];
}

function boundKey(view: HomeView, name: string): string {
  return JSON.stringify([view.user, view.kind, name]);
}

function boundOf(key: string): HomeView & { name: string } {
  const [user, kind, name]: [UserId, Kind, string] = JSON.parse(key);
  return { user, kind, name };
}
