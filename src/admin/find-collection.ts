/** Which collection or item a person means. */

import type { Collection, Kind, Member, Store, User } from '../store/types.ts';
import { existing } from './change-user.ts';
import { suggestion } from './nearest.ts';
import { KINDS, kindOfItem, readPath, WORDS } from './path.ts';
import { NotThere, Refused } from './refused.ts';

/** Names a collection as `user` and the name in that user's home. */
export interface CollectionWish {
  readonly user: string;
  readonly kind: Kind;
  readonly name: string;
}

export interface Found {
  readonly user: User;
  readonly collection: Collection;
}

export interface FoundItem extends Found {
  readonly member: Member;
}

/** @throws NotThere */
export async function findCollection(store: Store, { user, kind, name }: CollectionWish): Promise<Found> {
  return only(await collectionsCalled(store, user, [kind], name), name);
}

/** The collection of a path. @throws NotThere, also where a calendar and an address book have the name. */
export async function findByPath(store: Store, path: string): Promise<Found> {
  return only(await findAllByPath(store, path), path);
}

/** The calendar and the address book of a path that doesn't say which; one at least. @throws NotThere */
export async function findAllByPath(store: Store, path: string): Promise<readonly Found[]> {
  const { user, kind, collection, item } = readPath(path);
  if (user === '' || collection === '' || item !== '') {
    throw new NotThere(`"${path}" names no collection: write USER/COLLECTION, such as alice/default`);
  }
  return collectionsCalled(store, user, kind ? [kind] : KINDS, collection);
}

/** The item of a path. @throws NotThere */
export async function findItem(store: Store, path: string): Promise<FoundItem> {
  const { user, kind = kindOfItem(path), collection, item } = readPath(path);
  if (item === '') {
    throw new NotThere(`"${path}" names no item: write USER/COLLECTION/ITEM; davd item list shows the items`);
  }
  const places = await collectionsCalled(store, user, kind ? [kind] : KINDS, collection);
  const items = await Promise.all(places.map((place) => itemIn(store, place, item)));
  const found = items.filter((each) => each !== undefined);
  if (found.length > 0) return only(found, path);
  const where = places.map((place) => `${place.user.name}/${place.collection.kind}s/${collection}`);
  throw new NotThere(
    `there is no item "${item}" in ${where.join(' or ')}: davd item list shows what there is`,
  );
}

async function itemIn(store: Store, place: Found, name: string): Promise<FoundItem | undefined> {
  const { collection } = place;
  const member = (await store.member(collection, name)) ?? (await store.memberByUid(collection, name));
  return member && { ...place, member };
}

/** One at least. @throws NotThere */
async function collectionsCalled(
  store: Store,
  owner: string,
  kinds: readonly Kind[],
  name: string,
): Promise<readonly Found[]> {
  const user = await existing(store, owner);
  const found = await Promise.all(kinds.map((kind) => store.collection({ user: user.id, kind }, name)));
  const there = found.flatMap((collection) => (collection ? [{ user, collection }] : []));
  if (there.length > 0) return there;
  const homes = await Promise.all(kinds.map((kind) => store.collections({ user: user.id, kind })));
  const names = [...new Set(homes.flat().map((each) => each.name))];
  const what = kinds.map((kind) => WORDS[kind]).join(' or ');
  const hint = suggestion(name, names) || `: there is ${names.join(', ') || 'none'}`;
  throw new NotThere(`user "${user.name}" has no ${what} "${name}"${hint}`);
}

/** @throws NotThere */
function only<T extends Found>(found: readonly T[], path: string): T {
  const [one, ...others] = found;
  if (one && others.length === 0) return one;
  const [user, ...rest] = path.split('/');
  const spelt = KINDS.map((kind) => `${user}/${kind}s/${rest.join('/')}`);
  throw new NotThere(`"${path}" is a calendar and an address book: write ${spelt.join(' or ')}`);
}

/** The store's refusal of a name in a home. */
export function nameTaken(kind: Kind, user: string, name: string): Refused {
  return new Refused(`user "${user}" has a ${WORDS[kind]} "${name}" already: choose another name`);
}
