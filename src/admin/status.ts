/** The server at a glance. */

import type { Collection } from '../store/types.ts';
import { VERSION } from '../version.ts';
import { accountAddresses } from './addresses.ts';
import type { Administration } from './administration.ts';
import { type BackupState, backupState } from './backup-state.ts';
import { type CertificateState, certificateState } from './certificate.ts';
import { collectionsOf } from './collection-summary.ts';
import { journalSize } from './data-folder.ts';
import { type DeviceSummary, deviceSummaries } from './devices.ts';
import { type Warning, warningsOf } from './warnings.ts';

export interface Status {
  readonly version: string;
  readonly data: string;
  /** ISO 8601; null while it doesn't run. */
  readonly running: string | null;
  /** Where clients reach it. */
  readonly url: string;
  /** Of https; null where the server has none of its own. */
  readonly certificate: CertificateState | null;
  readonly caldav: boolean;
  readonly carddav: boolean;
  readonly users: number;
  readonly calendars: number;
  readonly addressbooks: number;
  readonly events: number;
  readonly tasks: number;
  readonly contacts: number;
  /** Octets of all items, of the journal, and for which there is still room. */
  readonly bytes: number;
  readonly journal: number;
  readonly free: number;
  /** Backups that it makes of itself; null: none. */
  readonly backup: BackupState | null;
  readonly devices: number;
  /** Devices that have changes to fetch and were not seen for a week. */
  readonly behind: readonly DeviceSummary[];
  readonly warnings: readonly Warning[];
}

/** ms */
const WEEK = 7 * 24 * 60 * 60_000;

export async function showStatus(on: Administration): Promise<Status> {
  const { store, settings, running } = on;
  const users = await store.users();
  const collections = (await Promise.all(users.map((user) => collectionsOf(store, user)))).flat();
  const devices = (await Promise.all(users.map((user) => deviceSummaries(on, user)))).flat();
  const free = await store.available();
  const certificate = await certificateState(on);
  const backup = await backupState(on);
  return {
    version: VERSION,
    data: on.data,
    running: running ? new Date(running.since).toISOString() : null,
    url: accountAddresses(on, '').server,
    certificate: certificate ?? null,
    caldav: settings.caldav,
    carddav: settings.carddav,
    users: users.length,
    calendars: collections.filter(({ kind }) => kind === 'calendar').length,
    addressbooks: collections.filter(({ kind }) => kind === 'addressbook').length,
    ...(await counts(on, collections)),
    bytes: collections.reduce((sum, { size }) => sum + size, 0),
    journal: await journalSize(on.data),
    free,
    backup,
    devices: devices.length,
    behind: devices.filter(isBehind),
    warnings: await warningsOf(on, { users: users.length, free, certificate, backup }),
  };
}

/** A collection for tasks alone is counted without looking into it, and so is an address book. */
async function counts({ store }: Administration, collections: readonly Collection[]) {
  const found = { events: 0, tasks: 0, contacts: 0 };
  for (const collection of collections) {
    if (collection.kind === 'addressbook') found.contacts += collection.count;
    else if (collection.components.join() === 'VTODO') found.tasks += collection.count;
    else {
      for await (const page of store.members(collection)) {
        for (const { facts } of page) {
          if (facts.component === 'VEVENT') found.events += 1;
          else if (facts.component === 'VTODO') found.tasks += 1;
        }
      }
    }
  }
  return found;
}

function isBehind({ seen, collections }: DeviceSummary): boolean {
  if (seen === null || Date.now() - Date.parse(seen) < WEEK) return false;
  return collections.some(({ behind }) => behind !== 0);
}
