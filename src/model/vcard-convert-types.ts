import type { Param } from './contentline.ts';
import { type Property, paramOf, withoutParams, withParam } from './vcard-property.ts';

/** TYPE and PREF: what is `TYPE=pref` in 3.0 (RFC 2426 §3.3.1) is `PREF=1` in 4.0 (RFC 6350 §5.3). */

const ENCODINGS = new Set(['B', 'BASE64', 'QUOTED-PRINTABLE', '7BIT', '8BIT']);

/** Parameters of a 3.0 property as 4.0 writes them. */
export function typesTo4(property: Property): Property {
  const named = nameBareWords(property);
  if (!named.params.some(isPreferred) || paramOf(named, 'PREF') !== undefined) return named;
  return withParam(mapTypes(named, withoutPref), 'PREF', '1');
}

/** Parameters of a 4.0 property as 3.0 writes them. */
export function typesTo3(property: Property): Property {
  const named = nameBareWords(property);
  const listed = named.params.some(isQuotedList) ? mapTypes(named, splitList) : named;
  if (paramOf(listed, 'PREF') !== '1' || listed.params.some(isPreferred)) return listed;
  return withParam(withoutParams(listed, 'PREF'), 'TYPE', 'pref');
}

/** `TEL;HOME:` of vCard 2.1, which some put into later versions, is `TEL;TYPE=HOME:`. */
export function nameBareWords(property: Property): Property {
  if (property.params.every((param) => param.values.length > 0)) return property;
  return {
    ...property,
    params: property.params.map((param) => {
      if (param.values.length > 0) return param;
      return { name: ENCODINGS.has(param.name) ? 'ENCODING' : 'TYPE', values: [param.name] };
    }),
  };
}

function mapTypes(property: Property, change: (values: readonly string[]) => string[]): Property {
  const params: Param[] = [];
  for (const param of property.params) {
    const values = param.name === 'TYPE' ? change(param.values) : param.values;
    if (values.length > 0) params.push({ name: param.name, values });
  }
  return { ...property, params };
}

function isPreferred(param: Param): boolean {
  return param.name === 'TYPE' && withoutPref(param.values).length < splitList(param.values).length;
}

function isQuotedList(param: Param): boolean {
  return param.name === 'TYPE' && param.values.some((value) => value.includes(','));
}

function withoutPref(values: readonly string[]): string[] {
  return splitList(values).filter((value) => value.toLowerCase() !== 'pref');
}

/** `TYPE="voice,home"` is a list of two, though it is quoted (RFC 6350 §6.4.1 has it so). */
export function splitList(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(','));
}
