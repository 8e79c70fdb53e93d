import { type Calendar, type Component, property, readCalendar } from './component.ts';
import { dateOfLine, instantOf, parseDuration } from './date-value.ts';
import type { Busy, BusyType } from './freebusy.ts';
import { InvalidData } from './invalid.ts';
import { occurrencesOf } from './occurrences.ts';
import { seriesOf } from './series.ts';
import { spanOverlaps, type TimeRange } from './time-range.ts';
import { endOf } from './timing.ts';
import { type Effort, Work } from './work.ts';
import type { Zone } from './zone.ts';
import { type Zones, zonesOf } from './zones.ts';

/** ms UTC, half-open. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** What one VAVAILABILITY says of a range: it is taken, but for some of it (RFC 7953 §3.1). */
export interface Availability extends Span {
  /** 1 counts most, 9 least; without one, least of all. */
  readonly priority: number;
  readonly type: BusyType;
  readonly available: readonly Span[];
}

/** For all that is available in one object. */
const EFFORT: Effort = { steps: 100_000 };
/** Steps of a component besides those of its occurrences. */
const PARTS = 30;
const UNDEFINED_PRIORITY = 10;

/**
 * The VAVAILABILITY components of an object that touch a range, cut to it. Unreadable bytes have none.
 * @param floating where dates and floating times are read
 * @throws TooMuch if it takes more than the effort
 */
export function availabilities(
  bytes: Uint8Array,
  range: TimeRange,
  floating: Zone,
  effort = EFFORT,
): Availability[] {
  try {
    const calendar = readCalendar(bytes);
    const zones = zonesOf(calendar, floating);
    const work = new Work(effort);
    const found = calendar.root.components.flatMap((component) =>
      component.name === 'VAVAILABILITY'
        ? (availabilityOf(component, range, calendar, zones, work) ?? [])
        : [],
    );
    work.demandLeft('finding what is available');
    return found;
  } catch (error) {
    if (error instanceof InvalidData) return [];
    throw error;
  }
}

/**
 * The times that all of them together make busy (RFC 7953 §5): at each time the one of the highest priority counts, of
 * equal ones the last.
 */
export function unavailableTimes(all: readonly Availability[]): Busy[] {
  const busy: Busy[] = [];
  let told: readonly Span[] = [];
  for (const { start, end, type, available } of all.toReversed().sort((a, b) => a.priority - b.priority)) {
    const taken = without(without([{ start, end }], told), mergeSpans(available));
    for (const span of taken) busy.push({ ...span, type });
    told = mergeSpans([...told, { start, end }]);
  }
  return busy.sort((a, b) => a.start - b.start);
}

/** What is left of spans; both are in order and don't overlap. */
function without(spans: readonly Span[], others: readonly Span[]): Span[] {
  const left: Span[] = [];
  let next = 0;
  for (const span of spans) {
    let { start } = span;
    while ((others[next]?.end ?? Infinity) <= start) next += 1;
    for (let at = next; (others[at]?.start ?? Infinity) < span.end; at += 1) {
      const other = others[at] ?? span;
      if (other.start > start) left.push({ start, end: other.start });
      start = Math.max(start, other.end);
    }
    if (start < span.end) left.push({ start, end: span.end });
  }
  return left;
}

/** In order, those that overlap or touch made one. */
function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last === undefined || start > last.end) merged.push({ start, end });
    else merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, end) };
  }
  return merged;
}

function availabilityOf(
  component: Component,
  range: TimeRange,
  calendar: Calendar,
  zones: Zones,
  work: Work,
): Availability | null {
  const span = cut(spanOf(component, zones), range);
  if (span === null) return null;
  const priority = Number(property(component, 'PRIORITY')?.value ?? 0);
  return {
    ...span,
    priority: priority >= 1 && priority <= 9 ? priority : UNDEFINED_PRIORITY,
    type: typeOf(component),
    available: [...availableSpans(component, span, calendar, zones, work)].flatMap(
      (one) => cut(one, span) ?? [],
    ),
  };
}

/** RFC 7953 §3.1: without DTSTART or an end it is open on that side. */
function spanOf(component: Component, zones: Zones): Span {
  const start = dateOfLine(property(component, 'DTSTART'));
  const end = dateOfLine(property(component, 'DTEND'));
  const duration = parseDuration(property(component, 'DURATION')?.value ?? '');
  return {
    start: start === null ? -Infinity : instantOf(start, zones),
    end:
      end !== null
        ? instantOf(end, zones)
        : start !== null && duration !== null
          ? endOf(start, duration, zones)
          : Infinity,
  };
}

/** RFC 7953 §3.2: BUSY-UNAVAILABLE where nothing is said, or something unknown. */
function typeOf(component: Component): BusyType {
  const said = property(component, 'BUSYTYPE')?.value.trim().toUpperCase();
  return said === 'BUSY' || said === 'BUSY-TENTATIVE' ? said : 'BUSY-UNAVAILABLE';
}

/** AVAILABLE components recur and have overrides as events do, those of one UID together. */
function* availableSpans(
  component: Component,
  range: Span,
  calendar: Calendar,
  zones: Zones,
  work: Work,
): Iterable<Span> {
  const parts = component.components.filter(({ name }) => name === 'AVAILABLE');
  for (const components of Map.groupBy(parts, (part) => property(part, 'UID')?.value).values()) {
    if (!work.spend(PARTS * components.length)) return;
    const series = seriesOf({ source: calendar.source, root: { ...component, components } }, zones);
    const window = { from: range.start, to: range.end };
    for (const { startsAt, endsAt } of occurrencesOf(series, window, work)) {
      yield { start: startsAt, end: endsAt };
    }
  }
}

function cut(span: Span, range: Span): Span | null {
  if (!spanOverlaps(span.start, span.end, range)) return null;
  return { start: Math.max(span.start, range.start), end: Math.min(span.end, range.end) };
}
