import { type Component, mainComponents, readCalendar } from './component.ts';
import { valueAt } from './date-value.ts';
import { type Busy, type BusyType, typeOfEvent } from './freebusy.ts';
import { InvalidData } from './invalid.ts';
import { type Occurrence, occurrencesOf, type Window } from './occurrences.ts';
import { type Series, seriesOf, workFor } from './series.ts';
import { rowOf, rowTest, spanOverlaps, type TimeRange, type TimeRow } from './time-range.ts';
import type { Effort } from './work.ts';
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
  /** Of its main components, in the order of the source. */
  readonly parts: readonly SpanPart[];
  /** ms UTC, in order. */
  readonly starts: Float64Array;
  /** Of each start, how long it lasts, ms; one number where all are alike. */
  readonly lengths: Float64Array | number;
  /** Of each start, the index of its part; one number where all are alike. */
  readonly partOf: Float64Array | number;
  /** Holds only for the zone in which floating times were read. */
  readonly floats: boolean;
  /** All else about an occurrence follows from its part and its start, so that it can be written (expand.ts). */
  readonly exact: boolean;
}

const EFFORT: Effort = { steps: 20_000 };
/** More are not worth being kept. */
const MOST_OCCURRENCES = 3000;

/**
 * The spans of a calendar object.
 * @param floating where dates and floating times are read
 * @returns null where the object must be looked at itself: it can't be read, has components that are not told by
 * occurrences (VFREEBUSY, tasks without dates), or too many occurrences
 * @throws TooMuch if finding them takes more than the effort
 */
export function spansOf(bytes: Uint8Array, stretch: Window, floating: Zone, effort = EFFORT): Spans | null {
  try {
    const calendar = readCalendar(bytes);
    const parts = new Map<Component, SpanPart>();
    for (const component of mainComponents(calendar)) {
      const row = rowOf(component);
      if (row === null) return null;
      parts.set(component, { name: component.name, row, busy: typeOfEvent(component) });
    }
    const watched = watch(floating);
    const series = seriesOf(calendar, zonesOf(calendar, watched.zone));
    const found = occurrencesWithin(series, stretch, effort);
    if (found === null) return null;
    const indexes = new Map([...parts.keys()].map((component, index) => [component, index]));
    const spans = found.map(({ component, startsAt, endsAt }) => {
      return { part: indexes.get(component) ?? 0, startsAt, endsAt };
    });
    return {
      stretch,
      parts: [...parts.values()],
      ...packed(spans),
      exact: series.turns.length === 0 && found.every((occurrence) => isExact(occurrence, series)),
      floats: watched.used(),
    };
  } catch (error) {
    if (error instanceof InvalidData) return null;
    throw error;
  }
}

/** In order; null where there are too many. */
function occurrencesWithin(series: Series, stretch: Window, effort: Effort): Occurrence[] | null {
  const work = workFor(series, effort);
  const found: Occurrence[] = [];
  for (const occurrence of occurrencesOf(series, stretch, work)) {
    found.push(occurrence);
    if (found.length > MOST_OCCURRENCES) return null;
  }
  work.demandLeft('finding its occurrences');
  return found.sort((a, b) => a.startsAt - b.startsAt);
}

/** Its start can be had again from the instant: it is of the form of its component's, and no clock change skips it. */
function isExact({ component, start, startsAt }: Occurrence, { parts, zones }: Series): boolean {
  const own = parts.get(component)?.timing?.start;
  if (own?.form !== start.form || (own.tzid === null) !== (start.tzid === null)) return false;
  return start.tzid !== null || valueAt(startsAt, own, zones).wall === start.wall;
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

/** One of them; `part` is an index. */
export interface Span {
  readonly part: number;
  readonly startsAt: number;
  readonly endsAt: number;
}

function packed(spans: readonly Span[]): Pick<Spans, 'starts' | 'lengths' | 'partOf'> {
  return {
    starts: Float64Array.from(spans, ({ startsAt }) => startsAt),
    lengths: oneForAll(spans, ({ startsAt, endsAt }) => endsAt - startsAt),
    partOf: oneForAll(spans, ({ part }) => part),
  };
}

function oneForAll(spans: readonly Span[], value: (span: Span) => number): Float64Array | number {
  const first = spans[0] === undefined ? 0 : value(spans[0]);
  return spans.every((span) => value(span) === first) ? first : Float64Array.from(spans, value);
}

/** Those that touch a window, in order of their starts. */
function* unpacked(
  { starts, lengths, partOf }: Spans,
  { from, to }: Window,
): Generator<Span, void, undefined> {
  for (let at = firstFrom(starts, from - longestOf(lengths)); at < starts.length; at += 1) {
    const startsAt = starts[at] ?? 0;
    if (startsAt > to) return;
    const endsAt = startsAt + ((typeof lengths === 'number' ? lengths : lengths[at]) ?? 0);
    if (endsAt < from) continue;
    yield { part: (typeof partOf === 'number' ? partOf : partOf[at]) ?? 0, startsAt, endsAt };
  }
}

function longestOf(lengths: Spans['lengths']): number {
  if (typeof lengths === 'number') return lengths;
  let longest = 0;
  for (const length of lengths) if (length > longest) longest = length;
  return longest;
}

/** Index of the first that is not less. */
function firstFrom(numbers: Float64Array, least: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? Infinity) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Both, if their stretches touch; they must be of the same object and zone. */
export function joinSpans(known: Spans, more: Spans): Spans {
  const [first, second] = known.stretch.from <= more.stretch.from ? [known, more] : [more, known];
  const spans = [...unpacked(first, ALWAYS)];
  for (const span of unpacked(second, ALWAYS)) {
    // What touches both is known already; all else of the second begins later.
    if (span.startsAt > first.stretch.to || span.endsAt < first.stretch.from) spans.push(span);
  }
  return {
    ...first,
    ...packed(spans),
    stretch: { from: first.stretch.from, to: Math.max(first.stretch.to, second.stretch.to) },
    floats: first.floats || second.floats,
    exact: first.exact && second.exact,
  };
}

const ALWAYS: Window = { from: -Infinity, to: Infinity };

/** Those alone that may overlap a range, which must lie within the stretch. */
export function spansWithin(spans: Spans, { start, end }: TimeRange): Spans {
  const stretch = { from: start, to: end };
  return { ...spans, ...packed([...unpacked(spans, stretch)]), stretch };
}

/** Whether one of the spans of components of that name overlaps the range (RFC 4791 §9.9). */
export function spansOverlap(spans: Spans, name: string, range: TimeRange): boolean {
  for (const { part } of overlappingSpans(spans, range)) if (spans.parts[part]?.name === name) return true;
  return false;
}

/** The spans that overlap the range (RFC 4791 §9.9), in order of their starts. */
export function* overlappingSpans(spans: Spans, range: TimeRange): Generator<Span, void, undefined> {
  const tests = spans.parts.map(({ row }) => rowTest(row, range));
  for (const span of unpacked(spans, { from: range.start, to: range.end })) {
    if (tests[span.part]?.(span)) yield span;
  }
}

/** The times that the spans take from a range, cut to it (RFC 4791 §7.10). */
export function busySpans(spans: Spans, range: TimeRange): Busy[] {
  const busy: Busy[] = [];
  for (const { part, startsAt, endsAt } of unpacked(spans, { from: range.start, to: range.end })) {
    const type = spans.parts[part]?.busy;
    if (!type || endsAt <= startsAt || !spanOverlaps(startsAt, endsAt, range)) continue;
    busy.push({ start: Math.max(startsAt, range.start), end: Math.min(endsAt, range.end), type });
  }
  return busy;
}
