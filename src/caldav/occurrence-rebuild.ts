import type { Exchange } from '../dav/protocol.ts';
import type { Granted, ResourceOf } from '../dav/resource.ts';
import type { Zone } from '../model/zone.ts';
import { Slices } from '../slices.ts';
import type { CalendarIndex } from './occurrence-index.ts';

/**
 * Computes again what other code, or code with another tz database, had known of a calendar: while requests go on, and
 * each answer meanwhile computes what it needs itself.
 */
export async function rebuildOccurrences(
  known: CalendarIndex,
  calendar: Granted<ResourceOf<'calendar'>>,
  zone: Zone,
  x: Exchange,
): Promise<void> {
  const outdated = known.takeOutdated();
  if (outdated.size === 0) return;
  const slices = new Slices();
  for await (const page of x.access.members(calendar)) {
    const objects = page.filter(({ member }) => outdated.has(member.etag));
    for await (const batch of x.access.contents(objects)) {
      for (const object of batch) {
        const range = object && outdated.get(object.member.etag);
        if (range && object.bytes) await known.learn(object.member, object.bytes, range, zone);
        if (slices.over) await slices.pause();
      }
    }
  }
}
