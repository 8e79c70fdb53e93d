/** Which collections and users there are and were, and what people call them. */

import { canonicalName } from '../../accounts/names.ts';
import type { RemovedCollection } from '../../store/history.ts';
import type { CollectionId, Kind, Store, User, UserId } from '../../store/types.ts';
import { suggestion } from '../nearest.ts';
import { KINDS, kindOfItem, readPath, WORDS } from '../path.ts';
import { NotThere } from '../refused.ts';

export interface PlacedCollection {
  readonly id: CollectionId;
  readonly kind: Kind;
  readonly owner: UserId;
  readonly name: string;
  /** Absent: it is there. */
  readonly removed?: RemovedCollection;
}

export interface PlacedUser {
  readonly user: User;
  /** ms since 1970 UTC; absent: the user is there. */
  readonly removed?: number;
}

/** `alice`, `alice/default`, `alice/calendars/default/a.ics`. */
export interface Spot {
  readonly user: PlacedUser;
  /** Of that name, whatever their kind, those that are there first; all of the user where none is named. */
  readonly collections: readonly PlacedCollection[];
  readonly isCollection: boolean;
  /** Name of a member. */
  readonly member?: string;
}

/** What there is and was, at one moment. */
export class Places {
  readonly #users: readonly PlacedUser[];
  readonly #collections: ReadonlyMap<CollectionId, PlacedCollection>;

  constructor(users: readonly PlacedUser[], collections: readonly PlacedCollection[]) {
    this.#users = users;
    this.#collections = new Map(collections.map((each) => [each.id, each]));
  }

  user(id: UserId): PlacedUser | undefined {
    return this.#users.find(({ user }) => user.id === id);
  }

  collection(id: CollectionId): PlacedCollection | undefined {
    return this.#collections.get(id);
  }

  collectionsOf(user: UserId): PlacedCollection[] {
    return [...this.#collections.values()].filter(({ owner }) => owner === user);
  }

  /** Collections that are there. */
  present(): PlacedCollection[] {
    return [...this.#collections.values()].filter(({ removed }) => !removed);
  }

  /** Another user that is there and has the name. */
  holderOf(name: string, except: UserId): PlacedUser | undefined {
    const wanted = canonicalName(name);
    return this.#users.find(
      ({ user, removed }) =>
        removed === undefined &&
        user.id !== except &&
        [user.name, ...user.aliases].some((own) => canonicalName(own) === wanted),
    );
  }

  /** `alice/calendars/default`, with a member `alice/calendars/default/a.ics`; of what is forgotten its id. */
  pathOf(id: CollectionId, member?: string): string {
    const found = this.#collections.get(id);
    const end = member === undefined ? '' : `/${member}`;
    if (!found) return `(forgotten)/${id}${end}`;
    return `${this.nameOf(found.owner)}/${found.kind}s/${found.name}${end}`;
  }

  nameOf(user: UserId): string {
    return this.user(user)?.user.name ?? '(forgotten)';
  }

  /** @throws NotThere */
  find(path: string): Spot {
    const { user: name, kind, collection, item } = readPath(path);
    const user = this.#userNamed(name);
    const all = this.collectionsOf(user.user.id);
    if (collection === '') return { user, collections: all, isCollection: false };
    const fits = (each: PlacedCollection) =>
      each.name === collection && (kind ?? kindOfItem(item) ?? each.kind) === each.kind;
    const found = all
      .filter(fits)
      .sort((a, b) => (b.removed?.removed ?? Infinity) - (a.removed?.removed ?? Infinity));
    if (found.length === 0) {
      const names = all.map((each) => each.name);
      const hint =
        suggestion(collection, names) || `: there is and was ${[...new Set(names)].join(', ') || 'none'}`;
      throw new NotThere(
        `"${user.user.name}" has and had no ${kind ? WORDS[kind] : 'collection'} "${collection}"${hint}`,
      );
    }
    return { user, collections: found, isCollection: true, ...(item !== '' && { member: item }) };
  }

  /** One who is there before one who was, and of those the last removed. */
  #userNamed(name: string): PlacedUser {
    const wanted = canonicalName(name.trim());
    const found = this.#users
      .filter(({ user }) => [user.name, ...user.aliases].some((own) => canonicalName(own) === wanted))
      .sort((a, b) => (b.removed ?? Infinity) - (a.removed ?? Infinity))[0];
    if (found) return found;
    const hint = suggestion(
      wanted,
      this.#users.map(({ user }) => user.name),
    );
    throw new NotThere(`there is and was no user "${name}"${hint || ': davd user list shows who there is'}`);
  }
}

export async function readPlaces(store: Store): Promise<Places> {
  const users = await store.users();
  const removedUsers = await store.removedUsers();
  const collections: PlacedCollection[] = [];
  for (const { id: user } of users) {
    for (const kind of KINDS) {
      for (const { id, owner, name } of await store.collections({ user, kind })) {
        if (owner === user) collections.push({ id, kind, owner, name });
      }
    }
  }
  for (const removed of await store.removedCollections()) {
    const { id, kind, owner, name } = removed;
    collections.push({ id, kind, owner, name, removed });
  }
  const there = users.map((user): PlacedUser => ({ user }));
  const gone = removedUsers.filter(({ user }) => !users.some(({ id }) => id === user.id));
  return new Places([...there, ...gone.map(({ user, removed }) => ({ user, removed }))], collections);
}
