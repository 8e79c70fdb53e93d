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

/** Objects have one or two zones. What is beyond floats. */
const MOST_ZONES = 20;
/** Texts that are remembered, and the octets of one that is worth it. */
const MOST_TEXTS = 500;
const LONGEST_TEXT = 32_768;
/** Middles of winter and summer, years apart: an embedded zone may be out of date, but not wrong at all of them. */
const SAMPLES = [2003, 2008, 2012, 2016, 2020, 2024].flatMap((year) => [
  Date.UTC(year, 0, 15),
  Date.UTC(year, 6, 15),
]);

/** VTIMEZONE text → its zone, or null where it defines none. Clients send the same few texts with every object. */
const remembered = new Map<string, Zone | null>();

/**
 * The zones of an object. A TZID means, in this order: the zone it names if its own VTIMEZONE does not plainly differ
 * from that; its VTIMEZONE; the floating zone. So an unknown one is never an error.
 */
export function zonesOf(calendar: Calendar, floating: Zone): Zones {
  const found = new Map<string, Zone>();
  let definitions: ReadonlyMap<string, Component> | undefined;
  return {
    floating,
    of(value) {
      if (value.tzid === null) return floating;
      let zone = found.get(value.tzid);
      if (zone === undefined) {
        if (found.size >= MOST_ZONES) return floating;
        definitions ??= definitionsOf(calendar);
        zone = zoneOfTzid(calendar, definitions.get(value.tzid.trim()), value.tzid) ?? floating;
        found.set(value.tzid, zone);
      }
      return zone;
    },
  };
}

/**
 * The zone that iCalendar text defines, as in the properties calendar-timezone and the `timezone` of a query (RFC 4791
 * §5.2.2, §9.8); null if it holds anything but one VTIMEZONE.
 * @throws InvalidData if the bytes are no iCalendar.
 */
export function zoneOfCalendar(bytes: Uint8Array): Zone | null {
  const calendar = readCalendar(bytes);
  const tzid = onlyTimezone(calendar);
  return tzid === null ? null : zoneOfTzid(calendar, calendar.root.components[0], tzid);
}

/** The TZID of the zone that `zoneOfCalendar` finds. @throws InvalidData if the bytes are no iCalendar. */
export function definedTimezone(bytes: Uint8Array): string | null {
  return onlyTimezone(readCalendar(bytes));
}

function onlyTimezone(calendar: Calendar): string | null {
  if (calendar.root.components.length !== 1) return null;
  const [tzid] = definitionsOf(calendar).keys();
  return tzid ?? null;
}

/** The VTIMEZONE components of an object, by TZID. */
function definitionsOf(calendar: Calendar): ReadonlyMap<string, Component> {
  const definitions = new Map<string, Component>();
  for (const component of calendar.root.components) {
    if (component.name !== 'VTIMEZONE' || definitions.size >= MOST_ZONES) continue;
    const line = property(component, 'TZID');
    if (line !== undefined) definitions.set(unescapeText(line.value).trim(), component);
  }
  return definitions;
}

function zoneOfTzid(calendar: Calendar, definition: Component | undefined, tzid: string): Zone | null {
  const named = namedZone(tzid);
  const own = definition === undefined ? null : zoneOfDefinition(calendar, definition, tzid);
  if (named === null || own === null) return named ?? own;
  return plainlyDiffers(own, named) ? own : named;
}

/** Where clocks differ at all times, or are changed where those of the name, as `EST`, never are. */
function plainlyDiffers(own: Zone, named: Zone): boolean {
  const offsets = SAMPLES.map((instant) => [own.offsetAt(instant), named.offsetAt(instant)] as const);
  const changes = (which: 0 | 1) => offsets.some((pair) => pair[which] !== offsets[0]?.[which]);
  return offsets.every(([ours, theirs]) => ours !== theirs) || (changes(0) && !changes(1));
}

function zoneOfDefinition(calendar: Calendar, definition: Component, tzid: string): Zone | null {
  const { buffer, byteOffset } = calendar.source;
  const { start, end } = definition;
  // Copies both: V8 keeps the whole source alive for a slice of it.
  const text = Buffer.from(buffer, byteOffset + start, end - start).toString('latin1');
  const name = Buffer.from(tzid).toString();
  if (text.length > LONGEST_TEXT) return embeddedZone(definition, name);
  let zone = remembered.get(text);
  if (zone === undefined) {
    zone = embeddedZone(definition, name);
    if (remembered.size >= MOST_TEXTS) remembered.clear();
    remembered.set(text, zone);
  }
  return zone;
}
