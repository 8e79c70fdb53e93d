import { refuse } from '../../dav/errors.ts';
import { qname } from '../../dav/names.ts';
import { type Exchange, report } from '../../dav/protocol.ts';
import type { Granted, ResourceOf } from '../../dav/resource.ts';
import { child, storedElement } from '../../dav/xml.ts';
import type { Reply } from '../../http/types.ts';
import { type Busy, busyTimes, mergeBusy, writeFreeBusy } from '../../model/freebusy.ts';
import type { TimeRange } from '../../model/time-range.ts';
import { readTimeRange } from '../filter.ts';
import { preconditions } from '../preconditions.ts';
import { zoneOfCollection } from '../timezone.ts';

/** RFC 4791 §7.10: answered with 200 and an iCalendar; of one calendar or of all in a home. */
export const freeBusyQuery = report(
  qname('C', 'free-busy-query'),
  ['home', 'calendar'],
  async (resource, body, x): Promise<Reply> => {
    const element = child(body, qname('C', 'time-range'));
    if (!element) throw refuse(preconditions.validFilter, 'a free-busy-query needs a C:time-range');
    const range = readTimeRange(element);
    const busy: Busy[] = [];
    for await (const calendar of calendarsOf(resource, x)) busy.push(...(await busyIn(calendar, range, x)));
    const prodId = '-//davd//davd//EN';
    return {
      status: 200,
      headers: { 'content-type': 'text/calendar; charset=utf-8' },
      body: writeFreeBusy(mergeBusy(busy), { range, stamp: Date.now(), prodId }),
    };
  },
);

type CalendarResource = Granted<ResourceOf<'calendar'>>;

/** Those that count: a transparent calendar does not (RFC 6638 §9.1). */
async function* calendarsOf(resource: Granted, x: Exchange): AsyncIterable<CalendarResource> {
  if (resource.type === 'calendar') yield resource;
  if (resource.type !== 'home') return;
  for await (const page of x.access.children(resource)) {
    for (const child of page) if (child.type === 'calendar' && isOpaque(child)) yield child;
  }
}

function isOpaque({ collection }: CalendarResource): boolean {
  const value = storedElement(collection.properties[qname('C', 'schedule-calendar-transp')]);
  return !value?.children.some(({ name }) => name === qname('C', 'transparent'));
}

async function busyIn(calendar: CalendarResource, range: TimeRange, x: Exchange): Promise<Busy[]> {
  const zone = zoneOfCollection(calendar.collection);
  const busy: Busy[] = [];
  const selection = {
    ...(Number.isFinite(range.start) && { start: range.start }),
    ...(Number.isFinite(range.end) && { end: range.end }),
  };
  for await (const page of x.access.members(calendar, selection)) {
    for await (const batch of x.access.contents(page)) {
      for (const object of batch) if (object?.bytes) busy.push(...busyTimes(object.bytes, range, zone));
    }
  }
  return busy;
}
