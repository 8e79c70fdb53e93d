import { alarmOverlaps } from './alarm.ts';
import { type Component, readCalendar } from './component.ts';
import type { ContentLine } from './contentline.ts';
import { instantOf, periodsOfLine } from './date-value.ts';
import { InvalidData } from './invalid.ts';
import { type Series, seriesOf, workFor } from './series.ts';
import { type TextMatch, textTest } from './text-match.ts';
import { unescapeText } from './text-value.ts';
import { Overlaps, spanOverlaps, type TimeRange } from './time-range.ts';
import { endOf } from './timing.ts';
import type { Effort, Work } from './work.ts';
import type { Zone } from './zone.ts';
import { zonesOf } from './zones.ts';

export type { TimeRange };

/** RFC 4791 §9.7.1. Names are in upper case. */
export interface CompFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly timeRange?: TimeRange;
  readonly props: readonly PropFilter[];
  readonly comps: readonly CompFilter[];
}

/** RFC 4791 §9.7.2. */
export interface PropFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly timeRange?: TimeRange;
  readonly textMatch?: TextMatch;
  readonly params: readonly ParamFilter[];
}

/** RFC 4791 §9.7.3. */
export interface ParamFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly textMatch?: TextMatch;
}

/** What a filter looks at while it goes down one object. */
interface Subject {
  readonly series: Series;
  readonly work: Work;
  /** By the ranges that the filter names. */
  readonly overlaps: Map<TimeRange, Overlaps>;
}

type CompTest = (components: readonly Component[], parent: Component | null, subject: Subject) => boolean;
type PropTest = (properties: readonly ContentLine[], subject: Subject) => boolean;
type ParamTest = (line: ContentLine) => boolean;

/** For the occurrences of one object: some ms, where a usual one needs some µs. */
const EFFORT: Effort = { steps: 100_000 };

/**
 * A test of a calendar object's bytes against a filter (RFC 4791 §9.7), to be made once for a query.
 * @param floating where dates and floating times are read: the zone of the query or of the calendar
 * @returns false also for bytes that can't be read
 * @throws TooMuch from the test, where no occurrence was found to match and not all could be looked at
 */
export function calendarMatcher(
  filter: CompFilter,
  floating: Zone,
  effort = EFFORT,
): (bytes: Uint8Array) => boolean {
  const test = compTest(filter);
  return (bytes) => {
    try {
      const calendar = readCalendar(bytes);
      const series = seriesOf(calendar, zonesOf(calendar, floating));
      const work = workFor(series, effort);
      const matches = test([calendar.root], null, { series, work, overlaps: new Map() });
      if (!matches) work.demandLeft('finding its occurrences');
      return matches;
    } catch (error) {
      if (error instanceof InvalidData) return false;
      throw error;
    }
  };
}

/** One of the components must pass all that is asked; `is-not-defined`: none may be there. */
function compTest(filter: CompFilter): CompTest {
  const { name, timeRange } = filter;
  if (filter.isNotDefined) return (components) => components.every((component) => component.name !== name);
  const props = filter.props.map(propTest);
  const comps = filter.comps.map(compTest);
  return (components, parent, subject) =>
    components.some(
      (component) =>
        component.name === name &&
        props.every((test) => test(component.properties, subject)) &&
        comps.every((test) => test(component.components, component, subject)) &&
        (timeRange === undefined || happensIn(component, parent, timeRange, subject)),
    );
}

function happensIn(
  component: Component,
  parent: Component | null,
  range: TimeRange,
  { series, work, overlaps }: Subject,
): boolean {
  if (component.name === 'VALARM') {
    return parent !== null && alarmOverlaps(component, parent, range, series, work);
  }
  const known = overlaps.get(range) ?? new Overlaps(range, series, work);
  overlaps.set(range, known);
  return known.of(component);
}

/** One of the properties must pass all that is asked. */
function propTest(filter: PropFilter): PropTest {
  const { name, timeRange } = filter;
  if (filter.isNotDefined) return (properties) => properties.every((line) => line.name !== name);
  const matches = filter.textMatch && textTest(filter.textMatch);
  const params = filter.params.map(paramTest);
  return (properties, subject) =>
    properties.some(
      (line) =>
        line.name === name &&
        (matches === undefined || matches(unescapeText(line.value))) &&
        params.every((test) => test(line)) &&
        (timeRange === undefined || valueOverlaps(line, timeRange, subject.series)),
    );
}

/** A date counts as its whole day, a time as a point, a period as what it is. */
function valueOverlaps(line: ContentLine, range: TimeRange, { zones }: Series): boolean {
  return periodsOfLine(line).some(({ start, end, duration }) => {
    const startsAt = instantOf(start, zones);
    const length = duration ?? { days: start.form === 'date' ? 1 : 0, time: 0 };
    const endsAt = end === null ? endOf(start, length, zones) : instantOf(end, zones);
    return spanOverlaps(startsAt, endsAt, range);
  });
}

function paramTest(filter: ParamFilter): ParamTest {
  const { name } = filter;
  if (filter.isNotDefined) return (line) => line.params.every((param) => param.name !== name);
  const matches = filter.textMatch && textTest(filter.textMatch);
  return (line) =>
    line.params.some((param) => param.name === name && (matches === undefined || param.values.some(matches)));
}
