import { escapeText, unescapeText, unescapeUri } from './text-value.ts';
import { ORIGIN_MARK, originOf } from './vcard-convert-names.ts';
import { typesTo3, typesTo4 } from './vcard-convert-types.ts';
import { type Property, paramOf, withoutParams, withParam } from './vcard-property.ts';

/** TEL, instant messaging, GEO and URIs. */

/** Says `uri` where a number was a `tel:` URI (RFC 3966) in 4.0. */
const VALUE_MARK = 'X-DAVD-VALUE';
const TEL_URI = /^[-+.()0-9A-Za-z;=%*#_~!$&',:@/?]{1,1000}$/;
const GEO_3 = /^([-+]?\d{1,3}(?:\.\d{1,30})?);([-+]?\d{1,3}(?:\.\d{1,30})?)$/;
const GEO_4 = /^geo:([-+]?\d{1,3}(?:\.\d{1,30})?),([-+]?\d{1,3}(?:\.\d{1,30})?)$/i;

/** How 3.0 programs call instant messaging addresses, and the URI schemes that IMPP has for them. */
export const IM_SCHEMES: ReadonlyMap<string, string> = new Map([
  ['X-AIM', 'aim'],
  ['X-GADUGADU', 'gg'],
  ['X-GOOGLE-TALK', 'xmpp'],
  ['X-GTALK', 'xmpp'],
  ['X-ICQ', 'icq'],
  ['X-JABBER', 'xmpp'],
  ['X-MSN', 'msnim'],
  ['X-SKYPE', 'skype'],
  ['X-SKYPE-USERNAME', 'skype'],
  ['X-YAHOO', 'ymsgr'],
]);

/** URL and its like. */
export function uriTo4(property: Property): Property {
  const value = unescapeUri(property.value);
  return typesTo4(value === property.value ? property : { ...property, value });
}

/** From 3.0, where a number is a text (RFC 2426 §3.3.1). */
export function telTo4(property: Property): Property {
  const marked = paramOf(property, VALUE_MARK) === 'uri';
  const plain = withoutParams(property, VALUE_MARK);
  if (marked && TEL_URI.test(property.value)) {
    return typesTo4({ ...withParam(plain, 'VALUE', 'uri'), value: `tel:${property.value}` });
  }
  const type = paramOf(plain, 'VALUE')?.toLowerCase();
  return typesTo4(type === 'phone-number' || type === 'text' ? withoutParams(plain, 'VALUE') : plain);
}

/** From 4.0: no 3.0 program shows a number that begins with `tel:`. */
export function telTo3(property: Property): Property {
  const type = paramOf(property, 'VALUE')?.toLowerCase();
  const number = property.value.slice('tel:'.length);
  if (type === 'uri' && /^tel:/i.test(property.value) && TEL_URI.test(number)) {
    return typesTo3({ ...withParam(withoutParams(property, 'VALUE'), VALUE_MARK, 'uri'), value: number });
  }
  return typesTo3(type === 'text' ? withoutParams(property, 'VALUE') : property);
}

/** X-JABBER and its like to IMPP (RFC 6350 §6.4.3), with a mark of the name that it had. */
export function messagingTo4(property: Property): Property {
  const scheme = IM_SCHEMES.get(property.name);
  const address = unescapeText(property.value);
  if (scheme === undefined || address === '') return property;
  const marked = withParam(typesTo4(property), ORIGIN_MARK, property.name);
  return { ...marked, name: 'IMPP', value: `${scheme}:${encode(address)}` };
}

/** IMPP stays what it is, being known in 3.0 by RFC 4770 and to Apple, unless it came from another name. */
export function messagingTo3(property: Property): Property {
  const origin = originOf(property);
  const scheme = origin === null ? undefined : IM_SCHEMES.get(origin);
  const plain = typesTo3(scheme === undefined ? property : withoutParams(property, ORIGIN_MARK));
  if (origin === null || scheme === undefined || !property.value.startsWith(`${scheme}:`)) return plain;
  return { ...plain, name: origin, value: escapeText(decode(property.value.slice(scheme.length + 1))) };
}

function encode(address: string): string {
  return encodeURIComponent(address.toWellFormed()).replaceAll('%40', '@');
}

function decode(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

/** `37.39;-122.08` (RFC 2426 §3.4.2) → `geo:37.39,-122.08` (RFC 6350 §6.5.2). */
export function geoTo4(property: Property): Property | null {
  const position = paramOf(property, 'VALUE') === undefined ? GEO_3.exec(property.value) : null;
  return position === null ? null : { ...property, value: `geo:${position[1]},${position[2]}` };
}

/** Null for a `geo:` URI that says more than a point, and for other URIs. */
export function geoTo3(property: Property): Property | null {
  const isUri = (paramOf(property, 'VALUE') ?? 'uri').toLowerCase() === 'uri';
  const position = isUri ? GEO_4.exec(unescapeUri(property.value)) : null;
  return position === null
    ? null
    : { ...withoutParams(property, 'VALUE'), value: `${position[1]};${position[2]}` };
}
