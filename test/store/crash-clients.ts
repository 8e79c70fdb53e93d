import { isDeepStrictEqual } from 'node:util';
import type { FlatStore } from '../../src/store/flat/open.ts';
import type { Changes, HomeView, SyncToken } from '../../src/store/types.ts';
import { type Model, placesOf } from './crash-model.ts';

/** What a client knew when it got a token: of a collection its members, of a home its collections. */
export interface Held {
  readonly token: SyncToken;
  readonly of: { readonly collection: string } | HomeView;
  readonly items: ReadonlyMap<string, unknown>;
}

/** The tokens a client could have now. */
export async function tokensOf(store: FlatStore, model: Model): Promise<Held[]> {
  const held: Held[] = [];
  for (const { user, kind, name, collection } of placesOf(model)) {
    const seen = await store.collection({ user, kind }, name);
    if (seen) held.push({ token: seen.token, of: { collection: seen.id }, items: collection.members });
  }
  for (const user of model.users.keys()) {
    for (const kind of ['calendar', 'addressbook'] as const) {
      const home = await store.home({ user, kind });
      if (home) held.push({ token: home.token, of: { user, kind }, items: inHome(model, home) });
    }
  }
  return held;
}

/** What a client sees of collections when it looks at a home. */
function inHome(model: Model, { user, kind }: HomeView): ReadonlyMap<string, unknown> {
  const own = placesOf(model).filter((place) => place.user === user && place.kind === kind);
  return new Map(own.map(({ name, collection }) => [name, collection.properties]));
}

/** @returns what is wrong for a client that comes back with a token, undefined if nothing is. */
export async function wrongSince(store: FlatStore, model: Model, held: Held): Promise<string | undefined> {
  const now = 'user' in held.of ? await homeNow(store, model, held) : await membersNow(store, model, held);
  if (!now) return undefined;
  const { changes, items } = now;
  if (changes === 'invalid-token') return `the token ${held.token} is refused`;
  const names = new Set([...changes.changed, ...changes.removed]);
  for (const name of new Set([...held.items.keys(), ...items.keys()])) {
    const gone = changes.removed.includes(name);
    const same = isDeepStrictEqual(held.items.get(name), items.get(name));
    if (names.has(name) ? gone === items.has(name) : !same)
      return `since ${held.token} the change of ${name} is not told`;
  }
  return undefined;
}

interface Now {
  readonly changes: Changes<string> | 'invalid-token';
  readonly items: ReadonlyMap<string, unknown>;
}

async function membersNow(store: FlatStore, model: Model, { of, token }: Held): Promise<Now | undefined> {
  const place = placesOf(model).find(
    ({ collection }) => 'collection' in of && collection.id === of.collection,
  );
  if (!place) return undefined;
  const { id, members } = place.collection;
  return { changes: await store.changes({ id, viewer: place.user }, token), items: members };
}

/** undefined where the home is another by now: its user was removed. */
async function homeNow(store: FlatStore, model: Model, { of, token }: Held): Promise<Now | undefined> {
  const home = 'user' in of ? await store.home(of) : undefined;
  const idIn = (text: SyncToken) => text.split(':')[2];
  if (!home || idIn(home.token) !== idIn(token)) return undefined;
  const changes = await store.homeChanges(home, token);
  const items = inHome(model, home);
  if (changes === 'invalid-token') return { changes, items };
  return { changes: { ...changes, changed: changes.changed.map(({ name }) => name) }, items };
}
