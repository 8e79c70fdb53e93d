import { escapeText, splitValue, unescapeText } from './text-value.ts';
import { paramValues } from './vcard.ts';
import { carry } from './vcard-convert-names.ts';
import { nameBareWords } from './vcard-convert-types.ts';
import { type Property, paramOf, withoutParams, withParam } from './vcard-property.ts';

/**
 * What is said by several properties together. All functions here work on properties in the form of 3.0, after the
 * way down from 4.0 and before the way up.
 */

/** Says that N was made from FN, or FN from N, because the version demands both or the client left it out. */
const DERIVED_MARK = 'X-DAVD-DERIVED';
/** At most one in both versions; 4.0 may have it in several languages (RFC 6350 §5.4), which 3.0 can't. */
const ONCE: ReadonlySet<string> = new Set(['N', 'BDAY']);

/** All properties by `translate`; second and further ones of what a card has once are carried. */
export function translateEach(
  properties: readonly Property[],
  translate: (property: Property) => Property,
): Property[] {
  const seen = new Set<string>();
  return properties.map((property) => {
    if (seen.has(property.name)) return carry(property);
    if (ONCE.has(property.name)) seen.add(property.name);
    return translate(property);
  });
}

/** LABEL (RFC 2426 §3.2.2) becomes a parameter of the nearest ADR before it that has the same types. */
export function joinLabels(properties: readonly Property[]): Property[] {
  const waiting = new Map<string, Property[]>();
  const labels = new Map<Property, Property>();
  for (const property of properties) {
    if (property.name === 'ADR' && isLabellable(property)) {
      const key = addressKey(property);
      const others = waiting.get(key);
      if (others === undefined) waiting.set(key, [property]);
      else others.push(property);
    } else if (property.name === 'LABEL' && hasOnlyTypes(property)) {
      const address = waiting.get(addressKey(property))?.pop();
      if (address !== undefined) labels.set(address, property);
    }
  }
  const joined = new Set(labels.values());
  return properties
    .filter((property) => !joined.has(property))
    .map((property) => {
      const text = labels.get(property)?.value;
      if (text === undefined) return property;
      return withParam(property, 'LABEL', unescapeText(text).replaceAll('\\', '\\\\'));
    });
}

/** The LABEL of an ADR becomes a property after it, unless it is a list. */
export function splitLabels(properties: readonly Property[]): Property[] {
  return properties.flatMap((property) => {
    const labels = property.name === 'ADR' ? property.params.filter(({ name }) => name === 'LABEL') : [];
    const [label, ...others] = labels.flatMap(({ values }) => values);
    if (label === undefined || others.length > 0) return [property];
    const params = property.params.filter((param) => param.name === 'TYPE');
    // RFC 6350 §6.3.1 writes line breaks in it as \n, RFC 6868 as ^n.
    const value = escapeText(unescapeText(label));
    return [withoutParams(property, 'LABEL'), { group: property.group, name: 'LABEL', params, value }];
  });
}

/** A PREF that 3.0 does not have would come back as a type, and the label with it. */
function isLabellable(address: Property): boolean {
  return paramOf(address, 'LABEL') === undefined && paramOf(address, 'PREF') !== '1';
}

function hasOnlyTypes(label: Property): boolean {
  return nameBareWords(label).params.every(({ name }) => name === 'TYPE');
}

function addressKey(property: Property): string {
  const types = (paramValues(property, 'TYPE') ?? []).map((type) => type.toLowerCase());
  return JSON.stringify([property.group?.toLowerCase(), ...new Set(types.sort())]);
}

/** SORT-STRING (RFC 2426 §3.6.5) becomes the SORT-AS of N (RFC 6350 §5.9). */
export function joinSortString(properties: readonly Property[]): Property[] {
  const names = properties.filter(({ name }) => name === 'N');
  const sorts = properties.filter(({ name }) => name === 'SORT-STRING');
  const [name] = names;
  const [sort] = sorts;
  const plain = sort?.params.length === 0 && sort.group === null;
  if (name === undefined || sort === undefined || sorts.length > 1 || names.length > 1)
    return [...properties];
  if (!plain || paramOf(name, 'SORT-AS') !== undefined) return [...properties];
  return properties
    .filter((property) => property !== sort)
    .map((property) => (property === name ? withParam(name, 'SORT-AS', unescapeText(sort.value)) : property));
}

/** The SORT-AS of N becomes a SORT-STRING, unless it is a list. */
export function splitSortAs(properties: readonly Property[]): Property[] {
  if (properties.some(({ name }) => name === 'SORT-STRING')) return [...properties];
  return properties.flatMap((property) => {
    const sorts = property.name === 'N' ? property.params.filter(({ name }) => name === 'SORT-AS') : [];
    const [sort, ...others] = sorts.flatMap(({ values }) => values);
    if (sort === undefined || others.length > 0) return [property];
    const value = escapeText(sort);
    return [withoutParams(property, 'SORT-AS'), { group: null, name: 'SORT-STRING', params: [], value }];
  });
}

/** 3.0 demands N (RFC 2426 §3.1.2), and Apple's Contacts shows "No Name" without it. */
export function addName(properties: readonly Property[]): Property[] {
  if (properties.some(({ name }) => name === 'N')) return [...properties];
  return [derived('N', nameFrom(properties)), ...properties];
}

/** 4.0 demands FN (RFC 6350 §6.2.1). */
export function addFormattedName(properties: readonly Property[]): Property[] {
  if (properties.some(({ name }) => name === 'FN')) return [...properties];
  return [derived('FN', formattedNameFrom(properties)), ...properties];
}

/** Takes an N or FN out again that was made here and that nobody has changed. */
export function dropDerived(properties: readonly Property[], name: 'N' | 'FN'): Property[] {
  const isMarked = (property: Property) =>
    property.name === name && paramOf(property, DERIVED_MARK) === 'true';
  if (!properties.some(isMarked)) return [...properties];
  const others = properties.filter((property) => !isMarked(property));
  const expected = name === 'N' ? nameFrom(others) : formattedNameFrom(others);
  return properties.flatMap((property) => {
    if (!isMarked(property)) return [property];
    return property.value === expected ? [] : [withoutParams(property, DERIVED_MARK)];
  });
}

function derived(name: string, value: string): Property {
  return { group: null, name, params: [{ name: DERIVED_MARK, values: ['true'] }], value };
}

function nameFrom(properties: readonly Property[]): string {
  const shown = properties.find(({ name }) => name === 'FN')?.value ?? '';
  return `${escapeText(unescapeText(shown))};;;;`;
}

function formattedNameFrom(properties: readonly Property[]): string {
  const name = properties.find((property) => property.name === 'N');
  const [family, given, additional, prefix, suffix] = splitValue(name?.value ?? '', ';');
  const parts = [prefix, given, additional, family, suffix].flatMap((part) => splitValue(part ?? '', ','));
  const full = parts.filter((part) => part.trim() !== '').join(' ');
  if (full !== '') return full;
  for (const instead of ['ORG', 'NICKNAME', 'EMAIL']) {
    const found = properties.find((property) => property.name === instead && property.value.trim() !== '');
    if (found !== undefined) return escapeText(unescapeText(splitValue(found.value, ';')[0] ?? ''));
  }
  return '';
}
