import { Buffer } from 'node:buffer';
import { type Calendar, type Component, property, readCalendar } from './component.ts';
import type { DateValue } from './date-value.ts';
import { unescapeText } from './text-value.ts';
import { embeddedZone } from './vtimezone.ts';
import type { Zone } from './zone.ts';
import { namedZone } from './zone-names.ts';

/** Where the times of one calendar object are read. */
export interface Zones {
  /** For dates and floating times. */
  readonly floating: Zone;
  of(value: DateValue): Zone;
}

const MOST_TEXTS = 2000;
/** Middles of winter and summer, years apart: an embedded zone may be out of date, but not wrong at all of them. */
const SAMPLES = [2003, 2008, 2012, 2016, 2020, 2024].flatMap((year) => [
  Date.UTC(year, 0, 15),
  Date.UTC(year, 6, 15),
]);

/** VTIMEZONE text → its zone, or null where it defines none. Clients send the same few texts with every object. */
const embedded = new Map<string, Zone | null>();

/**
 * The zones of an object. A TZID means, in this order: the zone it names if its own VTIMEZONE does not plainly differ
 * from that; its VTIMEZONE; the floating zone. So an unknown one is never an error.
 */
export function zonesOf(calendar: Calendar, floating: Zone): Zones {
  const found = new Map<string, Zone>();
  return {
    floating,
    of(value) {
      if (value.tzid === null) return floating;
      let zone = found.get(value.tzid);
      if (zone === undefined) {
        zone = zoneOfTzid(calendar, value.tzid) ?? floating;
        found.set(value.tzid, zone);
      }
      return zone;
    },
  };
}

/**
 * The zone that the first VTIMEZONE of iCalendar text defines, as in the properties calendar-timezone and the
 * `timezone` of a query (RFC 4791 §5.2.2, §9.8); null if there is none.
 * @throws InvalidData if the bytes are no iCalendar.
 */
export function zoneOfCalendar(bytes: Uint8Array): Zone | null {
  const calendar = readCalendar(bytes);
  const component = calendar.root.components.find(({ name }) => name === 'VTIMEZONE');
  const tzid = component === undefined ? null : tzidOfComponent(component);
  return tzid === null ? null : zoneOfTzid(calendar, tzid);
}

function zoneOfTzid(calendar: Calendar, tzid: string): Zone | null {
  const named = namedZone(tzid);
  const component = calendar.root.components.find(
    (part) => part.name === 'VTIMEZONE' && tzidOfComponent(part) === tzid.trim(),
  );
  const own = component === undefined ? null : zoneOfText(calendar, component, tzid);
  if (named === null || own === null) return named ?? own;
  return SAMPLES.some((instant) => named.offsetAt(instant) === own.offsetAt(instant)) ? named : own;
}

function tzidOfComponent(component: Component): string | null {
  const line = property(component, 'TZID');
  return line === undefined ? null : unescapeText(line.value).trim();
}

function zoneOfText(calendar: Calendar, component: Component, tzid: string): Zone | null {
  const { buffer, byteOffset } = calendar.source;
  const text = Buffer.from(buffer, byteOffset + component.start, component.end - component.start).toString(
    'latin1',
  );
  let zone = embedded.get(text);
  if (zone === undefined) {
    zone = embeddedZone(component, tzid);
    if (embedded.size >= MOST_TEXTS) embedded.clear();
    embedded.set(text, zone);
  }
  return zone;
}
