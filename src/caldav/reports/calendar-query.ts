import { multistatus, propertyResponses, readWanted, type Wanted } from '../../dav/multistatus.ts';
import { qname } from '../../dav/names.ts';
import { type Exchange, type ReportRow, report } from '../../dav/protocol.ts';
import { type Granted, isObject, type ObjectResource, type ResourceOf } from '../../dav/resource.ts';
import { child, type Element } from '../../dav/xml.ts';
import type { Reply } from '../../http/types.ts';
import type { CompFilter } from '../../model/calendar-filter.ts';
import { TooMuch } from '../../model/work.ts';
import type { Zone } from '../../model/zone.ts';
import { Slices } from '../../slices.ts';
import type { Member } from '../../store/types.ts';
import { withQueryZone } from '../calendar-data.ts';
import { targetedCalendars } from '../calendars.ts';
import type { Evaluator } from '../evaluation/evaluator.ts';
import { readFilter } from '../filter.ts';
import { computeAhead } from '../occurrences/ahead.ts';
import type { CalendarOccurrences } from '../occurrences/calendar-occurrences.ts';
import type { OccurrenceIndex } from '../occurrences/occurrence-index.ts';
import { decide, narrow, rangeFilter } from '../prefilter.ts';
import { readQueryZone, zoneOfCollection } from '../timezone.ts';

type Page = readonly Granted<ObjectResource>[];

/** RFC 4791 §7.8: of a calendar, of all calendars in a home, or of one object. */
export const calendarQuery = (index: OccurrenceIndex, evaluator: Evaluator): ReportRow =>
  report(
    qname('C', 'calendar-query'),
    ['home', 'calendar', 'calendar-object'],
    async (resource, body, x): Promise<Reply> => {
      const filter = readFilter(child(body, qname('C', 'filter')));
      const zone = readQueryZone(body);
      const found = isObject(resource)
        ? ifItMatches(resource, { filter, zone, evaluator }, x)
        : search(resource, { filter, zone, index, evaluator }, x);
      return multistatus(propertyResponses(found, readWantedInZone(body, x), x));
    },
  );

/** What is searched for. */
interface Query {
  readonly filter: CompFilter;
  /** Named by the query; without one, each calendar's counts. */
  readonly zone: Zone | undefined;
  readonly index: OccurrenceIndex;
  readonly evaluator: Evaluator;
}

function readWantedInZone(body: Element, x: Exchange): Wanted {
  const wanted = readWanted(body, x);
  return wanted.kind === 'prop' ? { ...wanted, names: withQueryZone(wanted.names, body) } : wanted;
}

async function* search(
  resource: Granted<ResourceOf<'home' | 'calendar'>>,
  query: Query,
  x: Exchange,
): AsyncIterable<Page> {
  for await (const calendar of targetedCalendars(resource, x)) {
    const zone = query.zone ?? zoneOfCollection(calendar.collection, x.user);
    const known = await query.index.of(calendar.collection.id);
    yield* searchCalendar(calendar, { ...query, zone, known }, x);
    const asked = rangeFilter(query.filter);
    if (asked)
      computeAhead(known, calendar, asked.range, zone, x).catch((error) => x.report(error, calendar.href));
  }
}

/**
 * The store narrows the listing by facts; the index of occurrences tells most of the rest. An object is read only where
 * both leave the answer open, and what is learned then is kept in the index.
 */
async function* searchCalendar(
  calendar: Granted<ResourceOf<'calendar'>>,
  { filter, zone, known, evaluator }: Omit<Query, 'zone'> & { zone: Zone; known: CalendarOccurrences },
  x: Exchange,
): AsyncIterable<Page> {
  const asked = rangeFilter(filter);
  const verdictOf = (member: Member): boolean | undefined => {
    const verdict = decide(filter, member.facts);
    if (verdict !== undefined || !asked) return verdict;
    const overlaps = known.overlaps(member, asked.name, asked.range, zone);
    return overlaps && !asked.alone ? undefined : overlaps;
  };
  const slices = new Slices();
  for await (const page of x.access.members(calendar, narrow(filter))) {
    const verdicts: (boolean | undefined)[] = [];
    for (const { member } of page) {
      verdicts.push(verdictOf(member));
      if (slices.over) await slices.pause();
    }
    const open = page.filter((_, i) => verdicts[i] === undefined);
    const matching = new Map<string, Granted<ObjectResource>>();
    for await (const batch of x.access.contents(open)) {
      for (const object of batch) {
        if (!object?.bytes) continue;
        if (asked) await known.learn(object.member, object.bytes, asked.range, zone);
        const verdict = verdictOf(object.member);
        if (verdict ?? (await matches(object.bytes, filter, zone, evaluator)))
          matching.set(object.member.name, object);
        if (slices.over) await slices.pause();
      }
    }
    yield page.flatMap((object, i) => {
      if (verdicts[i] !== undefined) return verdicts[i] ? [object] : [];
      return matching.get(object.member.name) ?? [];
    });
  }
}

async function* ifItMatches(
  object: Granted<ObjectResource>,
  { filter, zone, evaluator }: Omit<Query, 'index'>,
  x: Exchange,
): AsyncIterable<Page> {
  const content = await x.access.content(object);
  const floating = zone ?? zoneOfCollection(object.collection, x.user);
  if (content && (await matches(content.bytes, filter, floating, evaluator)))
    yield [{ ...object, ...content }];
}

/**
 * An object of which nobody can tell in time counts as matching: RFC 4791 §7.8 leaves out what doesn't match, and
 * clients look through what they get themselves, but what they don't get is a meeting missed.
 */
async function matches(
  bytes: Uint8Array,
  filter: CompFilter,
  zone: Zone,
  evaluator: Evaluator,
): Promise<boolean> {
  try {
    return await evaluator.ask('match', { bytes, filter, zone });
  } catch (error) {
    if (error instanceof TooMuch) return true;
    throw error;
  }
}
