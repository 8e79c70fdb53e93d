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
  if (component.name === 'VFREEBUSY') return freeBusyOverlaps(component, range, series.zones);
  if (component.name === 'VAVAILABILITY') return availabilityOverlaps(component, range, series.zones);
  if (isUndatedTask(component)) return undatedTaskOverlaps(component, range, series.zones);
  for (const _ of overlappingOccurrences(series, range, work, component)) return true;
  return false;
}

/**
 * The occurrences of events, tasks and journal entries that overlap a range.
 * @param only leaves out what other components describe
 */
export function* overlappingOccurrences(
  series: Series,
  range: TimeRange,
  work: Work,
  only?: Component,
): Generator<Occurrence, void, undefined> {
  for (const occurrence of occurrencesOf(series, { from: range.start, to: range.end }, work, only)) {
    if (occurrenceOverlaps(occurrence, range)) yield occurrence;
  }
}

function occurrenceOverlaps(occurrence: Occurrence, range: TimeRange): boolean {
  switch (occurrence.component.name) {
    case 'VEVENT':
    case 'VJOURNAL':
      return spanOverlaps(occurrence.startsAt, occurrence.endsAt, range);
    case 'VTODO':
      return taskOverlaps(occurrence, range);
    default:
      return false;
  }
}

/** What has a length overlaps where it shares more than an end; a point in time has to lie inside. */
export function spanOverlaps(startsAt: number, endsAt: number, range: TimeRange): boolean {
  if (endsAt > startsAt) return range.start < endsAt && range.end > startsAt;
  return range.start <= startsAt && range.end > startsAt;
}

/** The first four rows of the table for VTODO: DTSTART with DURATION, with DUE, alone; DUE alone. */
function taskOverlaps({ component, startsAt, endsAt }: Occurrence, { start, end }: TimeRange): boolean {
  const due = hasDate(component, 'DUE');
  if (!hasDate(component, 'DTSTART')) return start < startsAt && end >= startsAt;
  if (due) return (start < endsAt || start <= startsAt) && (end > startsAt || end >= endsAt);
  if (property(component, 'DURATION') !== undefined) {
    return start <= endsAt && (end > startsAt || end >= endsAt);
  }
  return start <= startsAt && end > startsAt;
}

/** A VTODO that has no occurrences because nothing says when. */
export function isUndatedTask(component: Component): boolean {
  return component.name === 'VTODO' && !hasDate(component, 'DTSTART') && !hasDate(component, 'DUE');
}

/** The last four rows: COMPLETED with CREATED, either alone, neither. */
export function undatedTaskOverlaps(component: Component, { start, end }: TimeRange, zones: Zones): boolean {
  const completed = instantOfProperty(component, 'COMPLETED', zones);
  const created = instantOfProperty(component, 'CREATED', zones);
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

function hasDate(component: Component, name: string): boolean {
  return dateOfLine(property(component, name)) !== null;
}

function instantOfProperty(component: Component, name: string, zones: Zones): number | null {
  const value = dateOfLine(property(component, name));
  return value === null ? null : instantOf(value, zones);
}
