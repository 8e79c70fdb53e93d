import { DAY } from './civil.ts';
import type { Component } from './component.ts';
import { type DateValue, instantOf } from './date-value.ts';
import { recur } from './recurrence.ts';
import { lastWall, type Master, type Override, type Series, type Turn } from './series.ts';
import { endOf, longest, type Timing } from './timing.ts';
import type { Work } from './work.ts';
import { UTC, type Zone } from './zone.ts';

/** One of the times at which something of a calendar object happens. */
export interface Occurrence {
  /** The component that describes it. */
  readonly component: Component;
  readonly start: DateValue;
  /** ms UTC; equal where it has no length. */
  readonly startsAt: number;
  readonly endsAt: number;
  /** What its RECURRENCE-ID is or would be; null where nothing recurs. */
  readonly id: DateValue | null;
}

/** ms UTC, both inclusive; infinite where open. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** A start that a master gives, before exclusions and overrides. */
interface Given {
  readonly start: DateValue;
  readonly instant: number;
  /** Of an RDATE that is a period. */
  readonly endsAt?: number;
}

/** Steps that an occurrence takes besides those of finding it. */
const OCCURRENCE = 4;
/** Steps of an RDATE, of which each may need offsets from another year. */
const EXTRA = 10;

type Occurrences = Generator<Occurrence, void, undefined>;

/**
 * Occurrences that touch the window, be it only with an end. Those of the rules come in order, others before them.
 * Steps are taken from `work`; where it runs out, so do the occurrences.
 */
export function* occurrencesOf(series: Series, window: Window, work: Work): Occurrences {
  for (const override of series.overrides) yield* occurrenceOfOverride(series, override, window);
  for (const master of series.masters) yield* occurrencesOfMaster(series, master, window, work);
}

/** Of those, the ones that a component describes. */
export function* occurrencesDescribedBy(
  component: Component,
  series: Series,
  window: Window,
  work: Work,
): Occurrences {
  const part = series.parts.get(component);
  if (part === undefined) return;
  if ('id' in part) yield* occurrenceOfOverride(series, part, window);
  // What speaks for the future describes occurrences of the masters too.
  const masters = 'id' in part ? (part.andFuture ? series.masters : []) : [part];
  for (const master of masters) {
    for (const occurrence of occurrencesOfMaster(series, master, window, work)) {
      if (occurrence.component === component) yield occurrence;
    }
  }
}

function* occurrenceOfOverride(
  series: Series,
  { component, timing, id }: Override,
  window: Window,
): Occurrences {
  if (timing === null) return;
  const occurrence = { component, ...spanAt(timing.start, timing, series), id };
  if (touches(occurrence, window)) yield occurrence;
}

function* occurrencesOfMaster(series: Series, master: Master, window: Window, work: Work): Occurrences {
  const { component, timing, excluded, recurring } = master;
  if (timing === null) return;
  for (const { start, instant, endsAt } of startsOf(master, timing, series, window, work)) {
    if (series.replaced.get(start, instant) || (recurring && excluded.get(start, instant))) continue;
    const turn = lastTurn(series.turns, instant);
    const span =
      turn !== undefined
        ? spanAt(moved(instant, turn, series), turn.timing, series)
        : { start, startsAt: instant, endsAt: endsAt ?? endOf(start, timing.length, series.zones) };
    const occurrence = { component: turn?.component ?? component, ...span, id: recurring ? start : null };
    if (touches(occurrence, window)) yield occurrence;
  }
}

/** DTSTART, RDATEs and what the rules make, each once; of the rules only what can reach the window. */
function* startsOf(
  master: Master,
  timing: Timing,
  series: Series,
  window: Window,
  work: Work,
): Generator<Given, void, undefined> {
  const { zones } = series;
  const walls = reaching(window, timing, series);
  const first = instantOf(timing.start, zones);
  const seen = new Set([first]);
  yield { start: timing.start, instant: first };
  for (const period of master.extra) {
    const instant = instantOf(period.start, zones);
    if (seen.has(instant)) continue;
    seen.add(instant);
    if (!work.spend(EXTRA)) return;
    if (period.end !== null) yield { start: period.start, instant, endsAt: instantOf(period.end, zones) };
    else if (period.duration !== null)
      yield { start: period.start, instant, endsAt: endOf(period.start, period.duration, zones) };
    else yield { start: period.start, instant };
  }
  for (const rule of master.rules) {
    const to = Math.min(walls.to, lastWall(rule, timing.start, zones));
    for (const wall of recur(rule, timing.start.wall, { from: walls.from, to }, work)) {
      const start = { ...timing.start, wall };
      const instant = instantOf(start, zones);
      if (!work.spend(OCCURRENCE)) return;
      // Also where a clock change makes one instant of two wall times.
      if (seen.has(instant)) continue;
      seen.add(instant);
      yield { start, instant };
    }
  }
}

/** The last turn that is not after an instant. */
function lastTurn(turns: readonly Turn[], instant: number): Turn | undefined {
  let low = 0;
  let high = turns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((turns[middle]?.idInstant ?? Infinity) <= instant) low = middle + 1;
    else high = middle;
  }
  return turns[low - 1];
}

/** The start which a turn gives to what would have started at an instant. */
function moved(instant: number, turn: Turn, { zones }: Series): DateValue {
  const { start } = turn.timing;
  return { ...start, wall: instant + zones.of(start).offsetAt(instant) + turn.shift };
}

/** Wall times of all starts whose occurrences can touch the window. */
function reaching(window: Window, timing: Timing, { zones, turns }: Series): Window {
  let after = longest(timing.length);
  let before = 0;
  for (const turn of turns) {
    // By the clock of another zone, a shift may be a day more or less.
    after = Math.max(after, turn.shift + longest(turn.timing.length) + DAY);
    before = Math.min(before, turn.shift - DAY);
  }
  const zone = timing.start.form === 'utc' ? UTC : zones.of(timing.start);
  return {
    from: wallNear(zone, window.from - after, Math.min),
    to: wallNear(zone, window.to - before, Math.max),
  };
}

/** The least or greatest that clocks show at an instant, also if they are changed around it. */
function wallNear(zone: Zone, instant: number, most: (...offsets: number[]) => number): number {
  if (!Number.isFinite(instant)) return instant;
  return instant + most(zone.offsetAt(instant - DAY), zone.offsetAt(instant), zone.offsetAt(instant + DAY));
}

function spanAt(
  start: DateValue,
  timing: Timing,
  { zones }: Series,
): Pick<Occurrence, 'start' | 'startsAt' | 'endsAt'> {
  return { start, startsAt: instantOf(start, zones), endsAt: endOf(start, timing.length, zones) };
}

function touches(occurrence: Occurrence, window: Window): boolean {
  return occurrence.startsAt <= window.to && occurrence.endsAt >= window.from;
}
