/** Users: what an administrator does to them. */

import { randomUUID } from 'node:crypto';
import { addressProblem, canonicalName } from '../accounts/names.ts';
import { generatePassword, passwordProblem } from '../accounts/password.ts';
import { Refusal, type RemovedUser, type Store, type User } from '../store/types.ts';
import { type AccountAddresses, accountAddresses } from './addresses.ts';
import type { Administration, Enrolment } from './administration.ts';
import { changeUser, existing } from './change-user.ts';
import { defaultCollections } from './default-collections.ts';
import { suggestion } from './nearest.ts';
import { NotThere, Refused } from './refused.ts';
import { readName, refuseIf, type UserParts, withParts } from './user-record.ts';

/** `password` absent: one is generated. */
export interface NewUser extends UserParts {
  readonly name: string;
  readonly password?: string;
}

export interface AddedUser {
  readonly name: string;
  /** Only where it was generated; it is known nowhere else. */
  readonly password?: string;
  readonly account: AccountAddresses;
}

interface Named {
  readonly name: string;
}

/**
 * Adds a user with a calendar, a task list and an address book, all in one commit.
 * @throws Refused where the name is taken or something isn't allowed.
 */
export async function addUser(on: Enrolment, wish: NewUser): Promise<AddedUser> {
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

/**
 * Sets a password, or a generated one where none is given and returns that. The old one ends at once.
 * @throws Refused where there is no such user or the password isn't allowed.
 */
export async function setPassword(
  { store, passwords }: Administration,
  wish: Named & { readonly password?: string },
): Promise<{ readonly name: string; readonly password?: string }> {
  await existing(store, wish.name);
  const password = wish.password ?? generatePassword();
  refuseIf(passwordProblem(password), 'the password');
  const hash = await passwords.hash(password);
  const user = await changeUser(store, wish.name, 'davd user passwd', (known) => ({
    ...known,
    password: hash,
  }));
  return { name: user.name, ...(wish.password === undefined && { password }) };
}

/** Changes what is given, and nothing else. @throws Refused */
export async function setUser({ store }: Administration, wish: Named & UserParts): Promise<Named> {
  const { name } = await changeUser(store, wish.name, 'davd user set', (user) => withParts(user, wish));
  return { name };
}

/** Gives a user another name; devices that know the old one go on. @throws Refused where the name is taken. */
export async function renameUser(
  { store }: Administration,
  wish: Named & { readonly to: string },
): Promise<{ readonly name: string; readonly before: string }> {
  const { name, spelling } = readName(wish.to);
  let before = '';
  await changeUser(store, wish.name, 'davd user rename', (user) => {
    before = user.name;
    const aliases = new Set([...user.aliases, user.name, spelling]);
    aliases.delete(name);
    return { ...user, name, aliases: [...aliases] };
  });
  return { name, before };
}

/** A disabled user can't log in, and keeps everything. @throws Refused where there is no such user. */
export async function disableUser(
  { store }: Administration,
  wish: Named & { readonly disabled: boolean },
): Promise<{ readonly name: string; readonly disabled: boolean }> {
  const agent = wish.disabled ? 'davd user disable' : 'davd user enable';
  const user = await changeUser(store, wish.name, agent, (known) => ({ ...known, disabled: wish.disabled }));
  return { name: user.name, disabled: user.disabled };
}

/**
 * Removes a user with all collections. @param wish.purge destroys also all that was ever stored, at once; fine for a user who
 * has been removed already. @throws Refused where there is no such user.
 */
export async function removeUser(
  on: Administration,
  wish: Named & { readonly purge?: boolean },
): Promise<Named> {
  const { store, sightings } = on;
  const removed = wish.purge ? await removedUser(store, wish.name) : undefined;
  const { id, name } = removed ?? (await existing(store, wish.name));
  if (!removed) await store.commit([{ do: 'remove-user', user: id }], { by: { agent: 'davd user remove' } });
  if (wish.purge) {
    await sightings.forget(id);
    await store.purge({ of: 'user', user: id });
  }
  return { name };
}

/** Somebody who was removed, while nobody else has the name. */
async function removedUser(store: Store, name: string): Promise<User | undefined> {
  if (await store.findUser(name)) return undefined;
  return latestRemoved(await store.removedUsers(), name)?.user;
}

function latestRemoved(removed: readonly RemovedUser[], name: string): RemovedUser | undefined {
  const wanted = canonicalName(name.trim());
  return removed
    .toSorted((a, b) => b.removed - a.removed)
    .find(({ user }) => [user.name, ...user.aliases].map(canonicalName).includes(wanted));
}

/**
 * Takes the last removal of a user of that name back, with all collections. @throws Refused where there was none, or its
 * time is over, or a name is taken by now.
 */
export async function restoreUser({ store }: Administration, wish: Named): Promise<Named> {
  const name = canonicalName(wish.name.trim());
  const removed = await store.removedUsers();
  const found = latestRemoved(removed, name);
  if (!found) {
    const names = removed.map(({ user }) => user.name);
    throw new NotThere(
      `no removed user "${wish.name}" can be brought back${suggestion(name, names) || `: there is ${names.join(', ') || 'none'}`}`,
    );
  }
  const { id, name: own } = found.user;
  try {
    await store.commit([{ do: 'restore-user', user: id }], { by: { agent: 'davd user restore' } });
  } catch (error) {
    if (!(error instanceof Refusal && error.reason === 'exists')) throw error;
    throw new Refused(
      `can't restore user "${own}": "${error.detail || own}" is another user's name by now; rename that one first`,
    );
  }
  return { name: own };
}

async function newUser({ store }: Enrolment, wish: NewUser): Promise<User> {
  const { name, spelling } = readName(wish.name);
  if (await store.findUser(name)) throw taken(wish.name);
  const addresses = wish.addresses?.length ? wish.addresses : addressProblem(name) ? [] : [spelling];
  const fresh: User = {
    id: randomUUID(),
    name,
    aliases: spelling === name ? [] : [spelling],
    displayName: spelling,
    addresses: [],
    locale: 'en',
    password: null,
    devices: [],
    disabled: false,
    created: Date.now(),
    properties: {},
  };
  return withParts(fresh, { ...wish, displayName: wish.displayName?.trim() || spelling, addresses });
}

function taken(name: string): Refused {
  return new Refused(
    `can't add user "${name}": there is one of that name; choose another, or set a new password with davd user passwd`,
  );
}
