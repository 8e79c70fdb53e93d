import { preconditions as common, refuse } from '../dav/errors.ts';
import { textOf, xml } from '../dav/markup.ts';
import { qname } from '../dav/names.ts';
import { type Exchange, type PropertyRow, property, WholeElement } from '../dav/protocol.ts';
import type { Granted, ResourceOf } from '../dav/resource.ts';
import { child, childrenOf, type Element } from '../dav/xml.ts';
import type { CompSelection, PropSelection, WantedData } from '../model/calendar-data.ts';
import { InvalidData } from '../model/invalid.ts';
import { toJCal } from '../model/jcal.ts';
import { TooMuch } from '../model/work.ts';
import type { Zone } from '../model/zone.ts';
import type { Content, PropertyName } from '../store/types.ts';
import type { Evaluator } from './evaluation/evaluator.ts';
import { readTimeRange } from './filter.ts';
import type { CalendarOccurrences } from './occurrences/calendar-occurrences.ts';
import type { OccurrenceIndex } from './occurrences/occurrence-index.ts';
import { preconditions } from './preconditions.ts';
import { jcalType, timezonesFor } from './representation.ts';
import { readQueryZone, zoneOfCollection } from './timezone.ts';

const C = (local: string): PropertyName => qname('C', local);

/** What a `calendar-data` element of a request asks for. */
interface Asked {
  readonly data: WantedData;
  readonly asJson: boolean;
  /** Of the query that it stands in; without one, the calendar's counts. */
  readonly zone: Zone | undefined;
}

const name = C('calendar-data');

/** RFC 4791 §9.6: the object, or the part asked for, as text inside a property; as jCal where that is asked for. */
export const calendarData = (index: OccurrenceIndex, evaluator: Evaluator): PropertyRow =>
  property(
    name,
    ['calendar-object'],
    (object, x, request) => {
      const { data, asJson, zone } = askedOf(request);
      const timezones = timezonesFor(x.req);
      const wanted = timezones ? { ...data, timezones } : data;
      const whole = Object.keys(wanted).length === 0;
      // Without a wait, as clients ask for thousands.
      if (whole && !asJson && object.bytes) return object.bytes;
      return written(object, x, { wanted, whole, asJson, zone, index, evaluator });
    },
    { data: true, check: askedOf },
  );

/** How an object is to be given. */
interface Writing {
  readonly wanted: WantedData;
  /** Nothing is wanted but the object as it is. */
  readonly whole: boolean;
  readonly asJson: boolean;
  readonly zone: Zone | undefined;
  readonly index: OccurrenceIndex;
  readonly evaluator: Evaluator;
}

async function written(object: Granted<ResourceOf<'calendar-object'>>, x: Exchange, writing: Writing) {
  const { bytes, member } = object.bytes ? object : ((await x.access.content(object)) ?? object);
  if (!bytes) return undefined;
  const data = writing.whole
    ? bytes
    : await partOf({ bytes, member }, writing, {
        zone: writing.zone ?? zoneOfCollection(object.collection, x.user),
        known: await writing.index.of(object.collection.id),
      });
  return writing.asJson ? new WholeElement(jcalElement(data).markup) : data;
}

/** Both forms in which objects are had (RFC 4791 §5.2.4, RFC 7265 §4.4). */
export const supportedCalendarData = ['text/calendar', jcalType].map(
  (type) => xml`<C:calendar-data content-type="${type}" version="2.0"/>`,
);

/**
 * The request's properties, with the time zone of a calendar-query put into its calendar-data: floating times are read
 * in it there too (RFC 4791 §7.3).
 */
export function withQueryZone(names: readonly Element[], query: Element): readonly Element[] {
  const zone = child(query, C('timezone')) ?? child(query, C('timezone-id'));
  if (!zone) return names;
  return names.map((element) => {
    if (element.name !== name) return element;
    const { attributes, text } = element;
    return {
      name,
      attributes,
      text,
      nodes: [...element.nodes, zone],
      children: [...element.children, zone],
    };
  });
}

/** Elements of requests are immutable, and each is asked for many objects. */
const known = new WeakMap<Element, Asked>();

/** @throws DavError for a format or a range that can't be had */
function askedOf(request: Element | undefined): Asked {
  if (!request) return { data: {}, asJson: false, zone: undefined };
  let asked = known.get(request);
  if (!asked) {
    asked = readAsked(request);
    known.set(request, asked);
  }
  return asked;
}

function readAsked(request: Element): Asked {
  const { 'content-type': type = 'text/calendar', version = '2.0' } = request.attributes;
  const asJson = type.toLowerCase() === jcalType;
  if ((type.toLowerCase() !== 'text/calendar' && !asJson) || version !== '2.0') {
    throw refuse(
      preconditions.supportedCalendarData,
      `events can be had as text/calendar or ${jcalType} 2.0, not ${type} ${version}`,
    );
  }
  const comp = child(request, C('comp'));
  const range = (name: string) => child(request, C(name));
  const expand = range('expand');
  const recurrences = range('limit-recurrence-set');
  const freeBusy = range('limit-freebusy-set');
  const data: WantedData = {
    ...(comp && { comp: readComp(comp) }),
    ...(expand && { expand: readClosedRange(expand) }),
    ...(recurrences && { limitRecurrenceSet: readClosedRange(recurrences) }),
    ...(freeBusy && { limitFreeBusySet: readClosedRange(freeBusy) }),
  };
  return { data, asJson, zone: readQueryZone(request) };
}

/** An unreadable object (an edit on disk) must not hide the others: it is given as it is. */
async function partOf(
  { bytes, member }: Content,
  { wanted, evaluator }: Writing,
  { zone, known }: { readonly zone: Zone; readonly known: CalendarOccurrences },
): Promise<string | Uint8Array> {
  try {
    const { expand } = wanted;
    if (!expand) return await evaluator.ask('data', { bytes, wanted, zone });
    await known.learn(member, bytes, expand, zone);
    const spans = known.exactSpans(member, expand, zone);
    return await evaluator.ask('data', { bytes, wanted: { ...wanted, spans }, zone });
  } catch (error) {
    if (error instanceof InvalidData) return bytes;
    if (error instanceof TooMuch) throw refuse(common.numberOfMatchesWithinLimits, error.message);
    throw error;
  }
}

function jcalElement(data: string | Uint8Array) {
  const text = typeof data === 'string' ? data : textOf(data);
  try {
    return xml`<C:calendar-data content-type="${jcalType}" version="2.0">${toJCal(text)}</C:calendar-data>`;
  } catch (error) {
    if (error instanceof InvalidData) throw refuse(preconditions.supportedCalendarData, error.message);
    throw error;
  }
}

/** §9.6.5–9.6.7 demand both ends. */
function readClosedRange(element: Element) {
  const range = readTimeRange(element);
  if (Number.isFinite(range.start) && Number.isFinite(range.end)) return range;
  throw refuse(preconditions.validFilter, 'this range needs a start and an end');
}

/**
 * §9.6.1: without `allprop` or `prop` no property is wanted, and likewise for components. One with nothing in it is
 * wanted whole, as VTIMEZONE is in the example of §7.8.1.
 */
function readComp(element: Element): CompSelection {
  if (element.children.length === 0) {
    return { name: (element.attributes['name'] ?? '').toUpperCase(), props: 'all', comps: 'all' };
  }
  const props = childrenOf(element, C('prop')).map(readProp);
  const comps = childrenOf(element, C('comp')).map(readComp);
  return {
    name: (element.attributes['name'] ?? '').toUpperCase(),
    props: child(element, C('allprop')) ? 'all' : props,
    comps: child(element, C('allcomp')) ? 'all' : comps,
  };
}

function readProp({ attributes }: Element): PropSelection {
  return { name: (attributes['name'] ?? '').toUpperCase(), noValue: attributes['novalue'] === 'yes' };
}
