import { refuse } from '../dav/errors.ts';
import { qname } from '../dav/names.ts';
import { child, childrenOf, type Element } from '../dav/xml.ts';
import type { CompFilter, ParamFilter, PropFilter, TimeRange } from '../model/calendar-filter.ts';
import { LIMITS } from '../model/calendar-limits.ts';
import { formatUtc } from '../model/date-value.ts';
import { type Collation, isCollation, type TextMatch } from '../model/text-match.ts';
import type { PropertyName } from '../store/types.ts';
import { demandValid } from './filter-rules.ts';
import { preconditions } from './preconditions.ts';

const C = (local: string): PropertyName => qname('C', local);

/** Reads `C:filter`, whose one comp-filter names VCALENDAR (RFC 4791 §9.7). */
export function readFilter(filter: Element | undefined): CompFilter {
  const [top, ...others] = childrenOf(filter, C('comp-filter'));
  if (!top || others.length > 0) {
    throw refuse(preconditions.validFilter, 'a calendar-query needs a C:filter with one C:comp-filter');
  }
  const read = readCompFilter(top);
  if (read.name !== 'VCALENDAR') {
    throw refuse(preconditions.validFilter, `the outermost comp-filter is for VCALENDAR, not ${read.name}`);
  }
  demandValid(read);
  return read;
}

function readCompFilter(element: Element): CompFilter {
  return {
    name: nameOf(element),
    isNotDefined: child(element, C('is-not-defined')) !== undefined,
    ...optional('timeRange', child(element, C('time-range')), readTimeRange),
    props: childrenOf(element, C('prop-filter')).map(readPropFilter),
    comps: childrenOf(element, C('comp-filter')).map(readCompFilter),
  };
}

function readPropFilter(element: Element): PropFilter {
  return {
    name: nameOf(element),
    isNotDefined: child(element, C('is-not-defined')) !== undefined,
    ...optional('timeRange', child(element, C('time-range')), readTimeRange),
    ...optional('textMatch', child(element, C('text-match')), readTextMatch),
    params: childrenOf(element, C('param-filter')).map(readParamFilter),
  };
}

function readParamFilter(element: Element): ParamFilter {
  return {
    name: nameOf(element),
    isNotDefined: child(element, C('is-not-defined')) !== undefined,
    ...optional('textMatch', child(element, C('text-match')), readTextMatch),
  };
}

/** RFC 4791 §9.7.5: always a substring. The default collation is i;ascii-casemap. */
function readTextMatch(element: Element): TextMatch {
  return {
    text: element.nodes.filter((node) => typeof node === 'string').join(''),
    collation: readCollation(element.attributes['collation']),
    type: 'contains',
    negate: element.attributes['negate-condition'] === 'yes',
  };
}

function readCollation(name: string | undefined): Collation {
  if (name === undefined || name === 'default') return 'i;ascii-casemap';
  if (isCollation(name)) return name;
  throw refuse(preconditions.supportedCollation, `the collation "${name}" is not supported`);
}

/**
 * RFC 4791 §9.9: UTC times, one of which may be missing. In ms since 1970, half-open.
 * @throws DavError valid-filter where a time is not in UTC or the end is not after the start
 */
export function readTimeRange({ attributes }: Element): TimeRange {
  const { start, end } = attributes;
  const range = {
    start: start === undefined ? -Infinity : readUtc(start),
    end: end === undefined ? Infinity : readUtc(end),
  };
  if (start === undefined && end === undefined) {
    throw refuse(preconditions.validFilter, 'a time-range needs a start or an end');
  }
  if (start !== undefined && range.start < LIMITS.minDateTime) {
    throw refuse(preconditions.minDateTime, `"${start}" is before ${formatUtc(LIMITS.minDateTime)}`);
  }
  if (end !== undefined && range.end > LIMITS.maxDateTime) {
    throw refuse(preconditions.maxDateTime, `"${end}" is after ${formatUtc(LIMITS.maxDateTime)}`);
  }
  if (range.end <= range.start)
    throw refuse(preconditions.validFilter, 'the end of a time-range is after its start');
  return range;
}

function readUtc(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text.trim());
  const time =
    match && Date.parse(`${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6]}Z`);
  if (!time && time !== 0)
    throw refuse(preconditions.validFilter, `"${text}" is not a UTC time like 20240501T000000Z`);
  return time;
}

function nameOf({ attributes }: Element): string {
  const name = attributes['name'];
  if (!name) throw refuse(preconditions.validFilter, 'a filter needs a name');
  return name.toUpperCase();
}

function optional<K extends string, V>(
  key: K,
  element: Element | undefined,
  read: (element: Element) => V,
): { [P in K]?: V } {
  return (element ? { [key]: read(element) } : {}) as { [P in K]?: V };
}
