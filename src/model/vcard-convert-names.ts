import { type Property, paramOf, withParam } from './vcard-property.ts';

/**
 * Names that only one version has. A property of such a name travels through the other version as it is, called
 * `X-…` and with a mark of the name that it comes back to.
 */

/** The name of the property in the version it came from. */
export const ORIGIN_MARK = 'X-DAVD-NAME';

/** RFC 2426, RFC 2425 §6.1 */
export const ONLY_IN_3: ReadonlySet<string> = new Set([
  'AGENT',
  'CLASS',
  'LABEL',
  'MAILER',
  'NAME',
  'PROFILE',
  'SORT-STRING',
]);

/** RFC 6350, 6474, 6715, 8605, 9554, 9555. FBURL, CALURI and CALADRURI are in 3.0 by RFC 2739, IMPP by RFC 4770. */
export const ONLY_IN_4: ReadonlySet<string> = new Set([
  'ANNIVERSARY',
  'BIRTHPLACE',
  'CLIENTPIDMAP',
  'CONTACT-URI',
  'CREATED',
  'DEATHDATE',
  'DEATHPLACE',
  'EXPERTISE',
  'GENDER',
  'GRAMGENDER',
  'HOBBY',
  'INTEREST',
  'JSPROP',
  'KIND',
  'LANG',
  'LANGUAGE',
  'MEMBER',
  'ORG-DIRECTORY',
  'PRONOUNS',
  'RELATED',
  'SOCIALPROFILE',
  'XML',
]);

/** Never restored: a mark can't cut a card in two or give it a second version. */
const FRAME: ReadonlySet<string> = new Set(['BEGIN', 'END', 'VERSION']);

/** The name that a mark says, null without one. */
export function originOf(property: Property): string | null {
  return paramOf(property, ORIGIN_MARK)?.toUpperCase() ?? null;
}

/** Says a property that the other version lacks. */
export function carry(property: Property): Property {
  return { ...withParam(property, ORIGIN_MARK, property.name), name: `X-${property.name}` };
}

/** Keeps the name of a property whose name means something else in the other version, or would not come back. */
export function keep(property: Property): Property {
  return withParam(property, ORIGIN_MARK, property.name);
}

/** Undoes `carry` and `keep`; null where neither was done. */
export function restore(property: Property): Property | null {
  const origin = originOf(property);
  if (origin === null || FRAME.has(origin)) return null;
  if (property.name !== origin && property.name !== `X-${origin}`) return null;
  const mark = property.params.findLastIndex((param) => param.name === ORIGIN_MARK);
  return { ...property, name: origin, params: property.params.toSpliced(mark, 1) };
}
