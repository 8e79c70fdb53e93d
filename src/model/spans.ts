import { type Component, mainComponents, readCalendar } from './component.ts';
import { type Busy, type BusyType, typeOfEvent } from './freebusy.ts';
import { InvalidData } from './invalid.ts';
import { occurrencesOf, type Window } from './occurrences.ts';
import { seriesOf, workFor } from './series.ts';
import { rowOf, rowTest, spanOverlaps, type TimeRange, type TimeRow } from './time-range.ts';
import { TooMuch } from './work.ts';
import type { Zone } from './zone.ts';
import { zonesOf } from './zones.ts';

/** What questions about time must know of a component, besides when it happens. */
export interface SpanPart {
  readonly name: string;
  readonly row: TimeRow;
  readonly busy: BusyType | null;
}

/** When an object happens within a stretch of time, as plain data from which questions are answered without its bytes. */
export interface Spans {
  /** ms UTC, both inclusive; infinite where all is known. What touches it is known, also if it lies beyond in part. */
  readonly stretch: Window;
  readonly parts: readonly SpanPart[];
  /** Of each occurrence three numbers: index of its part, start and end in ms UTC. */
  readonly times: readonly number[];
  /** Holds only for the zone in which floating times were read. */
  readonly floats: boolean;
}

/** For one object: some ms, where a usual one needs some µs. */
const STEPS = 20_000;
/** More are not worth being kept. */
const MOST_OCCURRENCES = 2000;

/**
 * The spans of a calendar object.
 * @param floating where dates and floating times are read
 * @returns null where the object must be looked at itself: it can't be read, has components that are not told by
 * occurrences (VFREEBUSY, tasks without dates), or too many occurrences
 * @throws TooMuch if finding them takes more than the steps
 */
export function spansOf(bytes: Uint8Array, stretch: Window, floating: Zone, steps = STEPS): Spans | null {
  try {
    const calendar = readCalendar(bytes);
    const indexes = new Map<Component, number>();
    const parts: SpanPart[] = [];
    for (const component of mainComponents(calendar)) {
      const row = rowOf(component);
      if (row === null) return null;
      indexes.set(component, parts.length);
      parts.push({ name: component.name, row, busy: typeOfEvent(component) });
    }
    const watched = watch(floating);
    const series = seriesOf(calendar, zonesOf(calendar, watched.zone));
    const work = workFor(series, steps);
    const times: number[] = [];
    for (const { component, startsAt, endsAt } of occurrencesOf(series, stretch, work)) {
      times.push(indexes.get(component) ?? 0, startsAt, endsAt);
      if (times.length > 3 * MOST_OCCURRENCES) return null;
    }
    if (work.exhausted) throw new TooMuch('finding its occurrences takes too much');
    return { stretch, parts, times, floats: watched.used() };
  } catch (error) {
    if (error instanceof InvalidData) return null;
    throw error;
  }
}

/** A zone that remembers whether it was asked. */
function watch(zone: Zone): { readonly zone: Zone; used(): boolean } {
  let asked = false;
  return {
    zone: {
      name: zone.name,
      offsetAt(instant) {
        asked = true;
        return zone.offsetAt(instant);
      },
      toUtc(wall) {
        asked = true;
        return zone.toUtc(wall);
      },
    },
    used: () => asked,
  };
}

/** Both, if their stretches touch; they must be of the same object and zone. */
export function joinSpans(known: Spans, more: Spans): Spans {
  const [first, second] = known.stretch.from <= more.stretch.from ? [known, more] : [more, known];
  const times = [...first.times];
  for (let at = 0; at < second.times.length; at += 3) {
    const startsAt = second.times[at + 1] ?? 0;
    const endsAt = second.times[at + 2] ?? 0;
    // What touches both is known already.
    if (startsAt <= first.stretch.to && endsAt >= first.stretch.from) continue;
    times.push(second.times[at] ?? 0, startsAt, endsAt);
  }
  const to = Math.max(first.stretch.to, second.stretch.to);
  return {
    ...first,
    stretch: { from: first.stretch.from, to },
    times,
    floats: first.floats || second.floats,
  };
}

/** Whether one of the spans of components of that name overlaps the range (RFC 4791 §9.9). */
export function spansOverlap({ parts, times }: Spans, name: string, range: TimeRange): boolean {
  const tests = parts.map((part) => (part.name === name ? rowTest(part.row, range) : undefined));
  for (let at = 0; at < times.length; at += 3) {
    const startsAt = times[at + 1] ?? 0;
    if (tests[times[at] ?? 0]?.({ startsAt, endsAt: times[at + 2] ?? startsAt })) return true;
  }
  return false;
}

/** The times that the spans take from a range, cut to it (RFC 4791 §7.10). */
export function busySpans({ parts, times }: Spans, range: TimeRange): Busy[] {
  const busy: Busy[] = [];
  for (let at = 0; at < times.length; at += 3) {
    const type = parts[times[at] ?? 0]?.busy;
    const start = times[at + 1] ?? 0;
    const end = times[at + 2] ?? 0;
    if (!type || end <= start || !spanOverlaps(start, end, range)) continue;
    busy.push({ start: Math.max(start, range.start), end: Math.min(end, range.end), type });
  }
  return busy;
}
