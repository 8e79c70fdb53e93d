import {
  geoTo3,
  geoTo4,
  IM_SCHEMES,
  messagingTo3,
  messagingTo4,
  telTo3,
  telTo4,
  uriTo4,
} from './vcard-convert-contact.ts';
import { dateTo3, dateTo4, revisionTo3, revisionTo4, zoneTo3, zoneTo4 } from './vcard-convert-dates.ts';
import { mediaTo3, mediaTo4 } from './vcard-convert-media.ts';
import { carry, keep, ONLY_IN_3, ONLY_IN_4, restore } from './vcard-convert-names.ts';
import { typesTo3, typesTo4 } from './vcard-convert-types.ts';
import type { Property, Translate } from './vcard-property.ts';

/** How one property is said in the other version, by its name. Properties without a rule differ in TYPE and PREF only. */

const ADDRESS_BOOK_KIND = 'X-ADDRESSBOOKSERVER-KIND';
const ADDRESS_BOOK_MEMBER = 'X-ADDRESSBOOKSERVER-MEMBER';
const SHOW_AS = 'X-ABShowAs';
const SEX = /^[MFONU]?(?:;|$)/i;

/** A rule that gives the property back unchanged leaves it as an extension that 4.0 has no own name for. */
const TO_4: ReadonlyMap<string, Translate> = new Map<string, Translate>([
  ['BDAY', dateTo4],
  ['X-ANNIVERSARY', (property) => renamed(dateTo4(property), 'ANNIVERSARY') ?? property],
  ['REV', revisionTo4],
  ['TZ', zoneTo4],
  ['GEO', geoTo4],
  ['TEL', telTo4],
  ['URL', uriTo4],
  ['SOURCE', uriTo4],
  ['IMPP', uriTo4],
  ...['PHOTO', 'LOGO', 'SOUND', 'KEY'].map((name) => [name, mediaTo4] as const),
  ...[...IM_SCHEMES.keys()].map((name) => [name, messagingTo4] as const),
  // Apple's programs only know groups and companies among the kinds of RFC 6350 §6.1.4.
  [ADDRESS_BOOK_KIND, (property) => (means(property, 'group') ? { ...property, name: 'KIND' } : property)],
  [
    SHOW_AS.toUpperCase(),
    (property) => (means(property, 'company') ? { ...property, name: 'KIND', value: 'org' } : property),
  ],
  [ADDRESS_BOOK_MEMBER, (property) => ({ ...property, name: 'MEMBER' })],
  [
    'X-GENDER',
    (property) =>
      property.value !== '' && SEX.test(property.value) ? { ...property, name: 'GENDER' } : property,
  ],
]);

const TO_3: ReadonlyMap<string, Translate> = new Map<string, Translate>([
  ['BDAY', dateTo3],
  ['ANNIVERSARY', (property) => renamed(dateTo3(property), 'X-ANNIVERSARY')],
  ['REV', revisionTo3],
  ['TZ', zoneTo3],
  ['GEO', geoTo3],
  ['TEL', telTo3],
  ['IMPP', messagingTo3],
  ...['PHOTO', 'LOGO', 'SOUND', 'KEY'].map((name) => [name, mediaTo3] as const),
  ['KIND', kindTo3],
  ['MEMBER', (property) => ({ ...property, name: ADDRESS_BOOK_MEMBER })],
  [
    'GENDER',
    (property) =>
      SEX.test(property.value) && property.value !== '' ? { ...property, name: 'X-GENDER' } : null,
  ],
]);

/** A 3.0 property in 4.0; the same object where nothing changes. */
export function propertyTo4(property: Property): Property {
  const restored = restore(property);
  if (restored !== null) return restored;
  const rule = TO_4.get(property.name);
  if (rule !== undefined) return rule(property) ?? carry(property);
  if (ONLY_IN_3.has(property.name)) return carry(property);
  // RFC 2426 allows any registered name, so some write BIRTHPLACE or LANG in 3.0.
  if (ONLY_IN_4.has(property.name)) return keep(property);
  return isExtension(property) ? property : typesTo4(property);
}

/** A 4.0 property in 3.0; the same object where nothing changes. */
export function propertyTo3(property: Property): Property {
  if (property.name === 'IMPP') return messagingTo3(property);
  const restored = restore(property);
  if (restored !== null) return restored;
  const rule = TO_3.get(property.name);
  if (rule !== undefined) return rule(property) ?? carry(property);
  if (ONLY_IN_4.has(property.name)) return carry(property);
  if (ONLY_IN_3.has(property.name)) return keep(property);
  if (!isExtension(property)) return typesTo3(property);
  // An X-ANNIVERSARY of a 4.0 card must not come back as ANNIVERSARY.
  return TO_4.has(property.name) && propertyTo4(property) !== property ? keep(property) : property;
}

function kindTo3(property: Property): Property | null {
  if (means(property, 'group')) return { ...property, name: ADDRESS_BOOK_KIND };
  if (means(property, 'org')) return { ...property, name: SHOW_AS, value: 'COMPANY' };
  return null;
}

function means(property: Property, value: string): boolean {
  return property.value.trim().toLowerCase() === value;
}

function renamed(property: Property | null, name: string): Property | null {
  return property === null ? null : { ...property, name };
}

function isExtension(property: Property): boolean {
  return property.name.startsWith('X-');
}
