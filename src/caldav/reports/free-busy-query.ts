import { randomUUID } from 'node:crypto';
import { refuse } from '../../dav/errors.ts';
import { qname } from '../../dav/names.ts';
import { type Exchange, type ReportRow, report } from '../../dav/protocol.ts';
import type { Granted, ObjectResource, ResourceOf } from '../../dav/resource.ts';
import { childrenOf, storedElement } from '../../dav/xml.ts';
import type { Reply } from '../../http/types.ts';
import { type Availability, unavailableTimes } from '../../model/availability.ts';
import { type Busy, mergeBusy, writeFreeBusy } from '../../model/freebusy.ts';
import type { TimeRange } from '../../model/time-range.ts';
import { TooMuch } from '../../model/work.ts';
import type { Zone } from '../../model/zone.ts';
import { Slices } from '../../slices.ts';
import type { Member } from '../../store/types.ts';
import { calendarsIn } from '../calendars.ts';
import type { Evaluator } from '../evaluation/evaluator.ts';
import type { Answers } from '../evaluation/questions.ts';
import { readTimeRange } from '../filter.ts';
import { computeAhead } from '../occurrences/ahead.ts';
import type { CalendarOccurrences } from '../occurrences/calendar-occurrences.ts';
import type { OccurrenceIndex } from '../occurrences/occurrence-index.ts';
import { preconditions } from '../preconditions.ts';
import { zoneOfCollection } from '../timezone.ts';

type CalendarResource = Granted<ResourceOf<'calendar'>>;

/**
 * RFC 4791 §7.10, with availability (RFC 7953 §7.2): answered with 200 and an iCalendar; of one calendar or of all in
 * a home, whatever Depth says. On an object it is no report at all, which is the 403 that the RFC wants.
 */
export const freeBusyQuery = (index: OccurrenceIndex, evaluator: Evaluator): ReportRow =>
  report(
    qname('C', 'free-busy-query'),
    ['home', 'calendar'],
    async (resource, body, x): Promise<Reply> => {
      const [element, ...others] = childrenOf(body, qname('C', 'time-range'));
      if (!element || others.length > 0)
        throw refuse(preconditions.validFilter, 'a free-busy-query needs one C:time-range');
      const range = readTimeRange(element);
      const taken: Taken = { busy: [], available: [] };
      for await (const calendar of calendarsOf(resource, x)) {
        const known = await index.of(calendar.collection.id);
        const zone = zoneOfCollection(calendar.collection, x.user);
        await gather(calendar, { range, zone, known, evaluator }, taken, x);
        computeAhead(known, calendar, range, zone, x).catch((error) => x.report(error, calendar.href));
      }
      const times = mergeBusy([...unavailableTimes(taken.available), ...taken.busy]);
      return {
        status: 200,
        headers: { 'content-type': 'text/calendar; charset=utf-8' },
        body: writeFreeBusy(times, {
          range,
          stamp: Date.now(),
          prodId: '-//davd//davd//EN',
          uid: randomUUID(),
        }),
      };
    },
    { privilege: 'read-free-busy' },
  );

/** What calendars say of a range. */
interface Taken {
  readonly busy: Busy[];
  readonly available: Availability[];
}

/** Those that count: in a home, a transparent calendar does not (RFC 6638 §9.1). */
async function* calendarsOf(
  resource: CalendarResource | Granted<ResourceOf<'home'>>,
  x: Exchange,
): AsyncIterable<CalendarResource> {
  if (resource.type === 'calendar') yield resource;
  else for await (const calendar of calendarsIn(resource, x)) if (isOpaque(calendar)) yield calendar;
}

function isOpaque({ collection, privileges }: CalendarResource): boolean {
  const value = storedElement(collection.properties[qname('C', 'schedule-calendar-transp')]);
  const transparent = value?.children.some(({ name }) => name === qname('C', 'transparent'));
  return !transparent && privileges.has('read-free-busy');
}

interface Search {
  readonly range: TimeRange;
  /** Of floating times. */
  readonly zone: Zone;
  readonly known: CalendarOccurrences;
  readonly evaluator: Evaluator;
}

/** Objects are read only where the index of occurrences doesn't tell all; it learns from those that are. */
async function gather(
  calendar: CalendarResource,
  { range, zone, known, evaluator }: Search,
  { busy, available }: Taken,
  x: Exchange,
): Promise<void> {
  const selection = {
    ...(Number.isFinite(range.start) && { start: range.start }),
    ...(Number.isFinite(range.end) && { end: range.end }),
  };
  const slices = new Slices();
  for await (const page of x.access.members(calendar, selection)) {
    const open: Granted<ObjectResource>[] = [];
    for (const object of page) {
      const times = known.busy(object.member, range, zone);
      if (times) for (const time of times) busy.push(time);
      else open.push(object);
      if (slices.over) await slices.pause();
    }
    for await (const batch of x.access.contents(open)) {
      for (const object of batch) {
        if (!object?.bytes) continue;
        const { member, bytes } = object;
        await known.learn(member, bytes, range, zone);
        const times = known.busy(member, range, zone);
        const found = times
          ? { busy: times, available: [] }
          : await timesOf(member, bytes, range, zone, evaluator);
        for (const time of found.busy) busy.push(time);
        for (const time of found.available) available.push(time);
        if (slices.over) await slices.pause();
      }
    }
  }
}

/**
 * An object of which nobody can tell in time is tentatively busy for as long as it may last: who looks for free time
 * is helped more by too little of it than by a meeting at the same time.
 */
async function timesOf(
  { facts }: Member,
  bytes: Uint8Array,
  range: TimeRange,
  zone: Zone,
  evaluator: Evaluator,
): Promise<Answers['busy']> {
  try {
    return await evaluator.ask('busy', { bytes, range, zone });
  } catch (error) {
    if (!(error instanceof TooMuch)) throw error;
    const start = Math.max(range.start, facts.start);
    const end = Math.min(range.end, facts.end);
    return { busy: end > start ? [{ start, end, type: 'BUSY-TENTATIVE' }] : [], available: [] };
  }
}
