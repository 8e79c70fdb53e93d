/** Which collection or item a person means. */

import type { Collection, Kind, Member, Store, User } from '../store/types.ts';
import { existing } from './change-user.ts';
import { suggestion } from './nearest.ts';
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

export const WORDS: Readonly<Record<Kind, string>> = { calendar: 'calendar', addressbook: 'address book' };

/** @throws NotThere */
export async function findCollection(
  store: Store,
  { user: name, kind, name: wanted }: CollectionWish,
): Promise<Found> {
  const user = await existing(store, name);
  const collection = await store.collection({ user: user.id, kind }, wanted);
  if (collection) return { user, collection };
  const names = (await store.collections({ user: user.id, kind })).map((each) => each.name);
  const hint = suggestion(wanted, names) || `: there is ${names.join(', ') || 'none'}`;
  throw new NotThere(`user "${user.name}" has no ${WORDS[kind]} "${wanted}"${hint}`);
}

/**
 * The collection of `USER/COLLECTION`, or of `USER/calendars/COLLECTION` and `USER/addressbooks/COLLECTION` where both
 * have one of that name. @throws NotThere, Refused
 */
export async function findByPath(store: Store, path: string): Promise<Found> {
  const [user = '', ...rest] = path.split('/');
  const kind = kindOf(rest[0]);
  const name = kind && rest.length === 2 ? rest[1] : rest[0];
  if (user === '' || name === undefined || name === '' || rest.length > 2 || (rest.length === 2 && !kind)) {
    throw new NotThere(`"${path}" names no collection: write USER/COLLECTION, such as alice/default`);
  }
  if (kind && rest.length === 2) return findCollection(store, { user, kind, name });
  const { id } = await existing(store, user);
  const calendar = await store.collection({ user: id, kind: 'calendar' }, name);
  const book = await store.collection({ user: id, kind: 'addressbook' }, name);
  if (calendar && book) {
    throw new NotThere(
      `"${path}" is a calendar and an address book: write ${user}/calendars/${name} or ${user}/addressbooks/${name}`,
    );
  }
  return findCollection(store, { user, kind: book ? 'addressbook' : 'calendar', name });
}

/** The item of a collection's path, `/`, and the item's name or UID. @throws NotThere, Refused */
export async function findItem(store: Store, path: string): Promise<Found & { readonly member: Member }> {
  const [user = '', ...rest] = path.split('/');
  const named = kindOf(rest[0]) && rest.length > 2;
  const [segments, item] = named ? [rest.slice(0, 2), rest.slice(2)] : [rest.slice(0, 1), rest.slice(1)];
  const name = item.join('/');
  if (name === '') {
    throw new NotThere(`"${path}" names no item: write USER/COLLECTION/ITEM; davd item list shows the items`);
  }
  const kind = name.endsWith('.vcf') ? 'addressbooks' : name.endsWith('.ics') ? 'calendars' : undefined;
  const found = await findByPath(
    store,
    [user, ...(named || kind === undefined ? [] : [kind]), ...segments].join('/'),
  );
  const member =
    (await store.member(found.collection, name)) ?? (await store.memberByUid(found.collection, name));
  if (member) return { ...found, member };
  throw new NotThere(
    `${WORDS[found.collection.kind]} "${found.user.name}/${found.collection.name}" has no item "${name}": davd item list shows what it has`,
  );
}

function kindOf(segment: string | undefined): Kind | undefined {
  if (segment === 'calendars') return 'calendar';
  return segment === 'addressbooks' ? 'addressbook' : undefined;
}

/** The store's refusal of a name in a home. */
export function nameTaken(kind: Kind, user: string, name: string): Refused {
  return new Refused(`user "${user}" has a ${WORDS[kind]} "${name}" already: choose another name`);
}
