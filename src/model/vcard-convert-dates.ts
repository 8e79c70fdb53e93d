import { type Property, paramOf, withoutParams, withParam } from './vcard-property.ts';

/** Dates: 3.0 has the extended format of ISO 8601 (RFC 2426 §4), 4.0 the basic one and parts of dates (RFC 6350 §4.3). */

const DATE_3 = /^(\d{4})-?(\d\d)-?(\d\d)$/;
const YEARLESS_3 = /^--(\d\d)-?(\d\d)$/;
const TIMESTAMP_3 = /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)(?:[.,]0+)?(Z|[+-]\d\d:?\d\d|)$/i;
const YEARLESS_4 = /^--(\d\d)-?(\d\d)$/;
const ZONE = /^([+-])(\d\d):?(\d\d)?$/;

/** What VALUE says of a date in either version: nothing that its form does not say. */
const DATE_TYPES: ReadonlySet<string> = new Set(['date', 'date-time', 'date-and-or-time', 'timestamp']);
const OMIT_YEAR = 'X-APPLE-OMIT-YEAR';
/** A leap year that nobody alive is born in: what Apple's programs write for "no year". */
const NO_YEAR = '1604';

/** BDAY and its like from 3.0; null for what is no date. */
export function dateTo4(property: Property): Property | null {
  if (!isDate(property)) return null;
  const plain = withoutParams(property, 'VALUE');
  const date = DATE_3.exec(property.value);
  if (date !== null) {
    const [, year = '', month = '', day = ''] = date;
    if (paramOf(plain, OMIT_YEAR) !== year) return { ...plain, value: year + month + day };
    return { ...withoutParams(plain, OMIT_YEAR), value: `--${month}${day}` };
  }
  const yearless = YEARLESS_3.exec(property.value);
  if (yearless !== null)
    return { ...withoutParams(plain, OMIT_YEAR), value: `--${yearless[1]}${yearless[2]}` };
  const value = timestampTo4(property.value);
  return value === null ? null : { ...plain, value };
}

/** BDAY and its like from 4.0; null for parts of dates other than a missing year, and for texts. */
export function dateTo3(property: Property): Property | null {
  if (!isDate(property)) return null;
  const plain = withoutParams(property, 'VALUE');
  const date = DATE_3.exec(property.value);
  if (date !== null) return { ...plain, value: `${date[1]}-${date[2]}-${date[3]}` };
  const yearless = YEARLESS_4.exec(property.value);
  if (yearless !== null) {
    const value = `${NO_YEAR}-${yearless[1]}-${yearless[2]}`;
    return { ...withParam(withoutParams(plain, OMIT_YEAR), OMIT_YEAR, NO_YEAR), value };
  }
  const value = timestampTo3(property.value);
  return value === null ? null : { ...plain, value };
}

/** REV from 3.0. */
export function revisionTo4(property: Property): Property | null {
  const value = isDate(property) ? timestampTo4(property.value) : null;
  return value === null ? null : { ...withoutParams(property, 'VALUE'), value };
}

/** REV from 4.0. */
export function revisionTo3(property: Property): Property | null {
  const value = isDate(property) ? timestampTo3(property.value) : null;
  return value === null ? null : { ...withoutParams(property, 'VALUE'), value };
}

/** TZ from 3.0, where an offset is what is meant unless VALUE says text (RFC 2426 §3.4.1). */
export function zoneTo4(property: Property): Property {
  const type = paramOf(property, 'VALUE')?.toLowerCase();
  if (type === 'text') return withoutParams(property, 'VALUE');
  if (type !== undefined && type !== 'utc-offset') return property;
  const offset = offsetTo4(property.value);
  if (offset === null) return property;
  return { ...withParam(withoutParams(property, 'VALUE'), 'VALUE', 'utc-offset'), value: offset };
}

/** TZ from 4.0, where it is a text unless VALUE says otherwise (RFC 6350 §6.5.1). */
export function zoneTo3(property: Property): Property {
  const type = paramOf(property, 'VALUE')?.toLowerCase();
  if (type === undefined || type === 'text') {
    return withParam(withoutParams(property, 'VALUE'), 'VALUE', 'text');
  }
  const offset = type === 'utc-offset' ? offsetTo3(property.value) : null;
  return offset === null ? property : { ...withoutParams(property, 'VALUE'), value: offset };
}

function isDate(property: Property): boolean {
  const type = paramOf(property, 'VALUE')?.toLowerCase();
  return type === undefined || DATE_TYPES.has(type);
}

function timestampTo4(value: string): string | null {
  const parts = TIMESTAMP_3.exec(value);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second, zone = ''] = parts;
  return `${year}${month}${day}T${hour}${minute}${second}${offsetTo4(zone) ?? zone.toUpperCase()}`;
}

function timestampTo3(value: string): string | null {
  const parts = TIMESTAMP_3.exec(value.replace(/([+-]\d\d)$/, '$100'));
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second, zone = ''] = parts;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${offsetTo3(zone) ?? zone.toUpperCase()}`;
}

/** `-05:00` → `-0500` */
function offsetTo4(value: string): string | null {
  const parts = ZONE.exec(value);
  return parts === null ? null : `${parts[1]}${parts[2]}${parts[3] ?? '00'}`;
}

/** `-0500` → `-05:00` */
function offsetTo3(value: string): string | null {
  const parts = ZONE.exec(value);
  return parts === null ? null : `${parts[1]}${parts[2]}:${parts[3] ?? '00'}`;
}
