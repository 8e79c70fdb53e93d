/** The map of the program: settings → store → accounts → extensions → handler. */

import { LoginBusy } from './accounts/busy.ts';
import { type Logins, openLogins } from './accounts/login.ts';
import { openPasswords, type Passwords } from './accounts/password.ts';
import { openSightings, type Sightings } from './accounts/sightings.ts';
import { Evaluator } from './caldav/evaluation/evaluator.ts';
import { startWorker } from './caldav/evaluation/start-worker.ts';
import { caldavWith } from './caldav/extension.ts';
import { OccurrenceIndex } from './caldav/occurrences/occurrence-index.ts';
import { carddavWith } from './carddav/extension.ts';
import { SearchIndex } from './carddav/search-index.ts';
import { basePath, resolveSettings, type Settings } from './config.ts';
import { readStoredSettings } from './config-file.ts';
import { davHandler } from './dav/handler.ts';
import type { Extension } from './dav/protocol.ts';
import { basicChallenge, parseBasic } from './http/basic.ts';
import { parseTrustedProxies, type TrustedProxies } from './http/forwarded.ts';
import type { Handler, Reply, Req } from './http/types.ts';
import type { Log } from './log.ts';
import { MassChanges } from './mass-changes.ts';
import { FACTS_VERSION } from './model/calendar-object.ts';
import { factsOf, inspect } from './objects.ts';
import { type Answered, type Outcome, openRequests, type Requests } from './requests.ts';
import { nodeDisk, scratchDisk } from './store/flat/node-disk.ts';
import { initFlatStore, openFlatStore } from './store/flat/open.ts';
import { openPieces } from './store/flat/pieces.ts';
import type { Pieces } from './store/piece.ts';
import type { Login, Moment, Store } from './store/types.ts';

export { StoreError } from './store/flat/error.ts';
export { isKept as isKeptPiece } from './store/flat/pieces.ts';

export interface AppOptions {
  /** The data folder. */
  readonly data: string;
  /** Settings that go before those of the data folder. */
  readonly overrides?: Partial<Settings>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

export interface App {
  /** Answers a request; needs no socket. */
  readonly handle: Handler;
  readonly store: Store;
  readonly passwords: Passwords;
  readonly sightings: Sightings;
  readonly requests: Requests;
  readonly settings: () => Settings;
  /** Proxies to be believed, by the current settings. */
  readonly trusted: () => TrustedProxies;
  /** Reads the settings again; they count from the next request on. @throws SettingsError, and all stays as it was. */
  reload(): Promise<void>;
  /** Makes everything durable and gives the data folder free. */
  close(): Promise<void>;
}

/** @throws SettingsError, StoreError: sentences for a person. */
export async function openApp({ data, log, ...sources }: AppOptions): Promise<App> {
  const read = async (): Promise<Settings> =>
    resolveSettings({ stored: (await readStoredSettings(data)) ?? {}, ...sources });
  let settings = await read();
  const evaluator = new Evaluator(startWorker);
  const store = await openStore(data, settings, log, { evaluator, current: () => settings });
  const passwords = openPasswords();
  const sightings = await openSightings({ store });
  const requests = openRequests(log);
  const logins = openLogins({
    store,
    passwords,
    readCredentials: parseBasic,
    devicesOnly: () => settings['auth.devicesOnly'],
  });
  const occurrences = new OccurrenceIndex(store, evaluator);
  const words = new SearchIndex(store);
  const protocols = { caldav: caldavWith(occurrences, evaluator), carddav: carddavWith(words) };
  const parts = { store, logins, sightings, requests, ...protocols, log };
  let trusted = parseTrustedProxies(settings.trustProxy);
  let handle = requestHandler({ ...parts, settings });
  return {
    handle: (req) => handle(req),
    store,
    passwords,
    sightings,
    requests,
    settings: () => settings,
    trusted: () => trusted,
    reload: async () => {
      settings = await read();
      trusted = parseTrustedProxies(settings.trustProxy);
      handle = requestHandler({ ...parts, settings });
    },
    close: async () => {
      await sightings.close().catch((error: unknown) => log.warn({ err: error }, 'sightings not noted'));
      await occurrences.close().catch((error: unknown) => log.warn({ err: error }, 'occurrences not kept'));
      await words.close().catch((error: unknown) => log.warn({ err: error }, 'words not kept'));
      await store.close();
      await evaluator.close();
    },
  };
}

/**
 * Opens the store of a data folder for this process alone, with a guard against masses of changes.
 * @param serving it goes on looking for edits on disk, tests them as what clients send, and settings may change
 * @throws StoreError
 */
export function openStore(
  data: string,
  settings: Settings,
  log: Pick<Log, 'info' | 'warn'>,
  serving?: { readonly evaluator: Evaluator; readonly current: () => Settings },
): Promise<Store> {
  const most = () => {
    const { 'guard.items': items, 'guard.percent': percent } = serving?.current() ?? settings;
    return { items, percent };
  };
  return openFlatStore({
    folder: data,
    factsOf,
    inspect: (kind, bytes) => inspect(kind, bytes, serving?.evaluator),
    ...(serving && { watch: {} }),
    guard: most,
    factsVersion: FACTS_VERSION,
    history: { days: settings['history.days'], maxBytes: settings['history.maxBytes'] },
    log: { info: (text) => log.info(text), warn: (text) => log.warn(text) },
    notice: new MassChanges(most).see,
  });
}

/** Makes an empty store in a folder that is there. @throws StoreError */
export function initStore(data: string): Promise<void> {
  return initFlatStore(data);
}

/**
 * What a moment that is held consists of, read from the data folder by this process, whoever has the store open.
 * @param read told of octets as they are read.
 * @throws StoreError
 */
export function storePieces(data: string, moment: Moment, read: (octets: number) => void): Promise<Pieces> {
  return openPieces(data, moment, read);
}

/**
 * Makes a store of the pieces in a folder that have to be there, and everything else from them. Its sync tokens are of a
 * new lineage. Durable when it resolves, unless it is a `scratch` that goes again.
 * @throws StoreError
 */
export async function makeStoreOfPieces(
  data: string,
  log: Pick<Log, 'info' | 'warn'>,
  { scratch }: { readonly scratch: boolean },
): Promise<Moment> {
  const disk = scratch ? scratchDisk : nodeDisk;
  const store = await openFlatStore({ folder: data, disk, factsOf, factsVersion: FACTS_VERSION, log });
  try {
    await store.checkpoint();
    const { moment, release } = await store.hold();
    release();
    return moment;
  } finally {
    await store.close();
  }
}

interface HandlerParts {
  readonly store: Store;
  readonly logins: Logins;
  readonly sightings: Sightings;
  readonly requests: Requests;
  readonly caldav: Extension;
  readonly carddav: Extension;
  readonly settings: Settings;
  readonly log: Log;
}

/** The order of a request: discovery, which needs no login; authentication; the protocol. */
function requestHandler(parts: HandlerParts): Handler {
  const { store, logins, sightings, requests, settings, log } = parts;
  const base = basePath(settings);
  const extensions = [settings.caldav ? [parts.caldav] : [], settings.carddav ? [parts.carddav] : []].flat();
  const limits = {
    xmlBytes: settings['limits.xmlBytes'],
    objectBytes: { calendar: settings['limits.eventBytes'], addressbook: settings['limits.contactBytes'] },
  };
  const usersVisible = settings['users.visible'];
  const { fetched } = sightings;
  const dav = davHandler({ store, extensions, basePath: base, usersVisible, limits, log, fetched });
  const discovery = wellKnown(settings);
  const challenge = unauthorized(settings['auth.realm']);

  const answer = async (req: Req): Promise<Outcome> => {
    const discovered = discovery.get(req.path);
    if (discovered) return { reply: discovered };
    if (req.exposed && !settings['auth.allowPlain']) return { reply: READABLE };
    try {
      const credentials = req.headers['authorization'];
      const login = credentials === undefined ? undefined : await logins.verify(credentials, req.remote);
      return login ? { reply: await dav(req, login), login } : { reply: challenge };
    } catch (error) {
      return busy(error);
    }
  };
  return async (req) => {
    const { outcome, answered } = await requests.pass(req, answer);
    if (outcome.login) notice(sightings, outcome.login, answered);
    if (log.isLevelEnabled('debug')) {
      const { method, path, status, ms, user, device, address: remote } = answered;
      log.debug({ method, path, status, ms, remote, user, device }, 'request');
    }
    return outcome.reply;
  };
}

/** Statuses that clients run into on the way to what they want: nothing to tell a person about. */
const HARMLESS = new Set([404, 412]);

function notice(
  sightings: Sightings,
  login: Login,
  { method, path, status, address, client }: Answered,
): void {
  const failed = status >= 400 && !HARMLESS.has(status);
  sightings.saw(login, { address, client, ...(failed && { error: `${method} ${path}: ${status}` }) });
}

/**
 * RFC 6764 §5, with and without a slash, with and without the base path, for every method and without a login. The
 * target is path-absolute, so that no proxy can make it wrong.
 */
function wellKnown(settings: Settings): ReadonlyMap<string, Reply> {
  const base = basePath(settings);
  const redirect: Reply = { status: 301, headers: { Location: `${base}/dav/` } };
  const names = [settings.caldav ? ['caldav'] : [], settings.carddav ? ['carddav'] : []].flat();
  const paths = names.flatMap((name) => [`/.well-known/${name}`, `/.well-known/${name}/`]);
  return new Map(paths.flatMap((path) => [path, `${base}${path}`]).map((path) => [path, redirect]));
}

/** No challenge: a client that is asked would send its password. */
const READABLE: Reply = {
  status: 403,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body: 'Passwords are not taken over a connection that others can read: use https, or, in a network that you trust, set "auth.allowPlain" to true in davd.json.\n',
};

function unauthorized(realm: string): Reply {
  return {
    status: 401,
    headers: { 'WWW-Authenticate': basicChallenge(realm), 'Content-Type': 'text/plain; charset=utf-8' },
    body: 'This server needs a user name and a password.\n',
  };
}

/** @throws what is anything else. */
function busy(error: unknown): Outcome {
  if (!(error instanceof LoginBusy)) throw error;
  return { reply: { status: 503, headers: { 'Retry-After': String(error.retryAfter) } } };
}
