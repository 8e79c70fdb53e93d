/** Calendars and address books: what an administrator does to them. */

import { componentNames } from '../caldav/properties.ts';
import {
  type Author,
  type Change,
  type Collection,
  type Kind,
  type PropertyPatch,
  Refusal,
  type Store,
  type User,
} from '../store/types.ts';
import type { Administration } from './administration.ts';
import { existing } from './change-user.ts';
import { type CollectionSummary, collectionSummary, PROPERTIES } from './collection-summary.ts';
import { type CollectionWish, findCollection, nameTaken } from './find-collection.ts';
import { WORDS } from './path.ts';
import { NotThere, Refused } from './refused.ts';
import { readTimeZone } from './user-record.ts';

/** What a person can set; '' takes it away. */
export interface CollectionParts {
  readonly displayName?: string;
  /** `#RGB`, `#RRGGBB` or `#RRGGBBAA` */
  readonly color?: string;
  readonly description?: string;
  readonly order?: number;
  /** Of calendars. */
  readonly components?: readonly string[];
  /** IANA, of calendars. */
  readonly timeZone?: string;
}

/** Collections of a kind, of one user or of all. @throws NotThere */
export async function listCollections(
  { store }: Administration,
  wish: { readonly kind: Kind; readonly user?: string },
): Promise<readonly CollectionSummary[]> {
  const users = wish.user === undefined ? await store.users() : [await existing(store, wish.user)];
  const sorted = [...users].sort((a, b) => (a.name < b.name ? -1 : 1));
  const lists = sorted.map(async (user) =>
    (await store.collections({ user: user.id, kind: wish.kind })).map((each) =>
      collectionSummary(user, each),
    ),
  );
  return (await Promise.all(lists)).flat();
}

/** @throws NotThere */
export async function showCollection(
  { store }: Pick<Administration, 'store'>,
  wish: CollectionWish,
): Promise<CollectionSummary> {
  const { user, collection } = await findCollection(store, wish);
  return collectionSummary(user, collection);
}

/** @throws Refused where there is one of that name, or something isn't allowed. */
export async function addCollection(
  { store }: Administration,
  wish: CollectionWish & CollectionParts,
): Promise<CollectionSummary> {
  const user = await existing(store, wish.user);
  const { set, components } = readParts(wish.kind, wish);
  await make(store, user, wish.kind, wish.name, {
    components: components ?? (wish.kind === 'calendar' ? componentNames.slice(0, 3) : []),
    properties: Object.fromEntries(
      Object.entries(set).filter(([, value]) => value !== null),
    ) as Collection['properties'],
  });
  return showCollection({ store }, { ...wish, user: user.name });
}

/** Changes what is given, and nothing else. @throws Refused */
export async function setCollection(
  { store }: Administration,
  wish: CollectionWish & CollectionParts,
): Promise<CollectionSummary> {
  const { user, collection } = await findCollection(store, wish);
  const { set, components } = readParts(wish.kind, wish);
  const target = { of: 'collection', collection: collection.id } as const;
  const patch: Change = { do: 'patch', target, set, ...(components && { components }) };
  await store.commit([patch], by(wish.kind, 'set'));
  return showCollection({ store }, { ...wish, user: user.name });
}

/** Gives it another name in paths. Clients see the old one go and the new one come. @throws Refused */
export async function renameCollection(
  { store }: Administration,
  wish: CollectionWish & { readonly to: string },
): Promise<CollectionSummary> {
  const { user, collection } = await findCollection(store, wish);
  const to = readName(wish.kind, wish.to);
  const change = {
    do: 'rename-collection',
    user: user.id,
    kind: wish.kind,
    name: collection.name,
    to,
  } as const;
  await refusing(wish.kind, user.name, to, () => store.commit([change], by(wish.kind, 'rename')));
  return showCollection({ store }, { ...wish, user: user.name, name: to });
}

/** Gives it with all its items to another user. @throws Refused where that one has one of that name. */
export async function moveCollection(
  { store }: Administration,
  wish: CollectionWish & { readonly to: string },
): Promise<CollectionSummary> {
  const { user, collection } = await findCollection(store, wish);
  const { kind, name, components, properties } = collection;
  const target = await existing(store, wish.to);
  if (target.id === user.id) throw new Refused(`"${user.name}/${name}" is ${user.name}'s already`);
  await make(store, target, kind, name, { components, properties, protected: collection.protected });
  const made = await store.collection({ user: target.id, kind }, name);
  if (!made) throw new Refused(`"${target.name}/${name}" went while it was being filled; try again`);
  const moves: Change[] = [];
  for await (const page of store.members(collection)) {
    for (const member of page) {
      const from = { collection: collection.id, name: member.name };
      moves.push({ do: 'move', ...from, to: { collection: made.id, name: member.name } });
    }
  }
  const remove: Change = { do: 'remove-collection', user: user.id, kind, name };
  await store.commit([...moves, remove], by(kind, 'move'));
  return showCollection({ store }, { user: target.name, kind, name });
}

/** Removes it with all its items. @throws NotThere */
export async function removeCollection(
  { store }: Administration,
  wish: CollectionWish,
): Promise<{ readonly user: string; readonly name: string }> {
  const { user, collection } = await findCollection(store, wish);
  const { kind, name } = collection;
  await store.commit([{ do: 'remove-collection', user: user.id, kind, name }], by(kind, 'remove'));
  return { user: user.name, name };
}

/** Whether clients may delete it (`on`: they may not). @throws NotThere */
export async function protectCollection(
  { store }: Administration,
  wish: CollectionWish & { readonly on: boolean },
): Promise<{ readonly user: string; readonly name: string; readonly on: boolean }> {
  const { user, collection } = await findCollection(store, wish);
  const target = { of: 'collection', collection: collection.id } as const;
  await store.commit([{ do: 'patch', target, set: {}, protected: wish.on }], by(wish.kind, 'protect'));
  return { user: user.name, name: collection.name, on: wish.on };
}

function make(
  store: Store,
  { id, name: owner }: User,
  kind: Kind,
  written: string,
  traits: Pick<Collection, 'components' | 'properties'> & { readonly protected?: boolean },
): Promise<unknown> {
  const name = readName(kind, written);
  const change: Change = { do: 'create-collection', user: id, kind, name, ...traits };
  return refusing(kind, owner, name, () => store.commit([change], by(kind, 'add')));
}

async function refusing<T>(kind: Kind, user: string, name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Refusal && error.reason === 'exists' ? nameTaken(kind, user, name) : error;
  }
}

function by(kind: Kind, what: string): { readonly by: Author } {
  return { by: { agent: `davd ${kind} ${what}` } };
}

/** A name is a path segment, and one that a person can type. */
function readName(kind: Kind, written: string): string {
  const name = written.trim().normalize('NFC');
  if (name === '' || /[\p{Cc}/]/u.test(name) || name === '.' || name === '..' || name.length > 200) {
    throw new Refused(`the ${WORDS[kind]} name "${written}" can't be used: it must be one word without "/"`);
  }
  return name;
}

function readParts(
  kind: Kind,
  parts: CollectionParts,
): { set: PropertyPatch; components?: readonly string[] } {
  const names = PROPERTIES[kind];
  const set: Record<string, string | null> = {};
  const put = (name: keyof typeof names, value: string | undefined): void => {
    if (value !== undefined) set[names[name]] = value === '' ? null : value;
  };
  put('displayName', parts.displayName?.trim());
  put('description', parts.description?.trim());
  put('color', parts.color === undefined ? undefined : readColor(parts.color));
  put('order', parts.order === undefined ? undefined : String(parts.order));
  if (parts.timeZone !== undefined) {
    put('timeZone', readTimeZone(parts.timeZone) ?? '');
    // The zone that a client may have stored as iCalendar would say otherwise.
    set['{urn:ietf:params:xml:ns:caldav}calendar-timezone'] = null;
  }
  return { set, ...(parts.components && { components: readComponents(parts.components) }) };
}

function readColor(written: string): string {
  if (written === '') return '';
  const [, digits = ''] = /^#?((?:[0-9a-f]{3}){1,2}|[0-9a-f]{8})$/i.exec(written.trim()) ?? [];
  if (digits === '') throw new Refused(`the colour "${written}" can't be used: it must be like #1E88E5`);
  const long = digits.length === 3 ? Array.from(digits, (digit) => digit + digit).join('') : digits;
  return `#${long.padEnd(8, 'F').toUpperCase()}`;
}

function readComponents(written: readonly string[]): readonly string[] {
  const names = written.map((name) => name.trim().toUpperCase());
  const unknown = names.find((name) => !componentNames.includes(name));
  if (unknown === undefined && names.length > 0) return names;
  throw new NotThere(`there is no component "${unknown ?? ''}": there is ${componentNames.join(', ')}`);
}
