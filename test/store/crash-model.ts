import { isDeepStrictEqual } from 'node:util';
import type { FlatStore } from '../../src/store/flat/open.ts';
import type { Collection, FactsOf, Kind, Properties, SyncToken } from '../../src/store/types.ts';

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
}

export interface UserModel {
  readonly name: string;
  readonly displayName: string;
  /** By `homeKey`. */
  readonly collections: ReadonlyMap<string, CollectionModel>;
}

/** What a store should hold, by a user's id. Never changed: each commit makes another one. */
export type Model = ReadonlyMap<string, UserModel>;

export interface Place {
  readonly user: string;
  readonly kind: Kind;
  readonly name: string;
}

export function homeKey({ kind, name }: Pick<Place, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

export function placesOf(model: Model): (Place & { readonly collection: CollectionModel })[] {
  return [...model].flatMap(([user, { collections }]) =>
    [...collections].map(([key, collection]) => {
      const [kind = '', name = ''] = key.split('/');
      return { user, kind: kind as Kind, name, collection };
    }),
  );
}

/** The model with a user, or a collection, changed; undefined takes it away. */
export function withUser(model: Model, id: string, user: UserModel | undefined): Model {
  return changed(model, id, user);
}

export function withCollection(model: Model, place: Place, collection: CollectionModel | undefined): Model {
  const user = model.get(place.user);
  if (!user) return model;
  return changed(model, place.user, {
    ...user,
    collections: changed(user.collections, homeKey(place), collection),
  });
}

export function withObject(model: Model, place: Place, name: string, object: ObjectModel | undefined): Model {
  const collection = model.get(place.user)?.collections.get(homeKey(place));
  if (!collection) return model;
  return withCollection(model, place, { ...collection, members: changed(collection.members, name, object) });
}

function changed<V>(map: ReadonlyMap<string, V>, key: string, value: V | undefined): ReadonlyMap<string, V> {
  const other = new Map(map);
  if (value === undefined) other.delete(key);
  else other.set(key, value);
  return other;
}

/** Everything a store shows, read as a client would. */
export async function observed(store: FlatStore): Promise<Model> {
  const model = new Map<string, UserModel>();
  for (const { id, name, displayName } of await store.users()) {
    const collections = new Map<string, CollectionModel>();
    for (const kind of ['calendar', 'addressbook'] as const) {
      for (const collection of await store.collections({ user: id, kind })) {
        const { properties } = collection;
        const members = await membersOf(store, collection);
        collections.set(homeKey(collection), { id: collection.id, properties, members });
      }
    }
    model.set(id, { name, displayName, collections });
  }
  return model;
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

function summed(model: Model): string {
  const lines = [...model].flatMap(([id, { name, displayName, collections }]) => [
    `user ${JSON.stringify([id, name, displayName])}`,
    ...[...collections].flatMap(([key, { properties, members }]) => [
      `collection ${JSON.stringify([id, key, sorted(properties)])}`,
      ...[...members].map(
        ([member, { text, properties: own }]) =>
          `member ${JSON.stringify([id, key, member, sorted(own), text])}`,
      ),
    ]),
  ]);
  return lines.sort().join('\n');
}

function sorted(properties: Properties): [string, unknown][] {
  return Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What a client knew when it got a token. */
export interface Held {
  readonly token: SyncToken;
  readonly id: string;
  readonly members: ReadonlyMap<string, ObjectModel>;
}

/** The tokens a client could have now. */
export async function tokensOf(store: FlatStore, model: Model): Promise<Held[]> {
  const held: Held[] = [];
  for (const { user, kind, name, collection } of placesOf(model)) {
    const seen = await store.collection({ user, kind }, name);
    if (seen) held.push({ token: seen.token, id: seen.id, members: collection.members });
  }
  return held;
}

/** @returns what is wrong for a client that comes back with a token, undefined if nothing is. */
export async function wrongSince(store: FlatStore, model: Model, held: Held): Promise<string | undefined> {
  const place = placesOf(model).find(({ collection }) => collection.id === held.id);
  if (!place) return undefined;
  const changes = await store.changes({ id: held.id, viewer: place.user }, held.token);
  if (changes === 'invalid-token') return `the token ${held.token} is refused`;
  const names = new Set([...changes.changed.map(({ name }) => name), ...changes.removed]);
  const { members } = place.collection;
  for (const name of new Set([...held.members.keys(), ...members.keys()])) {
    const gone = changes.removed.includes(name);
    if (names.has(name) ? gone !== !members.has(name) : !same(held.members.get(name), members.get(name)))
      return `since ${held.token} the change of ${name} is not told`;
  }
  return undefined;
}

function same(a: ObjectModel | undefined, b: ObjectModel | undefined): boolean {
  return isDeepStrictEqual(a, b);
}
