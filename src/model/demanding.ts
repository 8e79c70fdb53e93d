import { HOUR } from './civil.ts';
import { occurrencesOf } from './occurrences.ts';
import type { Series } from './series.ts';
import { type Effort, Work } from './work.ts';

/** Of these many occurrences the last is further away in usual series, and found with this effort. */
const NEXT = 12;
const NEAR = 6 * HOUR;
const EFFORT: Effort = { steps: 2000 };

/**
 * Whether questions about when a series happens may ask for very much: from `now` (ms UTC) on it happens all the time, or
 * nobody knows when.
 */
export function isDemanding(series: Series, now: number): boolean {
  if (!series.masters.some((master) => master.recurring)) return false;
  const work = new Work(EFFORT);
  let found = 0;
  for (const { startsAt } of occurrencesOf(series, { from: now, to: Infinity }, work)) {
    found += 1;
    if (found === NEXT) return startsAt < now + NEAR;
  }
  return work.exhausted;
}
