import { refuse } from '../dav/errors.ts';
import { qname } from '../dav/names.ts';
import type { Element } from '../dav/xml.ts';
import { storedText } from '../dav/xml.ts';
import { InvalidData } from '../model/invalid.ts';
import { UTC, type Zone } from '../model/zone.ts';
import { namedZone } from '../model/zone-names.ts';
import { zoneOfCalendar } from '../model/zones.ts';
import type { Collection } from '../store/types.ts';
import { preconditions } from './preconditions.ts';

const timezoneProperty = qname('C', 'calendar-timezone');
const timezoneIdProperty = qname('C', 'calendar-timezone-id');

/** The zone in the text of a `C:calendar-timezone` or `C:timezone`. @throws DavError valid-calendar-data (RFC 4791 §5.2.2) */
export function readTimezone(element: Element): Zone {
  const zone = zoneIn(element.text);
  if (!zone)
    throw refuse(preconditions.validCalendarData, 'the time zone is not an iCalendar with a VTIMEZONE');
  return zone;
}

/** The zone in which a calendar's floating times are read where the request names none; UTC if nothing says. */
export function zoneOfCollection(collection: Collection): Zone {
  let zone = zones.get(collection);
  if (!zone) {
    const id = storedText(collection.properties[timezoneIdProperty]);
    const text = storedText(collection.properties[timezoneProperty]);
    zone = (id && namedZone(id)) || (text && zoneIn(text)) || UTC;
    zones.set(collection, zone);
  }
  return zone;
}

/** A request's objects share their collection, so its zone is read once. */
const zones = new WeakMap<Collection, Zone>();

function zoneIn(text: string): Zone | null {
  try {
    return zoneOfCalendar(Buffer.from(text));
  } catch (error) {
    if (error instanceof InvalidData) return null;
    throw error;
  }
}
