import { multistatus, propertyResponses, readWanted } from '../../dav/multistatus.ts';
import { qname } from '../../dav/names.ts';
import { type Exchange, report } from '../../dav/protocol.ts';
import type { Granted, ObjectResource, ResourceOf } from '../../dav/resource.ts';
import { child } from '../../dav/xml.ts';
import type { Reply } from '../../http/types.ts';
import { type CompFilter, calendarMatcher } from '../../model/calendar-filter.ts';
import type { Selection } from '../../store/types.ts';
import { readFilter } from '../filter.ts';
import { decide, narrow } from '../prefilter.ts';
import { readTimezone, zoneOfCollection } from '../timezone.ts';

/**
 * RFC 4791 §7.8. Depth 0 means the members too, as Windows and Evolution want (sabre-io/dav#727). The store narrows
 * the listing by facts; an object is read only where its facts leave the answer open.
 */
export const calendarQuery = report(
  qname('C', 'calendar-query'),
  ['calendar'],
  async (calendar, body, x): Promise<Reply> => {
    const filter = readFilter(child(body, qname('C', 'filter')));
    const timezone = child(body, qname('C', 'timezone'));
    const zone = timezone ? readTimezone(timezone) : zoneOfCollection(calendar.collection);
    const found = search(calendar, filter, calendarMatcher(filter, zone), x);
    return multistatus(propertyResponses(found, readWanted(body), x));
  },
);

async function* search(
  calendar: Granted<ResourceOf<'calendar'>>,
  filter: CompFilter,
  matches: (bytes: Uint8Array) => boolean,
  x: Exchange,
): AsyncIterable<readonly Granted<ObjectResource>[]> {
  const selection: Selection = narrow(filter);
  for await (const page of x.access.members(calendar, selection)) {
    const verdicts = page.map(({ member }) => decide(filter, member.facts));
    const open = page.filter((_, i) => verdicts[i] === undefined);
    const matching = new Map<string, Granted<ObjectResource>>();
    for await (const batch of x.access.contents(open)) {
      for (const object of batch)
        if (object?.bytes && matches(object.bytes)) matching.set(object.member.name, object);
    }
    yield page.flatMap((object, i) => {
      if (verdicts[i] !== undefined) return verdicts[i] ? [object] : [];
      return matching.get(object.member.name) ?? [];
    });
  }
}
