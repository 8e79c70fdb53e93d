import { type Precondition, refuse } from '../dav/errors.ts';
import { isMediaType } from '../dav/media.ts';
import { qname } from '../dav/names.ts';
import type { Extension } from '../dav/protocol.ts';
import { InvalidData, type InvalidRule } from '../model/invalid.ts';
import { TooMuch } from '../model/work.ts';
import type { Collection, Facts } from '../store/types.ts';
import { Evaluator } from './evaluation/evaluator.ts';
import { prepareZones, startWorker } from './evaluation/start-worker.ts';
import { exportCalendar } from './export.ts';
import { mkcalendar } from './mkcalendar.ts';
import { NOTHING_KEPT, OccurrenceIndex } from './occurrences/occurrence-index.ts';
import { preconditions } from './preconditions.ts';
import { componentNames, properties } from './properties.ts';
import { calendarMultiget } from './reports/calendar-multiget.ts';
import { calendarQuery } from './reports/calendar-query.ts';
import { freeBusyQuery } from './reports/free-busy-query.ts';
import { decode, represent } from './representation.ts';

/**
 * CalDAV (RFC 4791), with availability (RFC 7953): with an index in which it looks up when objects happen, and with what
 * computes it.
 */
export const caldavWith = (index: OccurrenceIndex, evaluator: Evaluator): Extension => ({
  kind: 'calendar',
  compliance: ['calendar-access', 'calendar-availability'],
  collectionType: qname('C', 'calendar'),
  defaultComponents: componentNames,
  ending: '.ics',
  contentType: ({ facts }) =>
    `text/calendar; charset=utf-8${facts.component && `; component=${facts.component.toLowerCase()}`}`,
  check: (bytes, collection, contentType) => check(bytes, collection, contentType, evaluator),
  whole: exportCalendar,
  decode,
  represent,
  varies: 'Accept, CalDAV-Timezones',
  maxResourceSize: preconditions.maxResourceSize,
  noUidConflict: preconditions.noUidConflict,
  collectionLocationOk: preconditions.calendarCollectionLocationOk,
  properties: properties(index, evaluator),
  reports: [calendarQuery(index, evaluator), calendarMultiget, freeBusyQuery(index, evaluator)],
  methods: [mkcalendar],
});

/** CalDAV by itself: its tables and rules. */
export const caldav: Extension = withoutServer();

function withoutServer(): Extension {
  const evaluator = new Evaluator(startWorker);
  return caldavWith(new OccurrenceIndex(NOTHING_KEPT, evaluator), evaluator);
}

/** RFC 4791 §5.3.2.1 */
async function check(
  bytes: Uint8Array,
  collection: Collection,
  contentType: string | undefined,
  evaluator: Evaluator,
): Promise<Facts> {
  if (!isMediaType(contentType, ['text/calendar'])) {
    throw refuse(preconditions.supportedCalendarData, `a calendar stores text/calendar, not ${contentType}`);
  }
  const { facts, components, demanding } = await read(bytes, evaluator);
  prepareZonesOnce();
  if (demanding) await evaluator.prepare();
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

let zonesPrepared = false;

/** Whoever stores something asks when it happens later; who stores nothing needs the memory for it less. */
function prepareZonesOnce(): void {
  if (zonesPrepared) return;
  zonesPrepared = true;
  prepareZones();
}

/** What an object violates, by what is wrong with it. */
const violated: Readonly<Record<InvalidRule, Precondition>> = {
  data: preconditions.validCalendarData,
  object: preconditions.validCalendarObjectResource,
  version: preconditions.supportedCalendarData,
  'min-date-time': preconditions.minDateTime,
  'max-instances': preconditions.maxInstances,
  'max-attendees-per-instance': preconditions.maxAttendeesPerInstance,
  'supported-rscale': preconditions.supportedRscale,
};

async function read(bytes: Uint8Array, evaluator: Evaluator) {
  try {
    return await evaluator.ask('check', { bytes });
  } catch (error) {
    if (error instanceof TooMuch) throw refuse(503, error.message);
    if (!(error instanceof InvalidData)) throw error;
    throw refuse(violated[error.rule], error.message);
  }
}
