import { unescapeUri } from './text-value.ts';
import { keep } from './vcard-convert-names.ts';
import { nameBareWords, splitList, typesTo3, typesTo4 } from './vcard-convert-types.ts';
import { type Property, paramOf, withoutParams, withParam } from './vcard-property.ts';

/**
 * PHOTO, LOGO, SOUND and KEY: 3.0 puts the octets in as `ENCODING=b` with the kind of data in TYPE (RFC 2426 §3.1.4),
 * 4.0 as a `data:` URI (RFC 6350 §6.2.4).
 */

/** Says `none` where the TYPE of the 3.0 form holds no media type, because Apple's programs leave it out. */
const MEDIA_MARK = 'X-DAVD-TYPE';
// Values may be megabytes long: no pattern here repeats without a bound, which would cost V8 a stack entry a character.
const NOT_BASE64 = /[^A-Za-z0-9+/=]/;
const BLANKS = /\s{1,1000}/g;
const URI = /^[a-z][a-z0-9+.-]{0,40}:/i;
/** What may stand in a data URI as its media type, with parameters. */
const MEDIA_TYPE = /^[\w!#$&^.+/;=-]{1,200}$/;
/** Values of TYPE that say whose it is, not what it is. */
const PLACES = new Set(['home', 'work', 'pref']);

const TOP_LEVEL: Readonly<Record<string, string>> = {
  PHOTO: 'image',
  LOGO: 'image',
  SOUND: 'audio',
  KEY: 'application',
};
/** TYPE of a KEY in 3.0 (RFC 2426 §3.7.2) and its media type. */
const KEY_TYPES: ReadonlyMap<string, string> = new Map([
  ['PGP', 'application/pgp-keys'],
  ['X509', 'application/pkix-cert'],
]);
/** How the base64 of a picture begins. Thunderbird only shows photos that say `data:image/`. */
const SIGNATURES: ReadonlyMap<string, string> = new Map([
  ['/9j/', 'image/jpeg'],
  ['iVBORw0KGgo', 'image/png'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
]);

/** From 3.0; null for octets that are not base64. */
export function mediaTo4(property: Property): Property | null {
  const named = nameBareWords(property);
  if (isBase64(named)) return octetsTo4(named);
  return isLink(named) ? linkTo4(named) : typesTo4(asText(named));
}

function isBase64(property: Property): boolean {
  const encoding = paramOf(property, 'ENCODING')?.toLowerCase();
  return encoding === 'b' || encoding === 'base64';
}

/** What is said to be a URI, or looks like one where nothing is said. */
function isLink(property: Property): boolean {
  const type = paramOf(property, 'VALUE')?.toLowerCase();
  return type === 'uri' || type === 'url' || (type === undefined && URI.test(property.value));
}

function asText(property: Property): Property {
  const unsaid = paramOf(property, 'VALUE') === undefined && property.value !== '';
  return unsaid ? withParam(property, 'VALUE', 'text') : property;
}

function octetsTo4(property: Property): Property | null {
  const data = property.value.replace(BLANKS, '');
  if (NOT_BASE64.test(data)) return null;
  const { rest, mediaType } = takeMediaType(property);
  const plain = withoutParams(rest, 'ENCODING', 'VALUE');
  const value = `data:${mediaType ?? sniff(property.name, data)};base64,${data}`;
  return typesTo4({ ...(mediaType === null ? withParam(plain, MEDIA_MARK, 'none') : plain), value });
}

function linkTo4(property: Property): Property {
  if (base64Of(property.value) !== null) {
    return typesTo4({ ...withoutParams(property, 'VALUE'), value: unescapeUri(property.value) });
  }
  const { rest, mediaType } = takeMediaType(property);
  const plain = URI.test(rest.value) ? withoutParams(rest, 'VALUE') : rest;
  const typed = mediaType === null ? plain : withParam(plain, 'MEDIATYPE', mediaType);
  return typesTo4({ ...typed, value: unescapeUri(property.value) });
}

/** From 4.0. */
export function mediaTo3(property: Property): Property {
  // Careless programs write the form of 3.0 into 4.0: it can stay, and is marked to stay on the way back.
  if (isBase64(property)) return keep(property);
  if (!isLink(property)) return typesTo3(asText(property));
  const plain = withoutParams(property, 'VALUE');
  const octets = base64Of(property.value);
  if (octets !== null) {
    const mediaType = paramOf(plain, MEDIA_MARK) === 'none' ? null : octets.mediaType;
    const bare = withoutParams(plain, MEDIA_MARK);
    return { ...addMediaType(withParam(bare, 'ENCODING', 'b'), mediaType), value: octets.data };
  }
  const link = withParam(withoutParams(plain, 'MEDIATYPE', MEDIA_MARK), 'VALUE', 'uri');
  return addMediaType(link, paramOf(plain, 'MEDIATYPE') ?? null);
}

/** What a base64 `data:` URI (RFC 2397) holds; null for all other URIs. */
function base64Of(uri: string): { readonly mediaType: string; readonly data: string } | null {
  const comma = uri.indexOf(',');
  const header = unescapeUri(uri.slice(0, comma + 1)).slice(0, -1);
  if (comma === -1 || !/^data:/i.test(header) || !/;base64$/i.test(header)) return null;
  const encoded = uri.slice(comma + 1).replace(BLANKS, '');
  const data = encoded.includes('%') ? encoded.replace(/%(2[BF]|3D)/gi, decodeURIComponent) : encoded;
  const mediaType = header.slice('data:'.length, -';base64'.length) || 'text/plain';
  return NOT_BASE64.test(data) || !MEDIA_TYPE.test(mediaType) ? null : { mediaType, data };
}

/** Takes the media type of a 3.0 property out of its TYPE. */
function takeMediaType(property: Property): { readonly rest: Property; readonly mediaType: string | null } {
  if (paramOf(property, MEDIA_MARK) === 'none' || paramOf(property, 'MEDIATYPE') !== undefined) {
    return { rest: withoutParams(property, MEDIA_MARK), mediaType: null };
  }
  let mediaType: string | null = null;
  const params = property.params.flatMap((param) => {
    if (param.name !== 'TYPE') return [param];
    const values = splitList(param.values).filter((value) => {
      if (mediaType !== null || !MEDIA_TYPE.test(value) || PLACES.has(value.toLowerCase())) return true;
      mediaType = mediaTypeOf(property.name, value);
      return false;
    });
    return values.length === 0 ? [] : [{ name: 'TYPE', values }];
  });
  return { rest: { ...property, params }, mediaType };
}

/** Puts a media type in front of the types of a 3.0 property, or says that there is none among them. */
function addMediaType(property: Property, mediaType: string | null): Property {
  const typed = typesTo3(property);
  if (mediaType !== null) {
    return {
      ...typed,
      params: [{ name: 'TYPE', values: [typeOf(property.name, mediaType)] }, ...typed.params],
    };
  }
  const misleading = takeMediaType(typed).mediaType !== null;
  return misleading ? withParam(typed, MEDIA_MARK, 'none') : typed;
}

function mediaTypeOf(name: string, type: string): string {
  if (type.includes('/')) return type;
  const known = name === 'KEY' ? KEY_TYPES.get(type.toUpperCase()) : undefined;
  return known ?? `${TOP_LEVEL[name]}/${type.toLowerCase()}`;
}

function typeOf(name: string, mediaType: string): string {
  const lower = mediaType.toLowerCase();
  if (name === 'KEY') {
    for (const [type, known] of KEY_TYPES) if (known === lower) return type;
  }
  const top = `${TOP_LEVEL[name]}/`;
  if (!lower.startsWith(top) || lower.includes(';')) return mediaType;
  const subtype = lower.slice(top.length);
  return subtype === '' || PLACES.has(subtype) ? mediaType : subtype.toUpperCase();
}

function sniff(name: string, data: string): string {
  if (TOP_LEVEL[name] !== 'image') return 'application/octet-stream';
  for (const [start, mediaType] of SIGNATURES) if (data.startsWith(start)) return mediaType;
  return 'application/octet-stream';
}
