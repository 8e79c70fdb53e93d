import { DAY } from './civil.ts';

/** A time zone as a function. Offsets are ms east of UTC, instants ms since 1970 UTC, wall times as in civil.ts. */
export interface Zone {
  /** IANA name, `UTC`, or the TZID of the VTIMEZONE it was made from. */
  readonly name: string;
  offsetAt(instant: number): number;
  /** The instant at which clocks show a wall time. */
  toUtc(wall: number): number;
}

export const UTC: Zone = fixedZone('UTC', 0);

export function fixedZone(name: string, offset: number): Zone {
  return { name, offsetAt: () => offset, toUtc: (wall) => wall - offset };
}

/** Rules of zones repeat with the calendar, weekdays included, after 400 years. */
const CYCLE = 146_097 * DAY;

/**
 * An instant of [first, last) at which a zone does the same, so that what is learned about it has bounds: nothing
 * changes before the first, and the last is more than a cycle after all changes of rules.
 */
export function withinCycle(instant: number, first: number, last: number): number {
  if (instant < last) return Math.max(instant, first);
  return instant - Math.ceil((instant - last + 1) / CYCLE) * CYCLE;
}

/**
 * A zone from its offsets. Wall times are read as RFC 5545 §3.3.5 says: one that a clock change skips has the offset
 * from before the change, one that comes twice is the first of both.
 */
export function changingZone(name: string, offsetAt: (instant: number) => number): Zone {
  return {
    name,
    offsetAt,
    toUtc(wall) {
      // Offsets lie within a day, so these two stand on either side of any change that concerns this wall time.
      const before = offsetAt(wall - DAY);
      const after = offsetAt(wall + DAY);
      if (before === after) return wall - before;
      if (offsetAt(wall - before) === before) return wall - before;
      return offsetAt(wall - after) === after ? wall - after : wall - before;
    },
  };
}
