import { refuse } from '../dav/errors.ts';
import { qname } from '../dav/names.ts';
import { type PropertyRow, property } from '../dav/protocol.ts';
import { child, childrenOf, type Element } from '../dav/xml.ts';
import {
  type CompSelection,
  calendarData as dataOf,
  type PropSelection,
  type WantedData,
} from '../model/calendar-data.ts';
import { InvalidData } from '../model/invalid.ts';
import type { PropertyName } from '../store/types.ts';
import { readTimeRange } from './filter.ts';
import { preconditions } from './preconditions.ts';
import { zoneOfCollection } from './timezone.ts';

const C = (local: string): PropertyName => qname('C', local);

/** RFC 4791 §9.6: the object, or the part asked for, as text inside a property. */
export const calendarData: PropertyRow = property(
  C('calendar-data'),
  ['calendar-object'],
  async (object, x, request) => {
    const bytes = object.bytes ?? (await x.access.content(object))?.bytes;
    if (!bytes) return undefined;
    const wanted = readWantedData(request);
    if (!wanted) return asStored(bytes);
    try {
      return dataOf(bytes, wanted, zoneOfCollection(object.collection));
    } catch (error) {
      // An unreadable object (an edit on disk) must not hide the others: it is given as it is.
      if (error instanceof InvalidData) return asStored(bytes);
      throw error;
    }
  },
  { data: true },
);

function asStored(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** undefined where the whole object is wanted. @throws DavError for a format or a range that can't be had */
function readWantedData(request: Element | undefined): WantedData | undefined {
  if (!request) return undefined;
  const { 'content-type': type = 'text/calendar', version = '2.0' } = request.attributes;
  if (type.toLowerCase() !== 'text/calendar' || version !== '2.0') {
    throw refuse(
      preconditions.supportedCalendarData,
      `events can be had as text/calendar 2.0, not ${type} ${version}`,
    );
  }
  if (request.children.length === 0) return undefined;
  const comp = child(request, C('comp'));
  const range = (name: string) => child(request, C(name));
  const expand = range('expand');
  const recurrences = range('limit-recurrence-set');
  const freeBusy = range('limit-freebusy-set');
  return {
    ...(comp && { comp: readComp(comp) }),
    ...(expand && { expand: readClosedRange(expand) }),
    ...(recurrences && { limitRecurrenceSet: readClosedRange(recurrences) }),
    ...(freeBusy && { limitFreeBusySet: readClosedRange(freeBusy) }),
  };
}

/** §9.6.5–9.6.7 demand both ends. */
function readClosedRange(element: Element) {
  const range = readTimeRange(element);
  if (Number.isFinite(range.start) && Number.isFinite(range.end)) return range;
  throw refuse(preconditions.validFilter, 'this range needs a start and an end');
}

/** §9.6.1: without `allprop` or `prop` no property is wanted, and likewise for components. */
function readComp(element: Element): CompSelection {
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
