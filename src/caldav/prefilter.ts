import type { CompFilter, TimeRange } from '../model/calendar-filter.ts';
import type { Facts, Selection } from '../store/types.ts';

/** What a filter asks of an object's facts; an object outside the selection cannot match. */
export function narrow(filter: CompFilter): Selection {
  const only = onlyComponent(filter);
  if (!only) return {};
  const { start, end } = only.timeRange ?? {};
  return {
    component: only.name,
    ...(start !== undefined && start !== -Infinity && { start }),
    ...(end !== undefined && end !== Infinity && { end }),
  };
}

/**
 * Whether an object matches, as far as its facts alone tell; undefined where its bytes must be looked at. Decides the
 * listings that most clients poll with: one component, with or without an open time range.
 */
export function decide(filter: CompFilter, facts: Facts): boolean | undefined {
  const only = onlyComponent(filter);
  if (!only || facts.component === '') return undefined;
  if (facts.component !== only.name) return false;
  if (only.props.length > 0 || only.comps.length > 0) return undefined;
  const range = only.timeRange;
  if (!range) return true;
  if (facts.start >= range.end || facts.end < range.start) return false;
  // The facts bound every occurrence, and what does not recur has one: it lies inside if its bounds do.
  const inside = facts.start >= range.start && facts.end < range.end;
  return inside && !facts.recurring && facts.component === 'VEVENT' ? true : undefined;
}

/** A filter that asks when a component happens. */
export interface RangeFilter {
  readonly name: string;
  readonly range: TimeRange;
  /** It asks for nothing else. */
  readonly alone: boolean;
}

/** What a filter asks about time, where it has the one time-range that calendars are looked through by. */
export function rangeFilter(filter: CompFilter): RangeFilter | undefined {
  const only = onlyComponent(filter);
  if (!only?.timeRange) return undefined;
  const alone = only.props.length === 0 && only.comps.length === 0;
  return { name: only.name, range: only.timeRange, alone };
}

/** The one component that VCALENDAR must have, where the filter asks for exactly that. */
function onlyComponent(filter: CompFilter): CompFilter | undefined {
  if (filter.isNotDefined || filter.timeRange || filter.props.length > 0 || filter.comps.length !== 1)
    return undefined;
  const [only] = filter.comps;
  return only && !only.isNotDefined && stored.includes(only.name) ? only : undefined;
}

/** Components that facts name; VTIMEZONE and VALARM stand beside or below them. */
const stored = ['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VAVAILABILITY'];
