import { fingerprint, type Likeness, looseText } from './likeness.ts';
import { splitValue, unescapeText } from './text-value.ts';
import { paramValues, readableCard } from './vcard.ts';
import { toVersion } from './vcard-convert.ts';
import { type Property, withoutParams } from './vcard-property.ts';

/** What programs write for themselves: it tells cards apart, but not people. */
const BOOKKEEPING: ReadonlySet<string> = new Set(['VERSION', 'UID', 'REV', 'PRODID', 'X-ABUID', 'CREATED']);
/** Said of a number or address by some programs, and meant by all. */
const IMPLIED_TYPES: ReadonlySet<string> = new Set(['internet', 'voice']);

/**
 * How a contact is compared with others; null for what is no card.
 *
 * Exact repeats say the same in whatever version, order and spelling of types, apart from UID, REV and other
 * bookkeeping. Near ones have the same words in their names and share an e-mail address or a number, of which
 * the last nine digits count; groups, and people with different birthdays, are never near.
 */
export function contactLikeness(bytes: Uint8Array): Likeness | null {
  const card = readableCard(toVersion(bytes, '4.0'));
  if (card === null) return null;
  const properties = card.properties.filter(({ name }) => !BOOKKEEPING.has(name));
  const members = properties.filter(({ name }) => name === 'MEMBER').map(({ value }) => plainUid(value));
  const isGroup = properties.some(({ name, value }) => name === 'KIND' && value.toLowerCase() === 'group');
  return {
    exact: fingerprint(
      unitsOf(properties).map(({ properties: unit }) => unit.map(meaningOf).sort().join('|')),
    ),
    near: isGroup ? [] : nearKeys(properties),
    title: textOf(properties, 'FN'),
    members,
  };
}

/** A UID as it is compared: `urn:uuid:` and case say nothing. */
export function plainUid(uid: string): string {
  return unescapeText(uid)
    .trim()
    .replace(/^urn:uuid:/i, '')
    .toLowerCase();
}

function nearKeys(properties: readonly Property[]): string[] {
  const name = looseText(textOf(properties, 'FN'));
  if (name === '') return [];
  const ways = properties.flatMap(({ name: property, value }) => {
    if (property === 'EMAIL' && value.trim() !== '') return [unescapeText(value).trim().toLowerCase()];
    return property === 'TEL' ? numberOf(value) : [];
  });
  return ways.map((way) => `${name}|${way}`);
}

/** The last nine digits are the same in +33 1 23 45 67 89 and 01 23 45 67 89. */
function numberOf(value: string): string[] {
  const digits = unescapeText(value)
    .replace(/;ext=.*/i, '')
    .replace(/\D+/g, '');
  return digits.length >= 6 ? [digits.slice(-9)] : [];
}

/** Whether two contacts can't be the same, as they have different birthdays. */
export function contradict(one: Uint8Array, other: Uint8Array): boolean {
  const [mine, theirs] = [one, other].map((bytes) => {
    const card = readableCard(toVersion(bytes, '4.0'));
    return card === null ? '' : textOf(card.properties, 'BDAY').replaceAll('-', '').slice(0, 8);
  });
  return Boolean(mine && theirs) && mine !== theirs;
}

/** A property of its own, or all that have the same group, like a number with its label. */
export interface Unit {
  readonly group: string | null;
  readonly properties: readonly Property[];
}

export function unitsOf(properties: readonly Property[]): Unit[] {
  const groups = new Map<string, Property[]>();
  const units: Unit[] = [];
  for (const property of properties) {
    const group = property.group?.toLowerCase() ?? null;
    const known = group === null ? undefined : groups.get(group);
    if (known) known.push(property);
    else {
      const unit = [property];
      if (group !== null) groups.set(group, unit);
      units.push({ group, properties: unit });
    }
  }
  return units;
}

/** What a property says, whatever its group, the order of its parameters and the spelling of its types. */
export function meaningOf(property: Property): string {
  const { name, params, value } = withoutParams(property, 'TYPE', 'X-DAVD-DERIVED');
  const types = (paramValues(property, 'TYPE') ?? [])
    .map((type) => type.toLowerCase())
    .filter((type) => !IMPLIED_TYPES.has(type));
  const said = params
    .filter((param) => param.values.length > 0)
    .map((param) => `${param.name}=${param.values.join(',')}`);
  return [name, ...new Set([...types, ...said].sort()), unescapeText(value).trim()].join(';');
}

function textOf(properties: readonly Property[], wanted: string): string {
  const value = properties.find(({ name }) => name === wanted)?.value ?? '';
  return unescapeText(splitValue(value, ';').join(' ')).trim();
}
