/** Users: what an administrator does to them. */

import { randomUUID } from 'node:crypto';
import { addressProblem, canonicalName, nameProblem } from '../accounts/names.ts';
import { generatePassword, passwordProblem } from '../accounts/password.ts';
import { type Collection, type Kind, Refusal, type Store, type User } from '../store/types.ts';
import { type AccountAddresses, accountAddresses } from './addresses.ts';
import type { Administration } from './administration.ts';
import { defaultCollections } from './default-collections.ts';
import { Refused } from './refused.ts';

/** `password` absent: one is generated. */
export interface NewUser {
  readonly name: string;
  readonly displayName?: string;
  readonly addresses?: readonly string[];
  /** BCP 47 */
  readonly locale?: string;
  readonly password?: string;
}

export interface AddedUser {
  readonly name: string;
  /** Only where it was generated; it is known nowhere else. */
  readonly password?: string;
  readonly account: AccountAddresses;
}

export interface UserSummary {
  readonly name: string;
  readonly displayName: string;
  readonly addresses: readonly string[];
  readonly locale: string;
  readonly disabled: boolean;
  /** ISO 8601 */
  readonly created: string;
  readonly calendars: number;
  readonly addressbooks: number;
  /** Events, tasks, contacts … of all collections, and their octets. */
  readonly items: number;
  readonly bytes: number;
}

/**
 * Adds a user with a calendar, a task list and an address book, all in one commit.
 * @throws Refused where the name is taken or something isn't allowed.
 */
export async function addUser(on: Administration, wish: NewUser): Promise<AddedUser> {
  const user = await newUser(on, wish);
  const password = wish.password ?? generatePassword();
  refuseIf(passwordProblem(password), 'the password');
  const record: User = { ...user, password: await on.passwords.hash(password) };
  try {
    await on.store.commit(
      [{ do: 'put-user', user: record, expect: 'absent' }, ...defaultCollections(user.id, user.locale)],
      { by: { agent: 'davd user add' } },
    );
  } catch (error) {
    throw error instanceof Refusal && error.reason === 'exists' ? taken(wish.name) : error;
  }
  return {
    name: user.name,
    ...(wish.password === undefined && { password }),
    account: accountAddresses(on, user.name),
  };
}

/** All users in the order of their names. */
export async function listUsers({ store }: Administration): Promise<readonly UserSummary[]> {
  const users = [...(await store.users())].sort((a, b) => (a.name < b.name ? -1 : 1));
  return Promise.all(users.map((user) => summary(store, user)));
}

/** @throws Refused where there is no such user. */
export async function showUser(
  { store }: Administration,
  wish: { readonly name: string },
): Promise<UserSummary> {
  return summary(store, await existing(store, wish.name));
}

/**
 * Sets a password, or a generated one where none is given and returns that. The old one ends at once.
 * @throws Refused where there is no such user or the password isn't allowed.
 */
export async function setPassword(
  on: Administration,
  wish: { readonly name: string; readonly password?: string },
): Promise<{ readonly name: string; readonly password?: string }> {
  await existing(on.store, wish.name);
  const password = wish.password ?? generatePassword();
  refuseIf(passwordProblem(password), 'the password');
  const hash = await on.passwords.hash(password);
  // Read again: hashing takes long enough for the user to change meanwhile.
  const user = await existing(on.store, wish.name);
  await on.store.commit([{ do: 'put-user', user: { ...user, password: hash }, expect: 'present' }], {
    by: { agent: 'davd user passwd' },
  });
  return { name: user.name, ...(wish.password === undefined && { password }) };
}

/** Removes a user with all collections. @throws Refused where there is no such user. */
export async function removeUser(
  { store }: Administration,
  wish: { readonly name: string },
): Promise<{ readonly name: string }> {
  const { id, name } = await existing(store, wish.name);
  await store.commit([{ do: 'remove-user', user: id }], { by: { agent: 'davd user remove' } });
  return { name };
}

/** The user of a name as a person types it. @throws Refused */
export async function existing(store: Store, name: string): Promise<User> {
  const user = await store.findUser(canonicalName(name.trim()));
  if (!user) throw new Refused(`there is no user "${name}": davd user list shows who there is`);
  return user;
}

async function newUser({ store }: Administration, wish: NewUser): Promise<User> {
  const spelling = wish.name.trim().normalize('NFC');
  refuseIf(nameProblem(spelling), `the user name "${wish.name}"`);
  const name = canonicalName(spelling);
  if (await store.findUser(name)) throw taken(wish.name);
  const addresses = wish.addresses?.length ? wish.addresses : addressProblem(name) ? [] : [spelling];
  for (const address of addresses) refuseIf(addressProblem(address), `the e-mail address "${address}"`);
  return {
    id: randomUUID(),
    name,
    aliases: spelling === name ? [] : [spelling],
    displayName: wish.displayName?.trim() || spelling,
    addresses,
    locale: readLocale(wish.locale ?? 'en'),
    password: null,
    devices: [],
    disabled: false,
    created: Date.now(),
    properties: {},
  };
}

function readLocale(tag: string): string {
  try {
    const [canonical] = Intl.getCanonicalLocales(tag.replaceAll('_', '-'));
    if (canonical !== undefined) return canonical;
  } catch {
    // Not a language tag, refused below.
  }
  throw new Refused(`the locale "${tag}" can't be used: it must be a language like fr or pt-BR`);
}

async function summary(store: Store, user: User): Promise<UserSummary> {
  const [calendars, addressbooks] = await Promise.all([
    collectionsOf(store, user, 'calendar'),
    collectionsOf(store, user, 'addressbook'),
  ]);
  const all = [...calendars, ...addressbooks];
  return {
    name: user.name,
    displayName: user.displayName,
    addresses: user.addresses,
    locale: user.locale,
    disabled: user.disabled,
    created: new Date(user.created).toISOString(),
    calendars: calendars.length,
    addressbooks: addressbooks.length,
    items: all.reduce((sum, { count }) => sum + count, 0),
    bytes: all.reduce((sum, { size }) => sum + size, 0),
  };
}

function collectionsOf(store: Store, { id }: User, kind: Kind): Promise<readonly Collection[]> {
  return store.collections({ user: id, kind });
}

function refuseIf(problem: string | undefined, what: string): void {
  if (problem !== undefined) throw new Refused(`${what} can't be used: ${problem}`);
}

function taken(name: string): Refused {
  return new Refused(
    `can't add user "${name}": there is one of that name; choose another, or set a new password with davd user passwd`,
  );
}
