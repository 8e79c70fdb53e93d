import { madeComponent, madeLine } from './calendar-write.ts';
import { DAY } from './civil.ts';
import { type Calendar, type Component, property } from './component.ts';
import type { ContentLine } from './contentline.ts';
import {
  type DateValue,
  dateOfLine,
  formatDate,
  formatDateTime,
  formatUtc,
  instantOf,
} from './date-value.ts';
import type { Occurrence } from './occurrences.ts';
import { type Series, seriesOf, workFor } from './series.ts';
import { isUndatedTask, overlappingOccurrences, type TimeRange, undatedTaskOverlaps } from './time-range.ts';
import { endOf, timingOf } from './timing.ts';
import { TooMuch } from './work.ts';
import type { Zone } from './zone.ts';
import { type Zones, zonesOf } from './zones.ts';

/** How much an expanded object may take: steps of the budget, and octets. */
export interface ExpandLimits {
  readonly steps: number;
  readonly octets: number;
}

/** Enough for some 20,000 occurrences. An object of 50 KB every day for three months is 4 MB. */
const LIMITS: ExpandLimits = { steps: 100_000, octets: 2 ** 22 };
const OCCURRING = new Set(['VEVENT', 'VTODO', 'VJOURNAL']);
/** What makes a component recur, and has no place in a single occurrence. */
const RECURRENCE = new Set(['RRULE', 'RDATE', 'EXDATE', 'EXRULE', 'RECURRENCE-ID']);

/**
 * The object as one component for each occurrence that overlaps the range, in order of time (RFC 4791 §9.6.5).
 * Times in a zone become UTC, so that no time zones are needed; dates and floating times stay what they are.
 * @param floating where dates and floating times are read to tell what overlaps
 * @throws TooMuch if it takes more than the limits
 */
export function expandCalendar(
  calendar: Calendar,
  range: TimeRange,
  floating: Zone,
  limits = LIMITS,
): Calendar {
  const series = seriesOf(calendar, zonesOf(calendar, floating));
  const occurrences = occurrencesIn(series, range, limits).sort((a, b) => a.startsAt - b.startsAt);
  const { root } = calendar;
  const others = root.components.filter((component) => staysAsItIs(component, range, series));
  const components = [...occurrences.map((occurrence) => single(occurrence, series)), ...others];
  return { source: calendar.source, root: { ...root, components } };
}

function occurrencesIn(series: Series, range: TimeRange, limits: ExpandLimits): Occurrence[] {
  const work = workFor(series, limits.steps);
  const found: Occurrence[] = [];
  let octets = 0;
  for (const occurrence of overlappingOccurrences(series, range, work)) {
    octets += occurrence.component.end - occurrence.component.start;
    if (octets > limits.octets) break;
    found.push(occurrence);
  }
  if (work.exhausted || octets > limits.octets) {
    throw new TooMuch('expanding the object takes too much: ask for a shorter time');
  }
  return found;
}

/** What has no occurrences, and no need of time zones. */
function staysAsItIs(component: Component, range: TimeRange, { zones }: Series): boolean {
  if (isUndatedTask(component)) return undatedTaskOverlaps(component, range, zones);
  return !OCCURRING.has(component.name) && component.name !== 'VTIMEZONE';
}

function single(occurrence: Occurrence, { zones }: Series): Component {
  const { component, id } = occurrence;
  const properties = component.properties.flatMap((line) =>
    RECURRENCE.has(line.name) ? [] : (datesOf(line, occurrence, zones) ?? withoutZone(line, zones)),
  );
  if (id !== null) properties.push(dateLine('RECURRENCE-ID', id, zones));
  return madeComponent(component.name, properties, component.components);
}

/** The lines that say when, for this occurrence; null if the line is not one of them. */
function datesOf(line: ContentLine, occurrence: Occurrence, zones: Zones): ContentLine[] | null {
  const { component, start } = occurrence;
  switch (line.name) {
    case 'DTSTART':
      return [dateLine(line.name, start, zones)];
    case 'DTEND':
    case 'DUE':
      return [dateLine(line.name, endValue(line, occurrence, zones), zones)];
    case 'DURATION': {
      const timing = timingOf(component, zones);
      // An RDATE may be a period with a length of its own.
      if (timing === null || endOf(start, timing.length, zones) === occurrence.endsAt) return null;
      return [madeLine('DTEND', [], formatUtc(occurrence.endsAt))];
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
  const wall = own.form === 'utc' ? endsAt : endsAt + zones.of(own).offsetAt(endsAt);
  return own.form === 'date' ? { ...own, wall: Math.round(wall / DAY) * DAY } : { ...own, wall };
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
