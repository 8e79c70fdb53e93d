import { madeComponent, madeLine } from './calendar-write.ts';
import { type Calendar, type Component, mainComponents, property } from './component.ts';
import type { ContentLine } from './contentline.ts';
import {
  type DateValue,
  dateOfLine,
  formatDate,
  formatDateTime,
  formatUtc,
  instantOf,
  valueAt,
} from './date-value.ts';
import type { Occurrence } from './occurrences.ts';
import { seriesOf, workFor } from './series.ts';
import { overlappingSpans, type Spans } from './spans.ts';
import { isUndatedTask, overlappingOccurrences, type TimeRange, undatedTaskOverlaps } from './time-range.ts';
import { endOf, startOf, type Timing, timingOf } from './timing.ts';
import { type Effort, TooMuch } from './work.ts';
import type { Zone } from './zone.ts';
import { type Zones, zonesOf } from './zones.ts';

/** How much an expanded object may take: of work, and octets. */
export interface ExpandLimits extends Effort {
  readonly octets: number;
}

/** Enough for some 20,000 occurrences. An object of 50 KB every day for three months is 4 MB. */
const LIMITS: ExpandLimits = { steps: 100_000, octets: 2 ** 22 };
/** Octets that can be copied while an occurrence is written: its dates are made anew. */
const OCCURRENCE = 32;
const OCCURRING = new Set(['VEVENT', 'VTODO', 'VJOURNAL']);
/** What makes a component recur, and has no place in a single occurrence. */
const RECURRENCE = new Set(['RRULE', 'RDATE', 'EXDATE', 'EXRULE', 'RECURRENCE-ID']);

/**
 * The object as one component for each occurrence that overlaps the range, in order of time (RFC 4791 §9.6.5).
 * Times in a zone become UTC, so that no time zones are needed; dates and floating times stay what they are.
 * @param floating where dates and floating times are read to tell what overlaps
 * @param known exact spans of the range, where there are any: nothing is computed then
 * @throws TooMuch if it takes more than the limits
 */
export function expandCalendar(
  calendar: Calendar,
  range: TimeRange,
  floating: Zone,
  limits = LIMITS,
  known?: Spans,
): Calendar {
  const zones = zonesOf(calendar, floating);
  const { root } = calendar;
  const occurrences = limited(
    known ? knownOccurrences(calendar, known, range, zones) : occurrencesIn(calendar, range, zones, limits),
    limits.octets,
  );
  const others = root.components.filter((component) => staysAsItIs(component, range, zones));
  const timings = timingsBy(zones);
  const components = [...occurrences.map((occurrence) => single(occurrence, timings, zones)), ...others];
  return { source: calendar.source, root: { ...root, components } };
}

function limited(occurrences: Iterable<Occurrence>, most: number): Occurrence[] {
  const found: Occurrence[] = [];
  let octets = 0;
  for (const occurrence of occurrences) {
    octets += occurrence.component.end - occurrence.component.start + OCCURRENCE;
    if (octets > most) throw new TooMuch('the expanded object is too large: ask for a shorter time');
    found.push(occurrence);
  }
  return found.sort((a, b) => a.startsAt - b.startsAt);
}

function* occurrencesIn(
  calendar: Calendar,
  range: TimeRange,
  zones: Zones,
  effort: Effort,
): Iterable<Occurrence> {
  const series = seriesOf(calendar, zones);
  const work = workFor(series, effort);
  yield* overlappingOccurrences(series, range, work);
  work.demandLeft('expanding the object');
}

/** The occurrences that spans stand for: what the spans don't say follows from the components. */
function* knownOccurrences(
  calendar: Calendar,
  known: Spans,
  range: TimeRange,
  zones: Zones,
): Iterable<Occurrence> {
  const parts = mainComponents(calendar).map((component) => ({
    component,
    first: startOf(component),
    id: dateOfLine(property(component, 'RECURRENCE-ID')),
    recurring: component.properties.some(({ name }) => name === 'RRULE' || name === 'RDATE'),
  }));
  for (const { part, startsAt, endsAt } of overlappingSpans(known, range)) {
    const { component, first, id, recurring } = parts[part] ?? {};
    if (component === undefined || !first) continue;
    const start = isZoned(first) ? utcValue(startsAt) : valueAt(startsAt, first, zones);
    yield { component, start, startsAt, endsAt, id: id ?? (recurring ? start : null) };
  }
}

/** What has no occurrences, and no need of time zones. */
function staysAsItIs(component: Component, range: TimeRange, zones: Zones): boolean {
  if (isUndatedTask(component)) return undatedTaskOverlaps(component, range, zones);
  return !OCCURRING.has(component.name) && component.name !== 'VTIMEZONE';
}

type Timings = (component: Component) => Timing | null;

/** Each is read once, though thousands of occurrences may be of one component. */
function timingsBy(zones: Zones): Timings {
  const known = new Map<Component, Timing | null>();
  return (component) => {
    const timing = known.get(component) ?? timingOf(component, zones);
    known.set(component, timing);
    return timing;
  };
}

function single(occurrence: Occurrence, timings: Timings, zones: Zones): Component {
  const { component, id } = occurrence;
  const start = isZoned(occurrence.start) ? utcValue(occurrence.startsAt) : occurrence.start;
  const told = { ...occurrence, start };
  const properties: ContentLine[] = [];
  for (const line of component.properties) {
    if (RECURRENCE.has(line.name)) continue;
    properties.push(dateOf(line, told, timings, zones) ?? withoutZone(line, zones));
  }
  if (id !== null) properties.push(dateLine('RECURRENCE-ID', id === occurrence.start ? start : id, zones));
  return madeComponent(component.name, properties, component.components);
}

/** Times in a zone, which in an expanded object are in UTC. */
function isZoned({ form, tzid }: DateValue): boolean {
  return form === 'local' && tzid !== null;
}

function utcValue(instant: number): DateValue {
  return { wall: instant, form: 'utc', tzid: null };
}

/** The line that says when, for this occurrence; null if the line is not one. */
function dateOf(
  line: ContentLine,
  occurrence: Occurrence,
  timings: Timings,
  zones: Zones,
): ContentLine | null {
  const { component, start } = occurrence;
  switch (line.name) {
    case 'DTSTART':
      return dateLine(line.name, start, zones);
    case 'DTEND':
    case 'DUE':
      return dateLine(line.name, endValue(line, occurrence, zones), zones);
    case 'DURATION': {
      const timing = timings(component);
      // An RDATE may be a period with a length of its own, and a day in UTC always has 24 hours.
      if (timing === null || endOf(start, timing.length, zones) === occurrence.endsAt) return null;
      return madeLine('DTEND', [], formatUtc(occurrence.endsAt));
    }
    default:
      return null;
  }
}

/** The end of an occurrence in the form that its DTEND or DUE has. */
function endValue(line: ContentLine, { component, start, endsAt }: Occurrence, zones: Zones): DateValue {
  const own = dateOfLine(line);
  // A task without DTSTART is reckoned by its DUE.
  if (own === null || property(component, 'DTSTART') === undefined) return start;
  if (isZoned(own)) return utcValue(endsAt);
  return valueAt(endsAt, own, zones);
}

/** Other properties in a zone that will not be there, which only extensions have. */
function withoutZone(line: ContentLine, zones: Zones): ContentLine {
  const value = line.params.some(({ name }) => name === 'TZID') ? dateOfLine(line) : null;
  return value === null ? line : dateLine(line.name, value, zones);
}

function dateLine(name: string, value: DateValue, zones: Zones): ContentLine {
  if (value.form === 'date')
    return madeLine(name, [{ name: 'VALUE', values: ['DATE'] }], formatDate(value.wall));
  if (value.form === 'local' && value.tzid === null) return madeLine(name, [], formatDateTime(value.wall));
  return madeLine(name, [], formatUtc(instantOf(value, zones)));
}
