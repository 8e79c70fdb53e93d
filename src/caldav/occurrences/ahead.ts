import { setTimeout } from 'node:timers/promises';
import type { Exchange } from '../../dav/protocol.ts';
import type { Granted, ResourceOf } from '../../dav/resource.ts';
import type { TimeRange } from '../../model/time-range.ts';
import type { Zone } from '../../model/zone.ts';
import { Slices } from '../../slices.ts';
import type { CalendarOccurrences } from './calendar-occurrences.ts';

/** Short, and with a rest after each, because nobody waits for it, and others do. */
const PACE = { slice: 2, rest: 2 };
/** Until the answer that gave occasion is out, ms. */
const FIRST_REST = 250;

/**
 * While requests go on: computes what will be asked of a calendar next, around a range that was asked for, and what other
 * code, or code with another tz database, had known of it. Answers meanwhile compute what they need themselves.
 */
export async function computeAhead(
  known: CalendarOccurrences,
  calendar: Granted<ResourceOf<'calendar'>>,
  range: TimeRange,
  zone: Zone,
  x: Pick<Exchange, 'access'>,
): Promise<void> {
  if (!known.beginAhead(range)) return;
  let etags: Set<string> | undefined;
  try {
    await setTimeout(FIRST_REST, undefined, { ref: false });
    etags = await computeAll(known, calendar, range, zone, x);
  } finally {
    known.endAhead(etags);
  }
}

/** @returns the etags of all objects */
async function computeAll(
  known: CalendarOccurrences,
  calendar: Granted<ResourceOf<'calendar'>>,
  range: TimeRange,
  zone: Zone,
  x: Pick<Exchange, 'access'>,
): Promise<Set<string>> {
  const slices = new Slices(PACE);
  const etags = new Set<string>();
  // A selection, if an empty one: without one a client has fetched what is listed.
  for await (const page of x.access.members(calendar, {})) {
    for (const { member } of page) etags.add(member.etag);
    const wanting = page.filter(({ member }) => known.wantedAhead(member, range, zone));
    for await (const batch of x.access.contents(wanting)) {
      for (const object of batch) {
        const stretch = object && known.wantedAhead(object.member, range, zone);
        if (stretch && object.bytes) await known.learnAhead(object.member, object.bytes, stretch, zone);
        if (slices.over) await slices.pause();
      }
    }
  }
  return etags;
}
