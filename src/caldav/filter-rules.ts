import { refuse } from '../dav/errors.ts';
import type { CompFilter, PropFilter } from '../model/calendar-filter.ts';
import { preconditions } from './preconditions.ts';

/** Components where RFC 5545 §3.6, RFC 7953 §3.1 and RFC 9073 §7 put them. Others may stand anywhere. */
const inside: ReadonlyMap<string, readonly string[]> = new Map([
  ['VCALENDAR', ['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VTIMEZONE', 'VAVAILABILITY']],
  ['VEVENT', ['VALARM', 'PARTICIPANT', 'VLOCATION', 'VRESOURCE']],
  ['VTODO', ['VALARM', 'PARTICIPANT', 'VLOCATION', 'VRESOURCE']],
  ['VJOURNAL', ['PARTICIPANT', 'VLOCATION', 'VRESOURCE']],
  ['VFREEBUSY', ['PARTICIPANT', 'VLOCATION', 'VRESOURCE']],
  ['VALARM', ['VLOCATION']],
  ['PARTICIPANT', ['VLOCATION', 'VRESOURCE']],
  ['VTIMEZONE', ['STANDARD', 'DAYLIGHT']],
  ['VAVAILABILITY', ['AVAILABLE']],
]);
const known = new Set(['VCALENDAR', ...[...inside.values()].flat()]);

/** Components that happen at no time (RFC 4791 §9.9). */
const timeless = new Set(['VTIMEZONE', 'STANDARD', 'DAYLIGHT', 'PARTICIPANT', 'VLOCATION', 'VRESOURCE']);

/** Properties whose values are dates or periods, so that they can lie in a range (RFC 4791 §9.9). */
const dated = new Set([
  ...['COMPLETED', 'DTEND', 'DUE', 'DTSTART', 'FREEBUSY', 'RECURRENCE-ID', 'EXDATE', 'RDATE', 'TRIGGER'],
  ...['CREATED', 'DTSTAMP', 'LAST-MODIFIED', 'ACKNOWLEDGED'],
]);

/** @throws DavError valid-filter for a filter that contradicts itself or iCalendar (RFC 4791 §7.8) */
export function demandValid(filter: CompFilter): void {
  const { name, isNotDefined, timeRange, props, comps } = filter;
  if (isNotDefined && (timeRange || props.length > 0 || comps.length > 0)) {
    throw invalid(`what is not defined has nothing else: ${name}`);
  }
  if (timeRange && timeless.has(name)) throw invalid(`${name} happens at no time`);
  for (const prop of props) demandValidProp(prop);
  for (const comp of comps) {
    if (known.has(comp.name) && inside.has(name) && !inside.get(name)?.includes(comp.name)) {
      throw invalid(`there is no ${comp.name} in ${name}`);
    }
    demandValid(comp);
  }
}

function demandValidProp({ name, isNotDefined, timeRange, textMatch, params }: PropFilter): void {
  const others = [timeRange, textMatch, ...params].filter(Boolean).length;
  if (isNotDefined && others > 0) throw invalid(`what is not defined has nothing else: ${name}`);
  if (timeRange && textMatch) throw invalid(`${name} is compared either with a text or with a time`);
  if (timeRange && !dated.has(name) && !name.startsWith('X-')) throw invalid(`${name} has no time`);
  for (const param of params) {
    if (param.isNotDefined && param.textMatch)
      throw invalid(`what is not defined has nothing else: ${param.name}`);
  }
}

function invalid(message: string) {
  return refuse(preconditions.validFilter, message);
}
