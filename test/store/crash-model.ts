import { hash } from 'node:crypto';
import type { FlatStore } from '../../src/store/flat/open.ts';
import type { Collection, FactsOf, Kind, Properties } from '../../src/store/types.ts';

/** An object: a readable line, padding, an end. Anything else is what a crash left, and unreadable. */
export function objectText(uid: string, padding: string): string {
  return `BEGIN ${uid}\n${padding}\nEND\n`;
}

/** The `factsOf` of a store whose objects are made by `objectText`. */
export const textFacts: FactsOf = (_kind, bytes) => {
  const [, uid] = /^BEGIN (\S+)\n.*\nEND\n$/s.exec(Buffer.from(bytes).toString('latin1')) ?? [];
  return {
    uid: uid ?? null,
    component: uid === undefined ? '' : 'VEVENT',
    start: -Infinity,
    end: Infinity,
    recurring: false,
  };
};

export interface ObjectModel {
  readonly text: string;
  readonly properties: Properties;
}

/** What a collection should be. */
export interface CollectionModel {
  readonly id: string;
  readonly properties: Properties;
  readonly members: ReadonlyMap<string, ObjectModel>;
  /** What is locked, by token: a member or null for all. */
  readonly locks: ReadonlyMap<string, string | null>;
}

export interface UserModel {
  readonly name: string;
  readonly displayName: string;
  /** By `homeKey`. */
  readonly collections: ReadonlyMap<string, CollectionModel>;
}

/** A collection that was removed. */
export interface Removed {
  readonly place: Place;
  readonly collection: CollectionModel;
  /** With whom it went. */
  readonly user?: UserModel;
}

/** What a store should hold. Never changed: each commit makes another one. */
export interface Model {
  /** By id. */
  readonly users: ReadonlyMap<string, UserModel>;
  /** Last removed last. What was removed before the store was opened may be missing. */
  readonly removed: readonly Removed[];
}

export const NOTHING: Model = { users: new Map(), removed: [] };

export interface Place {
  readonly user: string;
  readonly kind: Kind;
  readonly name: string;
}

export function homeKey({ kind, name }: Pick<Place, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

export function placesOf({ users }: Model): (Place & { readonly collection: CollectionModel })[] {
  return [...users].flatMap(([user, { collections }]) =>
    [...collections].map(([key, collection]) => {
      const [kind = '', name = ''] = key.split('/');
      return { user, kind: kind as Kind, name, collection };
    }),
  );
}

/** The model with a user, or a collection, changed; undefined takes it away. */
export function withUser(model: Model, id: string, user: UserModel | undefined): Model {
  return { ...model, users: changed(model.users, id, user) };
}

export function withCollection(model: Model, place: Place, collection: CollectionModel | undefined): Model {
  const user = model.users.get(place.user);
  if (!user) return model;
  const collections = changed(user.collections, homeKey(place), collection);
  return withUser(model, place.user, { ...user, collections });
}

/** The model with a member changed; undefined takes it away, and its locks with it. */
export function withObject(model: Model, place: Place, name: string, object: ObjectModel | undefined): Model {
  const collection = model.users.get(place.user)?.collections.get(homeKey(place));
  if (!collection) return model;
  const members = changed(collection.members, name, object);
  const locks = object
    ? collection.locks
    : new Map([...collection.locks].filter(([, member]) => member !== name));
  return withCollection(model, place, { ...collection, members, locks });
}

export function changed<V>(
  map: ReadonlyMap<string, V>,
  key: string,
  value: V | undefined,
): ReadonlyMap<string, V> {
  const other = new Map(map);
  if (value === undefined) other.delete(key);
  else other.set(key, value);
  return other;
}

/** Everything a store shows, read as a client would. */
export async function observed(store: FlatStore): Promise<Model> {
  const users = new Map<string, UserModel>();
  for (const { id, name, displayName } of await store.users()) {
    const collections = new Map<string, CollectionModel>();
    for (const kind of ['calendar', 'addressbook'] as const) {
      for (const collection of await store.collections({ user: id, kind })) {
        const { properties } = collection;
        const members = await membersOf(store, collection);
        const locks = new Map((await store.locks(collection)).map(({ token, member }) => [token, member]));
        collections.set(homeKey(collection), { id: collection.id, properties, members, locks });
      }
    }
    users.set(id, { name, displayName, collections });
  }
  return { users, removed: [] };
}

async function membersOf(store: FlatStore, view: Collection): Promise<ReadonlyMap<string, ObjectModel>> {
  const members = new Map<string, ObjectModel>();
  const names: string[] = [];
  for await (const page of store.members(view)) names.push(...page.map(({ name }) => name));
  for await (const contents of store.read(view, names)) {
    for (const content of contents) {
      if (!content) throw new Error('a member that is listed has no content');
      const { name, properties } = content.member;
      members.set(name, { text: Buffer.from(content.bytes).toString(), properties });
    }
  }
  return members;
}

const summaries = new WeakMap<Model, string>();

/** One text for equal models; ids don't count, since a commit nobody answered gives one that nobody knows. */
export function summary(model: Model): string {
  const text = summaries.get(model) ?? summed(model);
  summaries.set(model, text);
  return text;
}

function summed({ users }: Model): string {
  const lines = [...users].flatMap(([id, { name, displayName, collections }]) => [
    `user ${JSON.stringify([id, name, displayName])}`,
    ...[...collections].flatMap(([key, { properties, members, locks }]) => [
      `collection ${JSON.stringify([id, key, sorted(properties)])}`,
      ...[...locks].map((lock) => `lock ${JSON.stringify([id, key, ...lock])}`),
      ...[...members].map(
        ([member, { text, properties: own }]) =>
          `member ${JSON.stringify([id, key, member, sorted(own), shown(text)])}`,
      ),
    ]),
  ]);
  return lines.sort().join('\n');
}

/** A text's first line stands for it, with a hash of the rest. */
function shown(text: string): string {
  return `${text.split('\n', 1)[0]} ${hash('sha1', text).slice(0, 8)}`;
}

function sorted(properties: Properties): [string, unknown][] {
  return Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
}
