import type { Window } from '../../model/occurrences.ts';
import type { TimeRange } from '../../model/time-range.ts';
import type { Facts } from '../../store/types.ts';

const DAY = 86_400_000;
const YEAR = 366 * DAY;
/** On either side of what is asked for, so that the month before and the next are known with this one. */
const MARGIN = 40 * DAY;
/** On either side, once nobody waits. */
const AHEAD = 2 * YEAR;
/** Where less is known, it is time to compute more. */
const NEAR = YEAR;
/** Longer ones are looked up in the objects themselves. */
const LONGEST = 10 * YEAR;
/** Of what happens within this, all is known at once. */
const SHORT = 2 * YEAR;

export const ALL: Window = { from: -Infinity, to: Infinity };

type Bounds = Pick<Facts, 'start' | 'end' | 'recurring'>;

/** For which times an object's spans are worth being computed when a range is asked for: the best first, if any. */
export function stretchesFor(range: TimeRange, facts: Bounds): readonly Window[] {
  return stretchesAround(range, facts, MARGIN);
}

/** For which times they are computed when nobody waits. */
export function stretchesAhead(range: TimeRange, facts: Bounds): readonly Window[] {
  return stretchesAround(range, facts, AHEAD);
}

/** The times around a range that should be known when it is asked for. */
export function nearby(range: TimeRange): Window {
  return around(range, ALL, NEAR);
}

/** The hull of both. */
export function hull(a: Window, b: Window): Window {
  return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}

/** Whether nothing of an object can be in a range. */
export function areApart(range: TimeRange, facts: Bounds): boolean {
  return range.start > facts.end || range.end < facts.start;
}

/** Whether a stretch holds all that an object can do in a range. */
export function covers(stretch: Window, range: TimeRange, facts: Bounds): boolean {
  return Math.max(range.start, facts.start) >= stretch.from && Math.min(range.end, facts.end) <= stretch.to;
}

/**
 * What is to be computed where one stretch is known and another wanted: a piece that touches the known one, or, where
 * that would be too long, the wanted one alone.
 */
export function missingOf(
  known: Window,
  wanted: Window,
): { readonly stretch: Window; readonly joins: boolean } {
  const { from, to } = hull(known, wanted);
  if (to - from > LONGEST) return { stretch: wanted, joins: false };
  if (wanted.from >= known.from) return { stretch: { from: known.to, to: wanted.to }, joins: true };
  if (wanted.to <= known.to) return { stretch: { from: wanted.from, to: known.from }, joins: true };
  return { stretch: wanted, joins: false };
}

function isShort({ recurring, start, end }: Bounds): boolean {
  return !recurring || end - start < SHORT;
}

function stretchesAround(range: TimeRange, facts: Bounds, margin: number): readonly Window[] {
  const { from, to } = around(range, { from: facts.start, to: facts.end }, margin);
  const stretch = from <= to && to - from <= LONGEST ? [{ from, to }] : [];
  return isShort(facts) ? [ALL, ...stretch] : stretch;
}

/** A question that is open at one side is mostly answered by what is next to the other. */
function around(range: TimeRange, bounds: Window, margin: number): Window {
  const start = Math.max(range.start, bounds.from);
  const end = Math.min(range.end, bounds.to);
  const from = Number.isFinite(start) ? start : Math.min(end, Date.now()) - YEAR;
  const to = Number.isFinite(end) ? end : Math.max(from, Date.now()) + YEAR;
  return { from: from - margin, to: to + margin };
}
