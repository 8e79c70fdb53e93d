/** The map of the program: settings → store → accounts → extensions → handler. */

import { LoginBusy } from './accounts/busy.ts';
import { type Logins, openLogins } from './accounts/login.ts';
import { openPasswords, type Passwords } from './accounts/password.ts';
import { caldav } from './caldav/extension.ts';
import { carddav } from './carddav/extension.ts';
import { basePath, resolveSettings, type Settings } from './config.ts';
import { readStoredSettings } from './config-file.ts';
import { davHandler } from './dav/handler.ts';
import { basicChallenge, parseBasic } from './http/basic.ts';
import { parseTrustedProxies, type TrustedProxies } from './http/forwarded.ts';
import type { Handler, Reply } from './http/types.ts';
import type { Log } from './log.ts';
import { calendarFacts } from './model/calendar-object.ts';
import { addressFacts } from './model/vcard.ts';
import { initFlatStore, openFlatStore } from './store/flat/open.ts';
import type { FactsOf, Store } from './store/types.ts';

export { StoreError } from './store/flat/error.ts';

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
  const store = await openStore(data, log);
  const passwords = openPasswords();
  const logins = openLogins({ store, passwords });
  let trusted = parseTrustedProxies(settings.trustProxy);
  let handle = requestHandler({ store, logins, settings, log });
  return {
    handle: (req) => handle(req),
    store,
    passwords,
    settings: () => settings,
    trusted: () => trusted,
    reload: async () => {
      settings = await read();
      trusted = parseTrustedProxies(settings.trustProxy);
      handle = requestHandler({ store, logins, settings, log });
    },
    close: () => store.close(),
  };
}

/** Opens the store of a data folder for this process alone. @throws StoreError */
export function openStore(data: string, log: Pick<Log, 'info' | 'warn'>): Promise<Store> {
  return openFlatStore({
    folder: data,
    factsOf,
    log: { info: (text) => log.info(text), warn: (text) => log.warn(text) },
  });
}

/** Makes an empty store in a folder that is there. @throws StoreError */
export function initStore(data: string): Promise<void> {
  return initFlatStore(data);
}

const factsOf: FactsOf = (kind, bytes) => (kind === 'calendar' ? calendarFacts(bytes) : addressFacts(bytes));

interface HandlerParts {
  readonly store: Store;
  readonly logins: Logins;
  readonly settings: Settings;
  readonly log: Log;
}

/** The order of a request: discovery, which needs no login; authentication; the protocol. */
function requestHandler({ store, logins, settings, log }: HandlerParts): Handler {
  const base = basePath(settings);
  const extensions = [settings.caldav ? [caldav] : [], settings.carddav ? [carddav] : []].flat();
  const limits = { xmlBytes: settings['limits.xmlBytes'], objectBytes: settings['limits.objectBytes'] };
  const usersVisible = settings['users.visible'];
  const dav = davHandler({ store, extensions, basePath: base, usersVisible, limits, log });
  const discovery = wellKnown(settings);
  const challenge = unauthorized(settings['auth.realm']);

  const answer: Handler = async (req) => {
    const discovered = discovery.get(req.path);
    if (discovered) return discovered;
    const credentials = parseBasic(req.headers['authorization']);
    const user = credentials && (await logins.verify(credentials, req.remote));
    return user ? dav(req, user) : challenge;
  };
  return async (req) => {
    const begun = performance.now();
    const reply = await answer(req).catch(busy);
    if (log.isLevelEnabled('debug')) {
      const ms = Math.round(performance.now() - begun);
      log.debug(
        { method: req.method, path: req.path, status: reply.status, ms, remote: req.remote },
        'request',
      );
    }
    return reply;
  };
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

function unauthorized(realm: string): Reply {
  return {
    status: 401,
    headers: { 'WWW-Authenticate': basicChallenge(realm), 'Content-Type': 'text/plain; charset=utf-8' },
    body: 'This server needs a user name and a password.\n',
  };
}

/** @throws what is anything else. */
function busy(error: unknown): Reply {
  if (!(error instanceof LoginBusy)) throw error;
  return { status: 503, headers: { 'Retry-After': String(error.retryAfter) } };
}
