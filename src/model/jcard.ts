import type { ContentLine } from './contentline.ts';
import { InvalidData } from './invalid.ts';
import { splitValue, unescapeText, unescapeUri } from './text-value.ts';
import { readCard } from './vcard.ts';
import { toVersion } from './vcard-convert.ts';
import { splitList } from './vcard-convert-types.ts';

/** RFC 7095 §3.3: a text, or the components of a structured value, each of which may be a list. */
export type JCardValue = string | number | boolean | readonly (string | readonly string[])[];
/** Name, parameters, type and one or more values. */
export type JCardProperty = [
  name: string,
  params: Record<string, string | string[]>,
  type: string,
  ...values: JCardValue[],
];
export type JCard = ['vcard', JCardProperty[]];

/** Default value types (RFC 6350 §6, RFC 6474, 6715, 8605, 9554); other properties are "unknown". */
const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    text: [
      ...[
        'VERSION',
        'KIND',
        'XML',
        'FN',
        'N',
        'NICKNAME',
        'GENDER',
        'ADR',
        'TEL',
        'EMAIL',
        'TZ',
        'TITLE',
        'ROLE',
      ],
      ...[
        'ORG',
        'CATEGORIES',
        'NOTE',
        'PRODID',
        'CLIENTPIDMAP',
        'BIRTHPLACE',
        'DEATHPLACE',
        'EXPERTISE',
        'HOBBY',
      ],
      ...['INTEREST', 'GRAMGENDER', 'PRONOUNS'],
    ],
    uri: [
      ...[
        'SOURCE',
        'PHOTO',
        'IMPP',
        'GEO',
        'LOGO',
        'MEMBER',
        'RELATED',
        'SOUND',
        'UID',
        'URL',
        'KEY',
        'FBURL',
      ],
      ...['CALADRURI', 'CALURI', 'ORG-DIRECTORY', 'CONTACT-URI', 'SOCIALPROFILE'],
    ],
    'date-and-or-time': ['BDAY', 'ANNIVERSARY', 'DEATHDATE'],
    timestamp: ['REV', 'CREATED'],
    'language-tag': ['LANG', 'LANGUAGE'],
  }).flatMap(([type, names]) => names.map((name) => [name, type] as const)),
);
const STRUCTURED: ReadonlySet<string> = new Set(['N', 'ADR', 'ORG', 'GENDER', 'CLIENTPIDMAP']);
const LISTS: ReadonlySet<string> = new Set(['NICKNAME', 'CATEGORIES']);

const OFFSET = /^[+-]\d\d(?:\d\d)?$/;
const DATE_TIME = /^([-\d]{2,10})?(?:T([-\d]{2,6})(Z|[+-]\d\d(?:\d\d)?)?)?$/;

/**
 * A card as jCard (RFC 7095), ready for JSON.stringify. A 3.0 card is converted to 4.0 first, because jCard is made
 * of the properties and types of RFC 6350.
 * @throws InvalidData where the bytes are no card.
 */
export function toJCard(bytes: Uint8Array): JCard {
  const { properties } = readCard(toVersion(bytes, '4.0'), 'replace');
  const version = properties.find(({ name }) => name === 'VERSION');
  if (version?.value.trim() !== '4.0') {
    throw new InvalidData('version', version?.line ?? 1, 'is not of a version that jCard can be made of');
  }
  const others = properties.filter(({ name }) => name !== 'VERSION');
  return ['vcard', [['version', {}, 'text', '4.0'], ...others.map(propertyOf)]];
}

function propertyOf(line: ContentLine): JCardProperty {
  const type = typeOf(line);
  return [line.name.toLowerCase(), paramsOf(line), type, ...valuesOf(line, type)];
}

/** RFC 7095 §3.4.1; like its appendix B, an offset as the value of TZ is taken for one. */
function typeOf({ name, params, value }: ContentLine): string {
  const said = params.find((param) => param.name === 'VALUE')?.values[0];
  if (said !== undefined) return said.toLowerCase();
  if (name === 'TZ' && OFFSET.test(value)) return 'utc-offset';
  return TYPES.get(name) ?? 'unknown';
}

function paramsOf({ group, params }: ContentLine): Record<string, string | string[]> {
  const lists = new Map<string, string[]>();
  if (group !== null) lists.set('group', [group.toLowerCase()]);
  for (const param of params) {
    if (param.name === 'VALUE') continue;
    const name = param.name.toLowerCase();
    const list = lists.get(name) ?? [];
    for (const value of name === 'type' ? splitList(param.values) : param.values) list.push(value);
    lists.set(name, list);
  }
  return Object.fromEntries([...lists].map(([name, values]) => [name, single(values)]));
}

function single(values: string[]): string | string[] {
  const [first, ...others] = values;
  return others.length === 0 ? (first ?? '') : values;
}

/** RFC 7095 §3.5; what its type does not fit is left as it is. */
function valuesOf({ name, value }: ContentLine, type: string): JCardValue[] {
  switch (type) {
    case 'text':
      if (STRUCTURED.has(name)) return [structuredOf(value)];
      if (LISTS.has(name)) return splitValue(value, ',').map(unescapeText);
      return [unescapeText(value)];
    case 'uri':
      return [unescapeUri(value)];
    case 'date':
    case 'time':
    case 'date-time':
    case 'date-and-or-time':
    case 'timestamp':
      return [extended(type === 'time' ? `T${value}` : value).slice(type === 'time' ? 1 : 0)];
    case 'utc-offset':
      return [extendedZone(value)];
    case 'boolean':
      return [/^(?:true|false)$/i.test(value) ? value.toLowerCase() === 'true' : value];
    case 'integer':
    case 'float':
      return [/^[-+]?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : value];
    default:
      return [value];
  }
}

/** RFC 7095 §3.3.1.3: a single component needs no array. */
function structuredOf(value: string): JCardValue {
  const components = splitValue(value, ';').map((component) => {
    const texts = splitValue(component, ',').map(unescapeText);
    return texts.length === 1 ? (texts[0] ?? '') : texts;
  });
  const [first, ...others] = components;
  return others.length === 0 && typeof first === 'string' ? first : components;
}

/** `19850412T232050Z` → `1985-04-12T23:20:50Z`, parts of it alike (RFC 7095 §3.5.3–3.5.7). */
function extended(value: string): string {
  const parts = DATE_TIME.exec(value);
  if (parts === null) return value;
  const [, date = '', time, zone = ''] = parts;
  const day = date.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3').replace(/^--(\d\d)(\d\d)$/, '--$1-$2');
  if (time === undefined) return day;
  const hour = time.replace(/^(-?\d\d)(\d\d)(\d\d)?$/, (_, hours, minutes, seconds) =>
    [hours, minutes, seconds].filter((part) => part !== undefined).join(':'),
  );
  return `${day}T${hour}${extendedZone(zone)}`;
}

function extendedZone(zone: string): string {
  return zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
}
