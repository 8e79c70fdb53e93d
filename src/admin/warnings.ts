/** What `davd status` warns of. Each source is a row; a new one is one more row and its function. */

import type { Administration } from './administration.ts';
import type { BackupState } from './backup-state.ts';
import type { CertificateState } from './certificate.ts';
import { editWarnings } from './edits.ts';
import { markWarnings } from './past/marks.ts';

export interface Warning {
  readonly about: Source;
  /** A sentence without its full stop: what is wrong, and what to do about it. */
  readonly text: string;
}

/** What the status has seen of the server already. */
export interface Seen {
  readonly users: number;
  /** Octets for which there is still room. */
  readonly free: number;
  /** undefined: the server needs none; null: it is not there, or can't be read. */
  readonly certificate: CertificateState | null | undefined;
  /** null: it makes none itself. */
  readonly backup: BackupState | null;
}

/** In the order in which they are shown: first what stops the service. */
const SOURCES = { disk, files, bursts, backups, certificate, services, address, users } satisfies Record<
  string,
  Look
>;

type Source = keyof typeof SOURCES;
type Look = (on: Administration, seen: Seen) => Iterable<string> | Promise<Iterable<string>>;

export async function warningsOf(on: Administration, seen: Seen): Promise<readonly Warning[]> {
  const all = Object.entries(SOURCES as Record<Source, Look>).map(async ([about, look]) =>
    Array.from(await look(on, seen), (text) => ({ about: about as Source, text })),
  );
  return (await Promise.all(all)).flat();
}

/** Octets that should stay free. */
const LITTLE = 512 * 1024 * 1024;

function* disk(_: Administration, { free }: Seen) {
  if (free < LITTLE) {
    yield `the disk is nearly full: ${Math.floor(free / 1024 / 1024)} MB are left; make room before devices are refused`;
  }
}

function files(on: Administration) {
  return editWarnings(on);
}

function* backups(_: Administration, { backup }: Seen) {
  if (backup?.problem) yield backup.problem;
}

/** ms before its end; ACME renews a month before. */
const SOON = 14 * 24 * 60 * 60_000;

function bursts(on: Administration) {
  return markWarnings(on);
}

function* certificate(_: Administration, { certificate: shown }: Seen) {
  if (shown === null) yield 'the certificate for https is not there, or can not be read; the log says why';
  if (!shown) return;
  const left = Date.parse(shown.expires) - Date.now();
  const day = shown.expires.slice(0, 10);
  if (left <= 0) yield `the certificate for https ended on ${day}: devices refuse it; renew it`;
  else if (left <= SOON) yield `the certificate for https ends on ${day}: renew it`;
}

function* services({ settings }: Administration) {
  if (!settings.caldav && !settings.carddav) {
    yield 'calendars and contacts are both switched off: davd config set caldav on';
  }
}

function* address({ settings }: Administration) {
  if (settings.url.startsWith('http:')) {
    yield 'the public url is not https: passwords travel readable, and Apple devices refuse';
  }
}

function* users(_: Administration, { users: count }: Seen) {
  if (count === 0) yield 'there are no users yet: davd user add NAME';
}
