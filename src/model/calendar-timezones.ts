import { madeComponent, madeLine, writeCalendar } from './calendar-write.ts';
import { type Calendar, type Component, property } from './component.ts';
import { tzidOf } from './date-value.ts';
import { ianaZone } from './iana-zone.ts';
import { unescapeText } from './text-value.ts';
import { vtimezoneOf } from './vtimezone-write.ts';
import { namedZone } from './zone-names.ts';

/** Definitions made from names; there are some 600 names, and few are used. */
const made = new Map<string, Component>();
const MOST_MADE = 100;
/** More than any object uses; a bound for hostile ones. */
const MOST_ADDED = 20;

/** The object without definitions of zones that are known by their IANA name (RFC 7809 §3.1.3). */
export function withoutKnownTimezones({ source, root }: Calendar): Calendar {
  const components = root.components.filter(
    (component) => component.name !== 'VTIMEZONE' || ianaZone(tzidOfDefinition(component)) === null,
  );
  return { source, root: { ...root, components } };
}

/** The object with a definition of each zone that it uses, as far as the names are known (RFC 7809 §3.1.3). */
export function withAllTimezones({ source, root }: Calendar): Calendar {
  const missing = new Set<string>();
  collectTzids(root, missing);
  for (const component of root.components) {
    if (component.name === 'VTIMEZONE') missing.delete(tzidOfDefinition(component));
  }
  const added = [...missing].slice(0, MOST_ADDED).flatMap((tzid) => definitionOf(tzid) ?? []);
  return { source, root: { ...root, components: [...added, ...root.components] } };
}

/** An iCalendar with the definition of a zone, as in calendar-timezone (RFC 4791 §5.2.2); null for an unknown name. */
export function timezoneText(tzid: string, prodId: string): string | null {
  const definition = ianaZone(tzid) && definitionOf(tzid);
  if (!definition) return null;
  const head = [madeLine('VERSION', [], '2.0'), madeLine('PRODID', [], prodId)];
  return writeCalendar({ source: new Uint8Array(), root: madeComponent('VCALENDAR', head, [definition]) });
}

/** The TZID of a VTIMEZONE. */
export function tzidOfDefinition(component: Component): string {
  return unescapeText(property(component, 'TZID')?.value ?? '').trim();
}

function collectTzids(component: Component, tzids: Set<string>): void {
  for (const line of component.properties) {
    const tzid = tzidOf(line);
    if (tzid !== null) tzids.add(tzid);
  }
  for (const child of component.components) if (child.name !== 'VTIMEZONE') collectTzids(child, tzids);
}

function definitionOf(tzid: string): Component | null {
  let definition = made.get(tzid);
  if (definition === undefined) {
    const zone = namedZone(tzid);
    if (zone === null) return null;
    definition = vtimezoneOf(zone, tzid);
    if (made.size >= MOST_MADE) made.clear();
    made.set(tzid, definition);
  }
  return definition;
}
