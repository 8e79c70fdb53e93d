import type { CollectionId, Facts, HomeView, Lock, UserId } from '../types.ts';
import { type Catalog, loginKey, namesOf, placeOf, type Spot, withLock, withoutLock } from './catalog.ts';
import type { At, Binding, CollectionRecord, Entry, Stored, UserRecord } from './entries.ts';

/** A member as the commit at hand sees it. */
export interface DraftMember extends Stored {
  readonly at: At;
  readonly facts: Facts | undefined;
}

export interface DraftCollection {
  readonly record: CollectionRecord;
  readonly seq: number;
}

export interface DraftBinding {
  readonly binding: Binding;
  readonly seq: number;
}

/**
 * The catalog as it will be once the commits of the batch at hand are durable. Readers never see it. What one commit adds
 * can be taken back when a later change of it is refused.
 */
export class Draft {
  readonly catalog: Catalog;
  readonly #undo: (() => void)[] = [];
  readonly #members = new ByCollection<DraftMember | null>();
  /** Who has which UID. */
  readonly #uids = new ByCollection<string | null>();
  readonly #seqs = new Map<CollectionId, number>();
  readonly #collections = new Map<CollectionId, CollectionRecord | null>();
  readonly #bindings = new Map<string, DraftBinding | null>();
  readonly #homeSeqs = new Map<string, number>();
  readonly #locks = new Map<CollectionId, readonly Lock[]>();
  readonly #marks = new Map<string, boolean>();
  readonly #users = new Map<UserId, UserRecord | null>();
  readonly #logins = new Map<string, UserId | null>();

  constructor(catalog: Catalog) {
    this.catalog = catalog;
  }

  /** undefined where it is not there or in the trash. */
  collection(id: CollectionId): CollectionRecord | undefined {
    const record = this.#collections.get(id) ?? this.catalog.collections.get(id)?.record;
    return record?.trashed === undefined ? record : undefined;
  }

  /** A collection in the trash. */
  trashed(id: CollectionId): CollectionRecord | undefined {
    const record = this.#collections.get(id) ?? this.catalog.collections.get(id)?.record;
    return record?.trashed === undefined ? undefined : record;
  }

  /** Collections in the trash that went with their owner, oldest removal first, in the order of their names' making. */
  trashedWith(user: UserId): CollectionRecord[] {
    const ids = new Set([...this.catalog.collections.keys(), ...this.#collections.keys()]);
    return [...ids]
      .flatMap((id) => this.#collections.get(id) ?? this.catalog.collections.get(id)?.record ?? [])
      .filter(({ owner, trashed, from }) => owner === user && trashed !== undefined && from?.user)
      .sort((a, b) => (a.trashed ?? 0) - (b.trashed ?? 0) || (a.from?.order ?? 0) - (b.from?.order ?? 0));
  }

  member(collection: CollectionId, name: string): DraftMember | undefined {
    const drafted = this.#members.get(collection)?.get(name);
    if (drafted !== undefined) return drafted ?? undefined;
    return this.catalog.collections.get(collection)?.members.get(name);
  }

  memberNames(collection: CollectionId): string[] {
    const names = new Set(this.catalog.collections.get(collection)?.members.names());
    for (const [name, member] of this.#members.get(collection) ?? []) {
      if (member) names.add(name);
      else names.delete(name);
    }
    return [...names];
  }

  memberCount(collection: CollectionId): number {
    const members = this.catalog.collections.get(collection)?.members;
    let count = members?.count ?? 0;
    for (const [name, member] of this.#members.get(collection) ?? [])
      count += Number(member !== null) - Number(members?.has(name) ?? false);
    return count;
  }

  /** Those that have expired as well. */
  locks(collection: CollectionId): readonly Lock[] {
    return this.#locks.get(collection) ?? this.catalog.collections.get(collection)?.locks ?? [];
  }

  /** Name of the member that has the UID. */
  holderOf(collection: CollectionId, uid: string): string | undefined {
    const drafted = this.#uids.get(collection)?.get(uid);
    if (drafted !== undefined) return drafted ?? undefined;
    return this.catalog.collections.get(collection)?.members.byUid(uid);
  }

  nextSeq(collection: CollectionId): number {
    return (this.#seqs.get(collection) ?? this.catalog.collections.get(collection)?.log.seq ?? 0) + 1;
  }

  user(id: UserId): UserRecord | undefined {
    const drafted = this.#users.get(id);
    if (drafted !== undefined) return drafted ?? undefined;
    return this.catalog.users.get(id)?.record;
  }

  userNamed(name: string): UserId | undefined {
    const drafted = this.#logins.get(loginKey(name));
    if (drafted !== undefined) return drafted ?? undefined;
    return this.catalog.userNamed(name);
  }

  binding(home: HomeView, name: string): DraftBinding | undefined {
    const drafted = this.#bindings.get(homeKey(home, name));
    if (drafted !== undefined) return drafted ?? undefined;
    const binding = this.catalog.home(home)?.bindings.get(name);
    return binding && { binding, seq: binding.seq };
  }

  bindings(home: HomeView): Binding[] {
    const names = new Set(this.catalog.home(home)?.bindings.keys());
    for (const drafted of this.#bindings.keys()) {
      const [user, kind, name]: string[] = JSON.parse(drafted);
      if (user === home.user && kind === home.kind && name !== undefined) names.add(name);
    }
    return [...names].flatMap((name) => this.binding(home, name)?.binding ?? []);
  }

  /** Under which names, in whose homes, a collection is bound. */
  bindingsOf(collection: CollectionId): (HomeView & { name: string })[] {
    const places = new Map(
      this.catalog.bindingsOf(collection).map((place) => [homeKey(place, place.name), place]),
    );
    for (const [drafted, entry] of this.#bindings) {
      if (entry?.binding.collection !== collection) continue;
      const [user, kind, name] = JSON.parse(drafted);
      places.set(drafted, { user, kind, name });
    }
    return [...places.values()].filter(
      (place) => this.binding(place, place.name)?.binding.collection === collection,
    );
  }

  nextHomeSeq(home: HomeView): number {
    return (this.#homeSeqs.get(homeKey(home, '')) ?? this.catalog.home(home)?.log.seq ?? 0) + 1;
  }

  hasMark(name: string): boolean {
    return this.#marks.get(name) ?? this.catalog.marks.has(name);
  }

  /** What the changes after it see. */
  apply(entry: Entry, facts?: Facts): void {
    switch (entry.set) {
      case 'member':
        this.#freeUid(entry.in, entry.name);
        this.#put(this.#members.of(entry.in), entry.name, { ...entry, facts });
        if (facts && facts.uid !== null) this.#put(this.#uids.of(entry.in), facts.uid, entry.name);
        this.#put(this.#seqs, entry.in, entry.seq);
        return;
      case 'gone':
        this.#freeUid(entry.in, entry.name);
        this.#put(this.#members.of(entry.in), entry.name, null);
        this.#put(this.#seqs, entry.in, entry.seq);
        return;
      case 'found':
        return;
      case 'collection':
        this.#put(this.#collections, entry.collection.id, entry.collection);
        return;
      case 'purged':
        this.#put(this.#collections, entry.collection, null);
        return;
      case 'binding':
        this.#put(this.#bindings, homeKey(entry, entry.binding.name), {
          binding: entry.binding,
          seq: entry.seq,
        });
        this.#put(this.#homeSeqs, homeKey(entry, ''), entry.seq);
        return;
      case 'unbound':
        this.#put(this.#bindings, homeKey(entry, entry.name), null);
        this.#put(this.#homeSeqs, homeKey(entry, ''), entry.seq);
        return;
      case 'mark':
        this.#put(this.#marks, entry.mark.name, true);
        return;
      case 'unmarked':
        this.#put(this.#marks, entry.name, false);
        return;
      case 'lock': {
        const { collection } = entry.lock;
        this.#put(this.#locks, collection, withLock(this.locks(collection), entry.lock, 0));
        return;
      }
      case 'unlocked':
        this.#put(this.#locks, entry.in, withoutLock(this.locks(entry.in), entry.token));
        return;
      case 'user': {
        const before = this.user(entry.user.id);
        if (before) for (const name of namesOf(before)) this.#put(this.#logins, loginKey(name), null);
        this.#put(this.#users, entry.user.id, entry);
        for (const name of namesOf(entry)) this.#put(this.#logins, loginKey(name), entry.user.id);
        return;
      }
      case 'no-user': {
        const before = this.user(entry.user);
        if (before) for (const name of namesOf(before)) this.#put(this.#logins, loginKey(name), null);
        this.#put(this.#users, entry.user, null);
        return;
      }
    }
  }

  /** The entries are in a record now: what they said relative to its body gets its place. */
  settle(entries: readonly Entry[], spot: Spot): void {
    for (const entry of entries) {
      if (entry.set !== 'member' || typeof entry.at !== 'number') continue;
      const members = this.#members.of(entry.in);
      const member = members.get(entry.name);
      if (member?.seq === entry.seq) members.set(entry.name, { ...member, at: placeOf(entry.at, spot) });
    }
  }

  /** From here on `revert` goes back to this point. */
  mark(): void {
    this.#undo.length = 0;
  }

  revert(): void {
    for (let undo = this.#undo.pop(); undo; undo = this.#undo.pop()) undo();
  }

  #freeUid(collection: CollectionId, name: string): void {
    const uid = this.member(collection, name)?.facts?.uid;
    if (uid !== undefined && uid !== null && this.holderOf(collection, uid) === name) {
      this.#put(this.#uids.of(collection), uid, null);
    }
  }

  #put<V>(map: Map<string, V>, name: string, value: V): void {
    const before = map.get(name);
    const known = map.has(name);
    this.#undo.push(() => {
      if (known && before !== undefined) map.set(name, before);
      else map.delete(name);
    });
    map.set(name, value);
  }
}

/** What is drafted of each collection, by name. */
class ByCollection<V> extends Map<CollectionId, Map<string, V>> {
  of(collection: CollectionId): Map<string, V> {
    const known = this.get(collection);
    if (known) return known;
    const fresh = new Map<string, V>();
    this.set(collection, fresh);
    return fresh;
  }
}

function homeKey(home: HomeView, name: string): string {
  return JSON.stringify([home.user, home.kind, name]);
}
