/** Users as lists and details show them. */

import type { Collection, User } from '../store/types.ts';
import { type AccountAddresses, accountAddresses } from './addresses.ts';
import type { Administration } from './administration.ts';
import { existing } from './change-user.ts';
import { type CollectionSummary, collectionSummary, collectionsOf } from './collection-summary.ts';
import { type DeviceSummary, deviceSummaries } from './devices.ts';

export interface UserSummary {
  readonly name: string;
  readonly displayName: string;
  readonly addresses: readonly string[];
  readonly locale: string;
  /** IANA; null: the server's. */
  readonly timeZone: string | null;
  readonly disabled: boolean;
  /** ISO 8601 */
  readonly created: string;
  /** ISO 8601, null: not since it is noted. */
  readonly seen: string | null;
  readonly devices: number;
  readonly calendars: number;
  readonly addressbooks: number;
  /** Events, tasks, contacts … of all collections, and their octets. */
  readonly items: number;
  readonly bytes: number;
}

export interface UserDetails extends Omit<UserSummary, 'devices' | 'calendars' | 'addressbooks'> {
  /** Other names that are good for logging in. */
  readonly aliases: readonly string[];
  readonly account: AccountAddresses;
  readonly devices: readonly DeviceSummary[];
  readonly collections: readonly CollectionSummary[];
}

/** All users in the order of their names. */
export async function listUsers(on: Administration): Promise<readonly UserSummary[]> {
  const users = [...(await on.store.users())].sort((a, b) => (a.name < b.name ? -1 : 1));
  return Promise.all(users.map(async (user) => summary(on, user, await collectionsOf(on.store, user))));
}

/** @throws NotThere */
export async function showUser(on: Administration, wish: { readonly name: string }): Promise<UserDetails> {
  const user = await existing(on.store, wish.name);
  const collections = await collectionsOf(on.store, user);
  return {
    ...summary(on, user, collections),
    aliases: user.aliases,
    account: accountAddresses(on, user.name),
    devices: await deviceSummaries(on, user),
    collections: collections.map((each) => collectionSummary(user, each)),
  };
}

function summary({ sightings }: Administration, user: User, collections: readonly Collection[]): UserSummary {
  const times = sightings.list().flatMap((each) => (each.user === user.id ? [each.seen] : []));
  return {
    name: user.name,
    displayName: user.displayName,
    addresses: user.addresses,
    locale: user.locale,
    timeZone: user.timeZone ?? null,
    disabled: user.disabled,
    created: new Date(user.created).toISOString(),
    seen: times.length === 0 ? null : new Date(Math.max(...times)).toISOString(),
    devices: user.devices.length,
    calendars: collections.filter(({ kind }) => kind === 'calendar').length,
    addressbooks: collections.filter(({ kind }) => kind === 'addressbook').length,
    items: collections.reduce((sum, { count }) => sum + count, 0),
    bytes: collections.reduce((sum, { size }) => sum + size, 0),
  };
}
