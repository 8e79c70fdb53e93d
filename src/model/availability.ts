import { type Calendar, type Component, property, readCalendar } from './component.ts';
import { dateOfLine, instantOf, parseDuration } from './date-value.ts';
import type { Busy, BusyType } from './freebusy.ts';
import { InvalidData } from './invalid.ts';
import { occurrencesOf } from './occurrences.ts';
import { seriesOf, workFor } from './series.ts';
import { spanOverlaps, type TimeRange } from './time-range.ts';
import { endOf } from './timing.ts';
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

const STEPS = 100_000;
const UNDEFINED_PRIORITY = 10;

/**
 * The VAVAILABILITY components of an object that touch a range, cut to it. Unreadable bytes have none.
 * @param floating where dates and floating times are read
 */
export function availabilities(bytes: Uint8Array, range: TimeRange, floating: Zone): Availability[] {
  try {
    const calendar = readCalendar(bytes);
    const zones = zonesOf(calendar, floating);
    return calendar.root.components.flatMap((component) =>
      component.name === 'VAVAILABILITY' ? (availabilityOf(component, range, calendar, zones) ?? []) : [],
    );
  } catch (error) {
    if (error instanceof InvalidData) return [];
    throw error;
  }
}

/**
 * The times that all of them together make busy (RFC 7953 §5): from the least priority to the highest each takes its
 * time and gives back what is available in it.
 */
export function unavailableTimes(all: readonly Availability[]): Busy[] {
  let busy: Busy[] = [];
  for (const { start, end, type, available } of all.toSorted((a, b) => b.priority - a.priority)) {
    busy = [...without(busy, { start, end }), { start, end, type }];
    for (const span of available) busy = without(busy, span);
  }
  return busy;
}

function without(busy: readonly Busy[], span: Span): Busy[] {
  return busy.flatMap((one) => {
    if (one.end <= span.start || one.start >= span.end) return [one];
    const parts = [
      { ...one, end: span.start },
      { ...one, start: span.end },
    ];
    return parts.filter(({ start, end }) => end > start);
  });
}

function availabilityOf(
  component: Component,
  range: TimeRange,
  calendar: Calendar,
  zones: Zones,
): Availability | null {
  const span = cut(spanOf(component, zones), range);
  if (span === null) return null;
  const priority = Number(property(component, 'PRIORITY')?.value ?? 0);
  return {
    ...span,
    priority: priority >= 1 && priority <= 9 ? priority : UNDEFINED_PRIORITY,
    type: typeOf(component),
    available: [...availableSpans(component, span, calendar, zones)].flatMap((one) => cut(one, span) ?? []),
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
): Iterable<Span> {
  const parts = component.components.filter(({ name }) => name === 'AVAILABLE');
  for (const components of Map.groupBy(parts, (part) => property(part, 'UID')?.value).values()) {
    const series = seriesOf({ source: calendar.source, root: { ...component, components } }, zones);
    const window = { from: range.start, to: range.end };
    for (const { startsAt, endsAt } of occurrencesOf(series, window, workFor(series, STEPS))) {
      yield { start: startsAt, end: endsAt };
    }
  }
}

function cut(span: Span, range: Span): Span | null {
  if (!spanOverlaps(span.start, span.end, range)) return null;
  return { start: Math.max(span.start, range.start), end: Math.min(span.end, range.end) };
}
