import { type Precondition, refuse } from '../dav/errors.ts';
import { isMediaType } from '../dav/media.ts';
import { qname } from '../dav/names.ts';
import type { Extension } from '../dav/protocol.ts';
import { checkCalendarObject } from '../model/calendar-object.ts';
import { InvalidData, type InvalidRule } from '../model/invalid.ts';
import type { Collection, Facts } from '../store/types.ts';
import { exportCalendar } from './export.ts';
import { mkcalendar } from './mkcalendar.ts';
import { NOTHING_KEPT, OccurrenceIndex } from './occurrence-index.ts';
import { preconditions } from './preconditions.ts';
import { componentNames, properties } from './properties.ts';
import { calendarMultiget } from './reports/calendar-multiget.ts';
import { calendarQuery } from './reports/calendar-query.ts';
import { freeBusyQuery } from './reports/free-busy-query.ts';
import { decode, represent } from './representation.ts';

/** CalDAV (RFC 4791), with availability (RFC 7953), and an index in which it looks up when objects happen. */
export const caldavWith = (index: OccurrenceIndex): Extension => ({
  kind: 'calendar',
  compliance: ['calendar-access', 'calendar-availability'],
  collectionType: qname('C', 'calendar'),
  defaultComponents: componentNames,
  ending: '.ics',
  contentType: ({ facts }) =>
    `text/calendar; charset=utf-8${facts.component && `; component=${facts.component.toLowerCase()}`}`,
  check,
  whole: exportCalendar,
  decode,
  represent,
  varies: 'Accept, CalDAV-Timezones',
  maxResourceSize: preconditions.maxResourceSize,
  noUidConflict: preconditions.noUidConflict,
  collectionLocationOk: preconditions.calendarCollectionLocationOk,
  properties,
  reports: [calendarQuery(index), calendarMultiget, freeBusyQuery(index)],
  methods: [mkcalendar],
});

/** CalDAV by itself: its tables and rules. */
export const caldav: Extension = caldavWith(new OccurrenceIndex(NOTHING_KEPT));

/** RFC 4791 §5.3.2.1 */
function check(bytes: Uint8Array, collection: Collection, contentType: string | undefined): Facts {
  if (!isMediaType(contentType, ['text/calendar'])) {
    throw refuse(preconditions.supportedCalendarData, `a calendar stores text/calendar, not ${contentType}`);
  }
  const { facts, components } = read(bytes);
  const refused = components.find((name) => !collection.components.includes(name));
  if (refused !== undefined && collection.components.length > 0) {
    const accepted = collection.components.join(', ');
    throw refuse(
      preconditions.supportedCalendarComponent,
      `this calendar stores ${accepted}, not ${refused}`,
    );
  }
  return facts;
}

/** What an object violates, by what is wrong with it. */
const violated: Readonly<Record<InvalidRule, Precondition>> = {
  data: preconditions.validCalendarData,
  object: preconditions.validCalendarObjectResource,
  version: preconditions.supportedCalendarData,
  'min-date-time': preconditions.minDateTime,
  'max-instances': preconditions.maxInstances,
  'max-attendees-per-instance': preconditions.maxAttendeesPerInstance,
};

function read(bytes: Uint8Array) {
  try {
    return checkCalendarObject(bytes);
  } catch (error) {
    if (!(error instanceof InvalidData)) throw error;
    throw refuse(violated[error.rule], error.message);
  }
}
