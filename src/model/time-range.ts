import { type Component, propertiesOf, property } from './component.ts';
import { dateOfLine, instantOf, parseDuration, periodsOfLine } from './date-value.ts';
import { type Occurrence, occurrencesOf } from './occurrences.ts';
import type { Series } from './series.ts';
import { endOf } from './timing.ts';
import type { Work } from './work.ts';
import type { Zones } from './zones.ts';

/** ms UTC, half-open; infinite where the query leaves a side open (RFC 4791 §9.9). */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Whether one of the times at which a component of the object happens overlaps the range (RFC 4791 §9.9). Of the
 * occurrences of a recurring object each component answers for those that it describes.
 */
export function componentOverlaps(
  component: Component,
  range: TimeRange,
  series: Series,
  work: Work,
): boolean {
  switch (component.name) {
    case 'VEVENT':
    case 'VJOURNAL':
      return someOccurrence(component, range, series, work, (occurrence) => eventOverlaps(occurrence, range));
    case 'VTODO':
      return taskOverlaps(component, range, series, work);
    case 'VFREEBUSY':
      return freeBusyOverlaps(component, range, series.zones);
    case 'VAVAILABILITY':
      return availabilityOverlaps(component, range, series.zones);
    default:
      return false;
  }
}

function someOccurrence(
  component: Component,
  range: TimeRange,
  series: Series,
  work: Work,
  test: (occurrence: Occurrence) => boolean,
): boolean {
  for (const occurrence of occurrencesOf(series, { from: range.start, to: range.end }, work, component)) {
    if (test(occurrence)) return true;
  }
  return false;
}

/** Something with a length overlaps where it shares more than an end; a point in time has to lie inside. */
export function eventOverlaps(
  { startsAt, endsAt }: Omit<Occurrence, 'component' | 'id' | 'start'>,
  range: TimeRange,
): boolean {
  if (endsAt > startsAt) return range.start < endsAt && range.end > startsAt;
  return range.start <= startsAt && range.end > startsAt;
}

/** The eight rows of the table for VTODO, in its order. */
function taskOverlaps(component: Component, { start, end }: TimeRange, series: Series, work: Work): boolean {
  const has = (name: string): boolean => dateOfLine(property(component, name)) !== null;
  const overlaps = (test: (occurrence: Occurrence) => boolean): boolean =>
    someOccurrence(component, { start, end }, series, work, test);

  if (has('DTSTART') && has('DUE')) {
    return overlaps(
      ({ startsAt, endsAt }) => (start < endsAt || start <= startsAt) && (end > startsAt || end >= endsAt),
    );
  }
  if (has('DTSTART') && property(component, 'DURATION') !== undefined) {
    return overlaps(({ startsAt, endsAt }) => start <= endsAt && (end > startsAt || end >= endsAt));
  }
  if (has('DTSTART')) return overlaps(({ startsAt }) => start <= startsAt && end > startsAt);
  if (has('DUE')) return overlaps(({ startsAt }) => start < startsAt && end >= startsAt);

  const completed = instantOfProperty(component, 'COMPLETED', series.zones);
  const created = instantOfProperty(component, 'CREATED', series.zones);
  if (completed !== null && created !== null) {
    return (start <= created || start <= completed) && (end >= created || end >= completed);
  }
  if (completed !== null) return start <= completed && end >= completed;
  return created === null || end > created;
}

function freeBusyOverlaps(component: Component, range: TimeRange, zones: Zones): boolean {
  const start = instantOfProperty(component, 'DTSTART', zones);
  const end = instantOfProperty(component, 'DTEND', zones);
  if (start !== null && end !== null) return range.start <= end && range.end > start;
  return propertiesOf(component, 'FREEBUSY')
    .flatMap(periodsOfLine)
    .some((period) => {
      const startsAt = instantOf(period.start, zones);
      const endsAt =
        period.end === null ? endOf(period.start, period.duration ?? 0, zones) : instantOf(period.end, zones);
      return range.start < endsAt && range.end > startsAt;
    });
}

/** RFC 7953 §3.1: without DTSTART or an end it is open on that side. */
function availabilityOverlaps(component: Component, range: TimeRange, zones: Zones): boolean {
  const start = dateOfLine(property(component, 'DTSTART'));
  const duration = parseDuration(property(component, 'DURATION')?.value ?? '');
  const startsAt = start === null ? -Infinity : instantOf(start, zones);
  const endsAt =
    instantOfProperty(component, 'DTEND', zones) ??
    (start !== null && duration !== null ? endOf(start, duration, zones) : Infinity);
  return range.start < endsAt && range.end > startsAt;
}

function instantOfProperty(component: Component, name: string, zones: Zones): number | null {
  const value = dateOfLine(property(component, name));
  return value === null ? null : instantOf(value, zones);
}
