import type { Kind } from '../store/types.ts';
import { DavError, refuse } from './errors.ts';
import type { Place } from './resource.ts';

/** A place with the way the client wrote it. */
export interface Located {
  readonly place: Place;
  /** Where the tree begins in this request: base path and one of the prefixes, e.g. '/home-dav/dav.php'. */
  readonly prefix: string;
  /** The path as the client spelled it, base path included; collections with their final '/'. */
  readonly href: string;
}

/** davd's own prefix, and those of Baïkal, under which the same tree answers. */
const ownPrefix = '/dav';
const prefixes = [ownPrefix, '/dav.php', '/cal.php', '/card.php'];

const homeNames: Readonly<Record<Kind, string>> = { calendar: 'calendars', addressbook: 'addressbooks' };

/**
 * Where a path-absolute reference points, undefined if nothing can be there. `/` and `/principals/` answer as well,
 * since clients probe them.
 * @param basePath '' or e.g. '/home-dav'; requests with and without it are understood, as proxies may strip it
 * @throws DavError 400 where the encoding is broken
 */
export function locate(path: string, basePath: string): Located | undefined {
  const inner = basePath && isWithin(path, basePath) ? path.slice(basePath.length) : path;
  const prefix = prefixes.find((p) => isWithin(inner, p));
  const tail = prefix === undefined ? inner : inner.slice(prefix.length);
  const place = placeOf(segments(tail));
  if (!place) return undefined;
  if (prefix === undefined && !place.type.startsWith('r') && !place.type.startsWith('principal'))
    return undefined;
  const href = basePath + inner;
  return {
    place,
    prefix: basePath + (prefix ?? ownPrefix),
    href: place.type === 'object' || href.endsWith('/') ? href : `${href}/`,
  };
}

/**
 * The path of a reference in a request (Destination, href, If): absolute URLs lose scheme and authority, since
 * proxies change both; query and fragment go.
 */
export function pathOf(reference: string): string {
  const path = reference
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
    .replace(/[?#].*$/s, '');
  return path.startsWith('/') ? path : `/${path}`;
}

/**
 * Cuts the path of an object into that of its collection, as the client spelled it, and its name, decoded; undefined
 * for one that does not end in such a name.
 */
export function cutPath(path: string): { readonly parent: string; readonly name: string } | undefined {
  const start = path.lastIndexOf('/') + 1;
  try {
    const name = segments(path.slice(start - 1))?.[0];
    return name === undefined ? undefined : { parent: path.slice(0, start), name };
  } catch (error) {
    if (error instanceof DavError) return undefined;
    throw error;
  }
}

/** Canonical href of a place. */
export function href(place: Place, prefix: string): string {
  switch (place.type) {
    case 'root':
      return `${prefix}/`;
    case 'principals':
      return `${prefix}/principals/`;
    case 'principal':
      return `${prefix}/principals/${encodeSegment(place.user)}/`;
    case 'homes':
      return `${prefix}/${homeNames[place.kind]}/`;
    case 'home':
      return `${prefix}/${homeNames[place.kind]}/${encodeSegment(place.user)}/`;
    case 'collection':
      return `${href({ ...place, type: 'home' }, prefix)}${encodeSegment(place.collection)}/`;
    case 'object':
      return href({ ...place, type: 'collection' }, prefix) + encodeSegment(place.object);
  }
}

/**
 * Percent-encodes what Baïkal's sabre/http does, in the same lower-case spelling (`lib/functions.php`,
 * encodePathSegment), so that a device which knew an object there finds it under the very same href.
 */
export function encodeSegment(name: string): string {
  if (/^[\w.~():@-]*$/.test(name)) return name;
  return encodeURIComponent(name.toWellFormed())
    .replace(/[!'*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
    .replace(/%[0-9A-F]{2}/g, (escaped) =>
      escaped === '%40' ? '@' : escaped === '%3A' ? ':' : escaped.toLowerCase(),
    );
}

function placeOf(names: readonly string[] | undefined): Place | undefined {
  if (!names) return undefined;
  const [top, user, collection, object] = names;
  if (top === undefined) return { type: 'root' };
  if (top === 'principals' && names.length <= 2)
    return user === undefined ? { type: 'principals' } : { type: 'principal', user };
  const kind =
    top === homeNames.calendar ? 'calendar' : top === homeNames.addressbook ? 'addressbook' : undefined;
  if (!kind || names.length > 4) return undefined;
  if (user === undefined) return { type: 'homes', kind };
  if (collection === undefined) return { type: 'home', kind, user };
  if (object === undefined) return { type: 'collection', kind, user, collection };
  return { type: 'object', kind, user, collection, object };
}

/** The folder itself, or what is below it. */
function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder) && (path.length === folder.length || path[folder.length] === '/');
}

/** Decoded segments of a path; undefined where one is empty, '.' or '..'. A final '/' adds nothing. */
function segments(path: string): readonly string[] | undefined {
  const names = path.slice(1).split('/');
  if (names.at(-1) === '') names.pop();
  const decoded = encoded.test(path) ? names.map(decodeSegment) : names;
  return decoded.some((name) => name === '' || name === '.' || name === '..') ? undefined : decoded;
}

/** What doesn't stand for itself in a path. Most have none, and are not decoded. */
const encoded = /[%\u0080-\u00ff]/;

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(rawUtf8(segment));
  } catch {
    throw refuse(400, `the path segment "${segment}" is not percent-encoded UTF-8`);
  }
}

/** Node hands over raw bytes of the request line as Latin-1 characters; some clients send UTF-8 unencoded. */
function rawUtf8(segment: string): string {
  if (!/[\u0080-\u00ff]/.test(segment) || /[^\u0000-\u00ff]/.test(segment)) return segment;
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(segment, 'latin1'));
}
