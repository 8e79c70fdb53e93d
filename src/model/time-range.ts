import { type Component, propertiesOf, property } from './component.ts';
import { dateOfLine, instantOf, parseDuration, periodsOfLine } from './date-value.ts';
import { type Occurrence, occurrencesDescribedBy, occurrencesOf } from './occurrences.ts';
import type { Series } from './series.ts';
import { endOf } from './timing.ts';
import type { Work } from './work.ts';
import type { Zones } from './zones.ts';

/** ms UTC, half-open; infinite where the query leaves a side open (RFC 4791 §9.9). */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

/** Which components of an object overlap a range. The occurrences are looked at once, whoever is asked about. */
export class Overlaps {
  readonly #range: TimeRange;
  readonly #series: Series;
  readonly #work: Work;
  /** Components of which an occurrence was found to overlap. */
  readonly #found = new Set<Component>();
  /** Occurrences that were not looked at yet. */
  readonly #rest: Iterator<Occurrence, void, undefined>;

  constructor(range: TimeRange, series: Series, work: Work) {
    this.#range = range;
    this.#series = series;
    this.#work = work;
    this.#rest = overlappingOccurrences(series, range, work);
  }

  /**
   * Whether one of the times at which a component happens overlaps the range (RFC 4791 §9.9). Of the occurrences of a
   * recurring object each component answers for those that it describes.
   */
  of(component: Component): boolean {
    const { zones } = this.#series;
    // No row of the tables: what python-caldav asks where it wants components of any kind.
    if (component.name === 'VCALENDAR') return component.components.some((part) => this.of(part));
    if (component.name === 'VFREEBUSY') return freeBusyOverlaps(component, this.#range, zones);
    if (component.name === 'VAVAILABILITY') return availabilityOverlaps(component, this.#range, zones);
    if (isUndatedTask(component)) return undatedTaskOverlaps(component, this.#range, zones);
    const part = this.#series.parts.get(component);
    if (part === undefined) return false;
    // What overrides one occurrence describes that alone.
    return 'id' in part && !part.andFuture ? this.#happensOnce(component) : this.#comes(component);
  }

  #happensOnce(component: Component): boolean {
    const window = { from: this.#range.start, to: this.#range.end };
    const overlaps = overlapTest(component, this.#range);
    for (const occurrence of occurrencesDescribedBy(component, this.#series, window, this.#work)) {
      if (overlaps(occurrence)) return true;
    }
    return false;
  }

  #comes(component: Component): boolean {
    if (this.#found.has(component)) return true;
    for (let next = this.#rest.next(); !next.done; next = this.#rest.next()) {
      this.#found.add(next.value.component);
      if (next.value.component === component) return true;
    }
    return false;
  }
}

/** The occurrences of events, tasks and journal entries that overlap a range. */
export function* overlappingOccurrences(
  series: Series,
  range: TimeRange,
  work: Work,
): Generator<Occurrence, void, undefined> {
  const tests = new Map<Component, OverlapTest>();
  for (const occurrence of occurrencesOf(series, { from: range.start, to: range.end }, work)) {
    const { component } = occurrence;
    const overlaps = tests.get(component) ?? overlapTest(component, range);
    tests.set(component, overlaps);
    if (overlaps(occurrence)) yield occurrence;
  }
}

/** Whether a span of a component overlaps the range for which the test was made. */
export type OverlapTest = (span: Pick<Occurrence, 'startsAt' | 'endsAt'>) => boolean;

/** Rows of the tables in RFC 4791 §9.9 for what happens at some time: VEVENT and VJOURNAL, then VTODO. */
export type TimeRow = 'span' | 'due' | 'start and due' | 'start and duration' | 'start';

/** The row that fits a component; null where occurrences say nothing about it. */
export function rowOf(component: Component): TimeRow | null {
  if (component.name === 'VEVENT' || component.name === 'VJOURNAL') return 'span';
  if (component.name !== 'VTODO' || isUndatedTask(component)) return null;
  if (!hasDate(component, 'DTSTART')) return 'due';
  if (hasDate(component, 'DUE')) return 'start and due';
  return property(component, 'DURATION') === undefined ? 'start' : 'start and duration';
}

/** The condition of a row. */
export function rowTest(row: TimeRow, range: TimeRange): OverlapTest {
  const { start, end } = range;
  switch (row) {
    case 'span':
      return ({ startsAt, endsAt }) => spanOverlaps(startsAt, endsAt, range);
    case 'due':
      return ({ startsAt: due }) => start < due && end >= due;
    case 'start and due':
      return ({ startsAt, endsAt: due }) =>
        (start < due || start <= startsAt) && (end > startsAt || end >= due);
    case 'start and duration':
      return ({ startsAt, endsAt }) => start <= endsAt && (end > startsAt || end >= endsAt);
    case 'start':
      return ({ startsAt }) => start <= startsAt && end > startsAt;
  }
}

function overlapTest(component: Component, range: TimeRange): OverlapTest {
  const row = rowOf(component);
  return row === null ? () => false : rowTest(row, range);
}

/** What has a length overlaps where it shares more than an end; a point in time has to lie inside. */
export function spanOverlaps(startsAt: number, endsAt: number, range: TimeRange): boolean {
  if (endsAt > startsAt) return range.start < endsAt && range.end > startsAt;
  return range.start <= startsAt && range.end > startsAt;
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
  return propertiesOf(component, 'FREEBUSY').some((line) =>
    periodsOfLine(line).some((period) => {
      const startsAt = instantOf(period.start, zones);
      const endsAt =
        period.end === null ? endOf(period.start, period.duration ?? 0, zones) : instantOf(period.end, zones);
      return range.start < endsAt && range.end > startsAt;
    }),
  );
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
