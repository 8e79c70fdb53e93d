import { DAY } from './civil.ts';
import type { Component } from './component.ts';
import { type DateValue, instantOf, type PeriodValue } from './date-value.ts';
import { recur } from './recurrence.ts';
import { lastWall, type Master, type Override, type Series, type Turn } from './series.ts';
import { endFrom, endOf, longest, type Timing } from './timing.ts';
import type { Work } from './work.ts';
import { UTC, type Zone } from './zone.ts';
import type { Zones } from './zones.ts';

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
  readonly endsAt?: number | undefined;
}

/** Steps that an occurrence takes besides those of finding it. */
const OCCURRENCE = 4;
/** Steps of an RDATE: it is read, and where it lies in a year of its own, a zone is asked for that. */
const DATE = 8;

type Occurrences = Generator<Occurrence, void, undefined>;

/**
 * Occurrences that touch the window, be it only with an end. Those of the rules come in order, others before them.
 * Steps are taken from `work`; where it runs out, so do the occurrences.
 */
export function occurrencesOf(series: Series, window: Window, work: Work): Occurrences {
  const [master, ...others] = series.masters;
  return master && others.length + series.overrides.length === 0
    ? occurrencesOfMaster(series, master, window, work)
    : occurrencesOfAll(series, window, work);
}

function* occurrencesOfAll(series: Series, window: Window, work: Work): Occurrences {
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
  const occurrence = occurrenceAt(timing.start, component, timing, id, series);
  if (touches(occurrence, window)) yield occurrence;
}

/** Of DTSTART, RDATEs and what the rules make, each once; of the rules only what can reach the window. */
function* occurrencesOfMaster(series: Series, master: Master, window: Window, work: Work): Occurrences {
  const { timing, rules } = master;
  if (timing === null) return;
  const { zones } = series;
  const first = instantOf(timing.start, zones);
  const occurrence = described({ start: timing.start, instant: first }, master, timing, series);
  if (occurrence && touches(occurrence, window)) yield occurrence;
  if (!master.recurring) return;
  const seen = new Set([first]);
  yield* occurrencesOfDates(series, master, timing, window, work, seen);
  const walls = reaching(window, timing, series);
  const { form, tzid } = timing.start;
  const zone = form === 'utc' ? UTC : zones.of(timing.start);
  for (const rule of rules) {
    const to = Math.min(walls.to, lastWall(rule, timing.start, zones));
    for (const wall of recur(rule, timing.start.wall, { from: walls.from, to }, work)) {
      const start = { wall, form, tzid };
      const instant = instantOf(start, zones);
      if (!work.spend(OCCURRENCE)) return;
      if (seen.has(instant)) continue;
      // A time that a clock change skips has the instant of a later one.
      if (rules.length > 1 || instant + zone.offsetAt(instant) !== wall) seen.add(instant);
      const occurrence = described({ start, instant }, master, timing, series);
      if (occurrence && touches(occurrence, window)) yield occurrence;
    }
  }
}

/** Of RDATEs; their instants are added to what was seen. */
function* occurrencesOfDates(
  series: Series,
  master: Master,
  timing: Timing,
  window: Window,
  work: Work,
  seen: Set<number>,
): Occurrences {
  for (const period of master.extra) {
    const { start } = period;
    const instant = instantOf(start, series.zones);
    if (!work.spend(DATE)) return;
    if (seen.has(instant)) continue;
    seen.add(instant);
    const given = { start, instant, endsAt: endOfPeriod(period, series.zones) };
    const occurrence = described(given, master, timing, series);
    if (occurrence && touches(occurrence, window)) yield occurrence;
  }
}

/** What becomes of a start that a master gives; null where it is excluded, or an override stands for it. */
function described(
  { start, instant, endsAt }: Given,
  { component, excluded, recurring }: Master,
  timing: Timing,
  series: Series,
): Occurrence | null {
  if (series.replaced.get(start, instant) || (recurring && excluded.get(start, instant))) return null;
  const id = recurring ? start : null;
  const turn = lastTurn(series.turns, instant);
  if (turn !== undefined) {
    return occurrenceAt(moved(instant, turn, series), turn.component, turn.timing, id, series);
  }
  const end = endsAt ?? endFrom(start, instant, timing.length, series.zones);
  return { component, start, startsAt: instant, endsAt: end, id };
}

function endOfPeriod({ start, end, duration }: PeriodValue, zones: Zones): number | undefined {
  if (end !== null) return instantOf(end, zones);
  return duration === null ? undefined : endOf(start, duration, zones);
}

/** The last turn that is not after an instant. */
function lastTurn(turns: readonly Turn[], instant: number): Turn | undefined {
  if (turns.length === 0) return undefined;
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

function occurrenceAt(
  start: DateValue,
  component: Component,
  { length }: Timing,
  id: DateValue | null,
  { zones }: Series,
): Occurrence {
  const startsAt = instantOf(start, zones);
  return { component, start, startsAt, endsAt: endFrom(start, startsAt, length, zones), id };
}

function touches(occurrence: Occurrence, window: Window): boolean {
  return occurrence.startsAt <= window.to && occurrence.endsAt >= window.from;
}
