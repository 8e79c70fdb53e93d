import { DAY } from './civil.ts';
import type { Component } from './component.ts';
import { type DateValue, instantOf } from './date-value.ts';
import { recur } from './recurrence.ts';
import { lastWall, type Master, type Override, type Series } from './series.ts';
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

/** An override that speaks for the future as well, and by how much it moves what it speaks for. */
interface Turn extends Override {
  readonly timing: Timing;
  /** ms by the clock of its own zone. */
  readonly shift: number;
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

type Occurrences = Generator<Occurrence, void, undefined>;

/**
 * Occurrences that touch the window, be it only with an end. Those of the rules come in order, others before them.
 * Steps are taken from `work`; where it runs out, so do the occurrences.
 * @param only leaves out what other components describe
 */
export function* occurrencesOf(series: Series, window: Window, work: Work, only?: Component): Occurrences {
  for (const { component, timing, id } of series.overrides) {
    if (timing === null || (only !== undefined && component !== only)) continue;
    const occurrence = { component, ...spanAt(timing.start, timing, series), id };
    if (touches(occurrence, window)) yield occurrence;
  }
  const turns = turnsOf(series);
  for (const master of series.masters) {
    if (only !== undefined && only !== master.component && !turns.some((turn) => turn.component === only)) {
      continue;
    }
    for (const occurrence of occurrencesOfMaster(series, master, turns, window, work)) {
      if (only === undefined || occurrence.component === only) yield occurrence;
    }
  }
}

function* occurrencesOfMaster(
  series: Series,
  master: Master,
  turns: readonly Turn[],
  window: Window,
  work: Work,
): Occurrences {
  const { component, timing, excluded, recurring } = master;
  if (timing === null) return;
  for (const given of startsOf(master, timing, series, reaching(window, timing, turns, series), work)) {
    const { start, instant } = given;
    if (recurring) {
      if (excluded.get(start, instant)) continue;
      if (series.replaced.get(start, instant)) continue;
    }
    const turn = turns.find(({ idInstant }) => idInstant <= instant);
    const id = recurring ? start : null;
    const occurrence =
      turn === undefined
        ? {
            component,
            start,
            startsAt: instant,
            endsAt: given.endsAt ?? endOf(start, timing.length, series.zones),
            id,
          }
        : { component: turn.component, ...spanAt(moved(instant, turn, series), turn.timing, series), id };
    if (touches(occurrence, window)) yield occurrence;
  }
}

/** DTSTART, RDATEs and what the rules make, each once. `walls` bounds the last of these. */
function* startsOf(
  master: Master,
  timing: Timing,
  series: Series,
  walls: Window,
  work: Work,
): Generator<Given, void, undefined> {
  const { zones } = series;
  const first = instantOf(timing.start, zones);
  const seen = new Set([first]);
  yield { start: timing.start, instant: first };
  for (const period of master.extra) {
    const instant = instantOf(period.start, zones);
    if (seen.has(instant)) continue;
    seen.add(instant);
    if (!work.spend(1)) return;
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

/** Overrides that speak for the future, the latest first. */
function turnsOf({ overrides, zones }: Series): Turn[] {
  const turns = overrides.flatMap((override) => {
    const { timing, idInstant } = override;
    if (!override.andFuture || timing === null) return [];
    const idWall = idInstant + zones.of(timing.start).offsetAt(idInstant);
    return [{ ...override, timing, shift: timing.start.wall - idWall }];
  });
  return turns.sort((a, b) => b.idInstant - a.idInstant);
}

/** The start which a turn gives to what would have started at an instant. */
function moved(instant: number, turn: Turn, { zones }: Series): DateValue {
  const { start } = turn.timing;
  return { ...start, wall: instant + zones.of(start).offsetAt(instant) + turn.shift };
}

/** Wall times of all starts whose occurrences can touch the window. */
function reaching(window: Window, timing: Timing, turns: readonly Turn[], { zones }: Series): Window {
  const after = Math.max(
    longest(timing.length),
    ...turns.map((turn) => longest(turn.timing.length) + turn.shift),
  );
  const before = Math.min(0, ...turns.map((turn) => turn.shift));
  // By the clock of another zone, a shift may be a day more or less.
  const slack = turns.length > 0 ? DAY : 0;
  const zone = timing.start.form === 'utc' ? UTC : zones.of(timing.start);
  return {
    from: wallNear(zone, window.from - after - slack, Math.min),
    to: wallNear(zone, window.to - before + slack, Math.max),
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
