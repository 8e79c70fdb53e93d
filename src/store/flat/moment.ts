import type { Moment } from '../types.ts';
import type { Position } from './journal.ts';

/** The moment at a place of the journal up to which everything is durable. */
export function momentAt(store: string, { segment, offset, sum }: Position): Moment {
  return { store, time: Date.now(), place: `${segment}:${offset}:${sum}` };
}

/** undefined where it is no moment of this kind of store. */
export function positionOf({ place }: Moment): Position | undefined {
  const [, segment, offset, sum] = /^(\d{1,10}):(\d{1,15}):([A-Za-z0-9_-]{22})$/.exec(place) ?? [];
  return sum === undefined ? undefined : { segment: Number(segment), offset: Number(offset), sum };
}
