import { multistatus, propertyResponses, readWanted, type Wanted } from '../../dav/multistatus.ts';
import { qname } from '../../dav/names.ts';
import { type Exchange, report } from '../../dav/protocol.ts';
import { type Granted, isObject, type ObjectResource, type ResourceOf } from '../../dav/resource.ts';
import { child, type Element } from '../../dav/xml.ts';
import type { Reply } from '../../http/types.ts';
import { type CompFilter, calendarMatcher } from '../../model/calendar-filter.ts';
import type { Zone } from '../../model/zone.ts';
import type { Selection } from '../../store/types.ts';
import { withQueryZone } from '../calendar-data.ts';
import { targetedCalendars } from '../calendars.ts';
import { readFilter } from '../filter.ts';
import { decide, narrow } from '../prefilter.ts';
import { readQueryZone, zoneOfCollection } from '../timezone.ts';

type Page = readonly Granted<ObjectResource>[];

/** RFC 4791 §7.8: of a calendar, of all calendars in a home, or of one object. */
export const calendarQuery = report(
  qname('C', 'calendar-query'),
  ['home', 'calendar', 'calendar-object'],
  async (resource, body, x): Promise<Reply> => {
    const filter = readFilter(child(body, qname('C', 'filter')));
    const zone = readQueryZone(body);
    const found = isObject(resource)
      ? ifItMatches(resource, filter, zone, x)
      : search(resource, filter, zone, x);
    return multistatus(propertyResponses(found, readWantedInZone(body, x), x));
  },
);

function readWantedInZone(body: Element, x: Exchange): Wanted {
  const wanted = readWanted(body, x);
  return wanted.kind === 'prop' ? { ...wanted, names: withQueryZone(wanted.names, body) } : wanted;
}

async function* search(
  resource: Granted<ResourceOf<'home' | 'calendar'>>,
  filter: CompFilter,
  zone: Zone | undefined,
  x: Exchange,
): AsyncIterable<Page> {
  for await (const calendar of targetedCalendars(resource, x)) {
    const floating = zone ?? zoneOfCollection(calendar.collection, x.user);
    yield* searchCalendar(calendar, filter, calendarMatcher(filter, floating), x);
  }
}

/** The store narrows the listing by facts; an object is read only where its facts leave the answer open. */
async function* searchCalendar(
  calendar: Granted<ResourceOf<'calendar'>>,
  filter: CompFilter,
  matches: (bytes: Uint8Array) => boolean,
  x: Exchange,
): AsyncIterable<Page> {
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

async function* ifItMatches(
  object: Granted<ObjectResource>,
  filter: CompFilter,
  zone: Zone | undefined,
  x: Exchange,
): AsyncIterable<Page> {
  const matches = calendarMatcher(filter, zone ?? zoneOfCollection(object.collection, x.user));
  const content = await x.access.content(object);
  if (content && matches(content.bytes)) yield [{ ...object, ...content }];
}
