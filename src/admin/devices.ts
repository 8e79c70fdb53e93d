/** Devices: app passwords of a user, and how the devices that use them are doing. */

import { randomUUID } from 'node:crypto';
import { hashAppPassword } from '../accounts/app-password.ts';
import { generatePassword } from '../accounts/password.ts';
import type { Device, Sighting, User } from '../store/types.ts';
import { type AccountAddresses, accountAddresses } from './addresses.ts';
import type { Administration } from './administration.ts';
import { changeUser, existing } from './change-user.ts';
import { collectionsOf } from './collection-summary.ts';
import { suggestion } from './nearest.ts';
import { NotThere, Refused } from './refused.ts';

/** Names a device as its user calls it. */
export interface DeviceWish {
  readonly user: string;
  readonly device: string;
}

export interface AddedDevice {
  readonly user: string;
  readonly device: string;
  /** Known nowhere else. */
  readonly password: string;
  readonly account: AccountAddresses;
}

export interface DeviceSummary {
  readonly user: string;
  readonly device: string;
  /** ISO 8601 */
  readonly created: string;
  /** ISO 8601; null: never since it is noted. */
  readonly seen: string | null;
  /** Network address and program of its last request, '' if unknown. */
  readonly address: string;
  readonly client: string;
  readonly error: { readonly time: string; readonly what: string } | null;
  readonly collections: readonly Lag[];
}

/** How far behind a device is in a collection. */
export interface Lag {
  /** `calendars/default` */
  readonly collection: string;
  /** Changed and removed members it has not fetched; null: it must fetch everything anew. */
  readonly behind: number | null;
}

const LONGEST_NAME = 60;

/** Makes an app password. @throws Refused where the user has a device of that name. */
export async function addDevice(on: Administration, wish: DeviceWish): Promise<AddedDevice> {
  const name = readDeviceName(wish.device);
  const password = generatePassword();
  const device = { id: randomUUID(), name, hash: hashAppPassword(password), created: Date.now() };
  const user = await changeUser(on.store, wish.user, 'davd device add', (known) => {
    refuseTaken(known, name);
    return { ...known, devices: [...known.devices, device] };
  });
  return { user: user.name, device: name, password, account: accountAddresses(on, user.name) };
}

/** Devices of one user, or of all. @throws NotThere */
export async function listDevices(
  on: Administration,
  wish: { readonly user?: string },
): Promise<readonly DeviceSummary[]> {
  const users = wish.user === undefined ? await on.store.users() : [await existing(on.store, wish.user)];
  const sorted = [...users].sort((a, b) => (a.name < b.name ? -1 : 1));
  return (await Promise.all(sorted.map((user) => deviceSummaries(on, user)))).flat();
}

/** @throws Refused where there is no such device, or one of the new name. */
export async function renameDevice(
  { store }: Administration,
  wish: DeviceWish & { readonly to: string },
): Promise<{ readonly user: string; readonly device: string; readonly before: string }> {
  const name = readDeviceName(wish.to);
  let before = '';
  const { name: user } = await changeUser(store, wish.user, 'davd device rename', (known) => {
    const device = deviceNamed([known], wish.device);
    before = device.name;
    if (!same(before, name)) refuseTaken(known, name);
    const devices = known.devices.map((each) => (each === device ? { ...each, name } : each));
    return { ...known, devices };
  });
  return { user, device: name, before };
}

/** Its next request is refused. @throws NotThere */
export async function revokeDevice(
  { store }: Administration,
  wish: DeviceWish,
): Promise<{ readonly user: string; readonly device: string }> {
  let device = '';
  const { name: user } = await changeUser(store, wish.user, 'davd device revoke', (known) => {
    const revoked = deviceNamed([known], wish.device);
    device = revoked.name;
    return { ...known, devices: known.devices.filter((each) => each !== revoked) };
  });
  return { user, device };
}

/** The devices of a user, in the order they were added. */
export async function deviceSummaries(on: Administration, user: User): Promise<readonly DeviceSummary[]> {
  const sightings = new Map(
    on.sightings.list().flatMap((each) => (each.user === user.id ? [[each.device, each] as const] : [])),
  );
  return Promise.all(
    user.devices.map(async (device): Promise<DeviceSummary> => {
      const sighting = sightings.get(device.id);
      const { seen, address = '', client = '', error } = sighting ?? {};
      return {
        user: user.name,
        device: device.name,
        created: iso(device.created),
        seen: seen === undefined ? null : iso(seen),
        address,
        client,
        error: error === undefined ? null : { time: iso(error.time), what: error.what },
        collections: await lags(on, user, sighting),
      };
    }),
  );
}

/** Of the collections that it has fetched at all. */
async function lags({ store }: Administration, user: User, sighting?: Sighting): Promise<readonly Lag[]> {
  if (!sighting) return [];
  const found: Lag[] = [];
  for (const collection of await collectionsOf(store, user)) {
    const token = sighting.fetched[collection.id];
    if (token === undefined) continue;
    const changes = token === collection.token ? undefined : await store.changes(collection, token);
    const behind =
      changes === undefined
        ? 0
        : changes === 'invalid-token'
          ? null
          : changes.changed.length + changes.removed.length;
    found.push({ collection: `${collection.kind}s/${collection.name}`, behind });
  }
  return found;
}

function readDeviceName(written: string): string {
  const name = written.trim().normalize('NFC');
  const problem =
    name === ''
      ? 'it is empty'
      : name.length > LONGEST_NAME
        ? `it is longer than ${LONGEST_NAME} characters`
        : /[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)
          ? 'it has a control character'
          : undefined;
  if (problem !== undefined) throw new Refused(`the device name "${written}" can't be used: ${problem}`);
  return name;
}

/** The device of one of these users that a person means. @throws NotThere */
export function deviceNamed(users: readonly User[], written: string): Device {
  const devices = users.flatMap((user) => user.devices);
  const device = devices.find(({ name }) => same(name, written));
  if (device) return device;
  const names = devices.map(({ name }) => name);
  const hint = suggestion(written, names) || `: there is ${names.join(', ') || 'none'}`;
  const [user, ...others] = users;
  const lacking = user && others.length === 0 ? `user "${user.name}" has no` : 'there is no';
  throw new NotThere(`${lacking} device "${written}"${hint}`);
}

function refuseTaken({ name: user, devices }: User, wanted: string): void {
  if (!devices.some(({ name }) => same(name, wanted))) return;
  throw new Refused(
    `user "${user}" has a device "${wanted}" already: choose another name, or revoke that one`,
  );
}

function same(a: string, b: string): boolean {
  return a.normalize('NFC').toLowerCase() === b.trim().normalize('NFC').toLowerCase();
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
