import { refuse } from '../dav/errors.ts';
import { qname } from '../dav/names.ts';
import { type PropertyRow, property, WholeElement } from '../dav/protocol.ts';
import { child, type Element, fromStored, storedText, toStored } from '../dav/xml.ts';
import { timezoneText } from '../model/calendar-timezones.ts';
import { ianaZone } from '../model/iana-zone.ts';
import { InvalidData } from '../model/invalid.ts';
import { UTC, type Zone } from '../model/zone.ts';
import { namedZone } from '../model/zone-names.ts';
import { definedTimezone, zoneOfCalendar } from '../model/zones.ts';
import type { Collection, User } from '../store/types.ts';
import { preconditions } from './preconditions.ts';

const timezoneProperty = qname('C', 'calendar-timezone');
const timezoneIdProperty = qname('C', 'calendar-timezone-id');
const prodId = '-//davd//davd//EN';

/**
 * RFC 4791 §5.2.2 and RFC 7809 §5.2: the zone of floating times, as a definition or by name. The one that was set last
 * is kept, and the other follows from it (RFC 7809 §3.1.5).
 */
export const timezoneProperties: readonly PropertyRow[] = [
  property(
    timezoneProperty,
    ['calendar'],
    ({ collection }) => {
      const stored = collection.properties[timezoneProperty];
      if (stored !== undefined)
        return typeof stored === 'string'
          ? stored
          : new WholeElement(fromStored(timezoneProperty, stored).text);
      const id = storedText(collection.properties[timezoneIdProperty]);
      return (id && timezoneText(id, prodId)) || undefined;
    },
    {
      set: (value) => {
        if (value) readTimezone(value);
        return {
          properties: { [timezoneProperty]: value && toStored(value), [timezoneIdProperty]: null },
        };
      },
    },
  ),
  property(
    timezoneIdProperty,
    ['calendar'],
    ({ collection }) => {
      const id = storedText(collection.properties[timezoneIdProperty]);
      const text = storedText(collection.properties[timezoneProperty]);
      return id ?? (text && tzidIn(text)) ?? undefined;
    },
    {
      set: (value) => {
        if (value) readTimezoneId(value);
        return {
          properties: { [timezoneIdProperty]: value === null ? null : value.text, [timezoneProperty]: null },
        };
      },
    },
  ),
];

/** The zone in the text of a `C:calendar-timezone` or `C:timezone`. @throws DavError valid-calendar-data (RFC 4791 §5.2.2) */
export function readTimezone(element: Element): Zone {
  const zone = zoneIn(element.text);
  if (!zone)
    throw refuse(preconditions.validCalendarData, 'the time zone is not an iCalendar with one VTIMEZONE');
  return zone;
}

/** The zone of floating times that a query names by definition or by id (RFC 4791 §9.8, RFC 7809 §6.2). @throws DavError */
export function readQueryZone(query: Element): Zone | undefined {
  const timezone = child(query, qname('C', 'timezone'));
  if (timezone) return readTimezone(timezone);
  const id = child(query, qname('C', 'timezone-id'));
  return id && readTimezoneId(id);
}

function readTimezoneId({ text }: Element): Zone {
  const zone = ianaZone(text);
  if (!zone) throw refuse(preconditions.validTimezone, `"${text}" is no time zone of the tz database`);
  return zone;
}

/** The zone in which a calendar's floating times are read where the request names none; UTC if nothing says. */
export function zoneOfCollection(collection: Collection, user: User): Zone {
  let zone = zones.get(collection);
  if (!zone) {
    const id = storedText(collection.properties[timezoneIdProperty]);
    const text = storedText(collection.properties[timezoneProperty]);
    zone =
      (id && namedZone(id)) || (text && zoneIn(text)) || (user.timeZone && ianaZone(user.timeZone)) || UTC;
    zones.set(collection, zone);
  }
  return zone;
}

/** A request's objects share their collection, so its zone is read once. */
const zones = new WeakMap<Collection, Zone>();

function zoneIn(text: string): Zone | null {
  const zone = read(() => zoneOfCalendar(Buffer.from(text)));
  if (zone) definitions.set(zone, text);
  return zone;
}

/** The iCalendar text from which a zone was read here. */
export function definitionOf(zone: Zone): string | undefined {
  return definitions.get(zone);
}

const definitions = new WeakMap<Zone, string>();

function tzidIn(text: string): string | null {
  return read(() => definedTimezone(Buffer.from(text)));
}

function read<T>(reading: () => T): T | null {
  try {
    return reading();
  } catch (error) {
    if (error instanceof InvalidData) return null;
    throw error;
  }
}
