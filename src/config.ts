/**
 * The settings: one table, from which reading, validation, help and documentation are derived.
 * A value comes from the command line, else the environment, else `davd.json`, else the default.
 */

import { type Endpoint, parseEndpoint } from './http/endpoint.ts';
import { parseTrustedProxies } from './http/forwarded.ts';
import { LOG_LEVELS } from './log.ts';

/** How one sort of value is read, from JSON or from text alike. */
interface Kind<T> {
  /** What is allowed, in words that complete "must be …". */
  readonly allowed: string;
  /** undefined: not allowed. */
  readonly read: (value: unknown) => T | undefined;
  /** As `read` takes it back from a person; absent: as it is. */
  readonly show?: (value: T) => string;
}

export interface Setting<T> extends Kind<T> {
  readonly default: T;
  readonly description: string;
  /** A change counts only once the server is started again. */
  readonly restart: boolean;
}

const KB = 1024;
const MB = 1024 * KB;
const GB = 1024 * MB;
/** ms */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const SETTINGS = {
  listen: setting(endpoint(), '127.0.0.1:8008', 'Where the server listens.', { restart: true }),
  url: setting(
    publicUrl(),
    '',
    'URL under which clients reach the server, where that is not the listen address; its path is the base path.',
  ),
  caldav: setting(yesOrNo(), true, 'Serve calendars and tasks.'),
  carddav: setting(yesOrNo(), true, 'Serve contacts.'),
  'users.visible': setting(
    yesOrNo(),
    false,
    'Users find each other by name and e-mail address; what they store stays their own.',
  ),
  trustProxy: setting(ranges(), [], 'Proxies whose Forwarded and X-Forwarded-* headers are believed.'),
  tlsCert: setting(filePath(), '', 'File of the certificate for https (PEM, the whole chain).', {
    restart: true,
  }),
  tlsKey: setting(filePath(), '', 'File of the private key of the certificate.', { restart: true }),
  acme: setting(hostNames(), [], 'Host names for which the server gets and renews a certificate itself.', {
    restart: true,
  }),
  acmeEmail: setting(oneLine(), '', 'Where the certificate authority writes when something is wrong.', {
    restart: true,
  }),
  acmeDirectory: setting(
    publicUrl(),
    'https://acme-v02.api.letsencrypt.org/directory',
    'Directory URL of the certificate authority.',
    { restart: true },
  ),
  acmeDnsHook: setting(
    filePath(),
    '',
    'Command that sets and removes DNS records, for a server without port 80.',
    { restart: true },
  ),
  httpListen: setting(
    redirecting(),
    '',
    'Where plain http is redirected to https: HOST:PORT or "none"; with acme port 80 unless set.',
    { restart: true },
  ),
  // A photo of 10 MB fits into a card: base64 makes it a third larger.
  'limits.eventBytes': setting(octets(KB, GB), 10 * MB, 'Largest event or task, attachments included.'),
  'limits.contactBytes': setting(octets(KB, GB), 16 * MB, 'Largest contact: a photo of 12 MB fits.'),
  'limits.xmlBytes': setting(octets(KB, GB), 10 * MB, 'Largest XML body of a request.'),
  'auth.realm': setting(realm(), 'davd', 'Name of the server in the password prompts of clients.'),
  'auth.devicesOnly': setting(yesOrNo(), false, 'Let only app passwords of devices log in.'),
  'auth.allowPlain': setting(
    yesOrNo(),
    false,
    'Take passwords over unencrypted connections from other machines.',
  ),
  'history.days': setting(whole(1, 3650), 30, 'Days for which every change can be undone.', {
    restart: true,
  }),
  'history.maxBytes': setting(octets(16 * MB, 1024 * GB), 2 * GB, 'Disk space that the history may take.', {
    restart: true,
  }),
  'guard.items': setting(
    whole(1, 1_000_000),
    50,
    'A client that deletes or rewrites more items of a collection than this within 10 minutes, and a larger part than guard.percent, is warned of; so many files that disappear from files/ are held.',
  ),
  'guard.percent': setting(whole(0, 99), 30, 'Part of a collection, in percent; see guard.items.'),
  'backup.dir': setting(
    filePath(),
    '',
    'Folder, best on another disk, in which the server makes backups of itself; empty: it makes none.',
  ),
  'backup.every': setting(duration(MINUTE, 365 * DAY), '1 d', 'How often it makes one.'),
  'backup.keep': setting(whole(1, 1000), 7, 'How many of them are kept.'),
  'log.level': setting(oneOf(LOG_LEVELS), 'info', 'Least important events that are logged.'),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Settings = {
  readonly [K in SettingName]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;
};

/** A setting that can't be used; the message names it, says where it comes from and what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

export interface SettingsLayers {
  /** Contents of `davd.json` without the format. */
  readonly stored?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** From the command line, already validated. */
  readonly overrides?: Partial<Settings>;
}

/** Where a setting's value comes from. */
export type SettingSource = 'command line' | 'environment' | 'davd.json' | 'default';

export function sourceOf(name: SettingName, layers: SettingsLayers): SettingSource {
  const { stored = {}, environment = {}, overrides = {} } = layers;
  if (overrides[name] !== undefined) return 'command line';
  if (environment[environmentName(name)] !== undefined) return 'environment';
  return Object.hasOwn(stored, name) ? 'davd.json' : 'default';
}

/** @throws SettingsError for an unknown setting in the file, or a value that isn't allowed. */
export function resolveSettings({ stored = {}, environment = {}, overrides = {} }: SettingsLayers): Settings {
  for (const name of Object.keys(stored)) {
    if (!Object.hasOwn(SETTINGS, name)) {
      throw new SettingsError(
        `there is no setting "${name}": remove it; known are ${settingNames().join(', ')}`,
      );
    }
  }
  const resolved = settingNames().map((name) => {
    const variable = environmentName(name);
    const text = environment[variable];
    const value =
      overrides[name] ??
      (text !== undefined ? readSetting(name, text, `environment variable ${variable}`) : undefined) ??
      (Object.hasOwn(stored, name) ? readSetting(name, stored[name], `setting ${name}`) : undefined) ??
      SETTINGS[name].default;
    return [name, value];
  });
  return Object.freeze(Object.fromEntries(resolved)) as Settings;
}

/**
 * What a server can't start with, though each setting alone is allowed: they are set one after the other.
 * @throws SettingsError
 */
export function checkTogether({ tlsCert, tlsKey, acme }: Settings): void {
  if ((tlsCert === '') !== (tlsKey === '')) {
    throw new SettingsError('tlsCert and tlsKey go together: set both, or neither');
  }
  if (tlsCert !== '' && acme.length > 0) {
    throw new SettingsError(
      'acme and tlsCert exclude each other: either the server gets its certificate, or you do',
    );
  }
}

/** Validates one value. `source` begins the sentence. @throws SettingsError */
export function readSetting<K extends SettingName>(name: K, value: unknown, source: string): Settings[K] {
  const { read, allowed } = SETTINGS[name];
  const result = read(value);
  if (result === undefined) throw new SettingsError(`${source} is "${String(value)}": it must be ${allowed}`);
  return result as Settings[K];
}

/** A value as people read and write it; `(none)` where it is empty. */
export function showSetting<K extends SettingName>(name: K, value: Settings[K]): string {
  const { show } = SETTINGS[name] as unknown as Kind<Settings[K]>;
  if (show) return show(value);
  return (Array.isArray(value) ? value.join(', ') : String(value)) || '(none)';
}

export function isSetting(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

export function settingNames(): readonly SettingName[] {
  return Object.keys(SETTINGS) as SettingName[];
}

/** `limits.xmlBytes` → `DAVD_LIMITS_XML_BYTES` */
export function environmentName(name: SettingName): string {
  return `DAVD_${name.replaceAll('.', '_').replace(/[A-Z]/g, '_$&').toUpperCase()}`;
}

/** Ports of the web, where ACME is on and nothing else is set. `::` takes IPv4 too. */
const HTTPS: Endpoint = { host: '::', port: 443 };
const HTTP: Endpoint = { host: '::', port: 80 };

/** Where clients are answered. */
export function listenEndpoint({ listen, acme }: Pick<Settings, 'listen' | 'acme'>): Endpoint {
  if (acme.length > 0 && listen === SETTINGS.listen.default) return HTTPS;
  return parseEndpoint(listen) ?? { host: '127.0.0.1', port: 8008 };
}

/** Where plain http is redirected; undefined: nowhere. ACME needs it for its checks unless the DNS answers them. */
export function redirectEndpoint(
  settings: Pick<Settings, 'httpListen' | 'acme' | 'acmeDnsHook'>,
): Endpoint | undefined {
  const { httpListen, acme, acmeDnsHook } = settings;
  if (httpListen === '') return acme.length > 0 && acmeDnsHook === '' ? HTTP : undefined;
  return parseEndpoint(httpListen);
}

/** Everything the server listens on for clients. */
export function publicEndpoints(settings: Settings): readonly Endpoint[] {
  const redirect = redirectEndpoint(settings);
  return [listenEndpoint(settings), ...(redirect ? [redirect] : [])];
}

/** Public URL without a slash at its end; '' where only the listen address is known. */
export function publicAddress({ url, acme, listen }: Pick<Settings, 'url' | 'acme' | 'listen'>): string {
  const [name] = acme;
  if (url !== '' || name === undefined) return url;
  const endpoint = listenEndpoint({ listen, acme });
  const port = 'port' in endpoint ? endpoint.port : 443;
  return `https://${name}${port === 443 || port === 0 ? '' : `:${port}`}`;
}

/** Path of the public URL, without a slash at its end: `/home-dav`, or '' if the server has the root. */
export function basePath({ url }: Pick<Settings, 'url'>): string {
  return url === '' ? '' : new URL(url).pathname.replace(/\/$/, '');
}

function setting<T>(kind: Kind<T>, fallback: T, description: string, { restart = false } = {}): Setting<T> {
  return { ...kind, default: fallback, description, restart };
}

function endpoint(): Kind<string> {
  return {
    allowed: 'HOST:PORT or the path of a unix socket',
    read: (value) => (typeof value === 'string' && parseEndpoint(value) ? value : undefined),
  };
}

function publicUrl(): Kind<string> {
  return {
    allowed: 'an http or https URL without user, query and fragment, or empty',
    read: (value) => {
      if (value === '') return '';
      const url = typeof value === 'string' ? URL.parse(value) : null;
      if (!url || !/^https?:$/.test(url.protocol)) return undefined;
      if (url.username || url.password || url.search || url.hash) return undefined;
      return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
    },
  };
}

function filePath(): Kind<string> {
  return {
    allowed: 'an absolute path, or empty',
    read: (value) => (typeof value === 'string' && /^(?:\/[^\0]*)?$/.test(value) ? value : undefined),
  };
}

/** A list in JSON, or text with commas between; in lower case. */
function hostNames(): Kind<readonly string[]> {
  return {
    allowed: 'host names like dav.example.com',
    read: (value) => {
      const list = typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value;
      if (!Array.isArray(list)) return undefined;
      const names = list.map((name) => String(name).toLowerCase());
      return names.every((name) => /^(?=.{4,253}$)(?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]*$/.test(name))
        ? names
        : undefined;
    },
  };
}

function redirecting(): Kind<string> {
  const { read, allowed } = endpoint();
  return {
    allowed: `${allowed}, or "none"`,
    read: (value) => (value === '' || value === 'none' ? value : read(value)),
  };
}

function oneLine(): Kind<string> {
  return {
    allowed: 'one line of text',
    read: (value) => (typeof value === 'string' && !/[\x00-\x1f]/.test(value) ? value : undefined),
  };
}

function yesOrNo(): Kind<boolean> {
  const yes = ['true', 'yes', 'on', '1'];
  const no = ['false', 'no', 'off', '0'];
  return {
    allowed: 'true or false',
    read: (value) => {
      const word = String(value).toLowerCase();
      return yes.includes(word) ? true : no.includes(word) ? false : undefined;
    },
  };
}

/** A list in JSON, or text with commas between. */
function ranges(): Kind<readonly string[]> {
  return {
    allowed: 'IP addresses or ranges like 10.0.0.0/8',
    read: (value) => {
      const list = typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value;
      if (!Array.isArray(list) || !list.every((entry) => typeof entry === 'string')) return undefined;
      try {
        parseTrustedProxies(list);
        return list;
      } catch {
        return undefined;
      }
    },
  };
}

/** A number of octets, or text like `10 MB`. */
function octets(least: number, most: number): Kind<number> {
  const units: Readonly<Record<string, number>> = { '': 1, K: KB, M: MB, G: GB };
  return {
    show: showOctets,
    allowed: `a size between ${showOctets(least)} and ${showOctets(most)}, like 10 MB`,
    read: (value) => {
      const [, digits, unit = ''] = /^(\d+) *(?:([KMG])?i?B?)?$/i.exec(String(value)) ?? [];
      const size = Number(digits) * (units[unit.toUpperCase()] ?? Number.NaN);
      return size >= least && size <= most ? size : undefined;
    },
  };
}

/** In the largest unit of which it is a whole number. */
function showOctets(size: number): string {
  const [unit, name] = (
    [
      [GB, ' GB'],
      [MB, ' MB'],
      [KB, ' KB'],
    ] as const
  ).find(([each]) => size % each === 0) ?? [1, ''];
  return `${size / unit}${name}`;
}

function whole(least: number, most: number): Kind<number> {
  return {
    allowed: `a whole number from ${least} to ${most}`,
    read: (value) => {
      const number = /^\d+$/.test(String(value)) ? Number(value) : Number.NaN;
      return number >= least && number <= most ? number : undefined;
    },
  };
}

/** ms of text like `12 h`; undefined for other text. */
export function durationOf(text: string): number | undefined {
  const units: Readonly<Record<string, number>> = { min: MINUTE, h: HOUR, d: DAY };
  const [, digits, unit = ''] = /^(\d{1,6}) *(min|h|d)$/.exec(text) ?? [];
  const ms = Number(digits) * (units[unit] ?? Number.NaN);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Kept as it is written. @param least ms */
function duration(least: number, most: number): Kind<string> {
  return {
    allowed: 'a time like 30 min, 12 h or 7 d, up to a year',
    read: (value) => {
      const ms = typeof value === 'string' ? (durationOf(value) ?? Number.NaN) : Number.NaN;
      return ms >= least && ms <= most ? String(value) : undefined;
    },
  };
}

function realm(): Kind<string> {
  return {
    allowed: 'one line of ASCII text',
    read: (value) => (typeof value === 'string' && /^[\x20-\x7e]{1,100}$/.test(value) ? value : undefined),
  };
}

function oneOf<T extends string>(words: readonly T[]): Kind<T> {
  return { allowed: `one of ${words.join(', ')}`, read: (value) => words.find((word) => word === value) };
}
