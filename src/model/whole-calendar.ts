import { madeLine, writeComponent } from './calendar-write.ts';
import {
  type Calendar,
  type Component,
  mainComponents,
  property,
  readCalendar,
  sourceText,
} from './component.ts';
import type { ContentLine } from './contentline.ts';
import { writeContentLine } from './contentline-write.ts';
import { InvalidData } from './invalid.ts';
import { namedZone } from './zone-names.ts';

/** A property of the calendar as a whole. `value` is raw, so already escaped where its type asks for that. */
export interface CalendarProperty {
  readonly name: string;
  readonly value: string;
}

/**
 * Many calendar objects as the text of one calendar (RFC 5545 §3.6), piece by piece, with CRLF line ends. Each time zone
 * comes once, before what uses it. What can't be read, or is no object of its own, is left out.
 * @param properties of the calendar, in order; VERSION and CALSCALE come by themselves
 */
export async function* wholeCalendar(
  properties: readonly CalendarProperty[],
  objects: AsyncIterable<Uint8Array>,
): AsyncGenerator<string> {
  const lines = properties.map(({ name, value }) => writeContentLine(null, name, [], value));
  yield `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${lines.join('')}CALSCALE:GREGORIAN\r\n`;
  const zones = new Zones();
  for await (const bytes of objects) yield componentsOf(bytes, zones);
  yield 'END:VCALENDAR\r\n';
}

function componentsOf(bytes: Uint8Array, zones: Zones): string {
  const calendar = readable(bytes);
  if (!calendar) return '';
  let text = '';
  const renamed = new Map<string, string>();
  for (const component of calendar.root.components) {
    if (component.name === 'VTIMEZONE') text += zones.take(calendar, component, renamed);
  }
  for (const component of mainComponents(calendar)) {
    const written = renamed.size > 0 ? renameZones(component, renamed) : component;
    text += writeComponent(calendar, written);
  }
  return text;
}

function readable(bytes: Uint8Array): Calendar | undefined {
  try {
    return readCalendar(bytes);
  } catch (error) {
    if (error instanceof InvalidData) return undefined;
    throw error;
  }
}

/** The time zones that are in the calendar already, by TZID. */
class Zones {
  /** For each TZID the definitions met, with the TZID under which each stands in the calendar. */
  readonly #known = new Map<string, Map<string, string>>();

  /**
   * Text of a VTIMEZONE, '' if it is there already. Programs define the zones that everybody knows each in their own
   * way, so there the first definition is as good as any; of others a second one gets a name of its own.
   */
  take(calendar: Calendar, zone: Component, renamed: Map<string, string>): string {
    const tzid = property(zone, 'TZID')?.value.trim();
    if (!tzid) return '';
    const definition = namedZone(tzid) ? '' : sourceText(calendar, zone);
    const known = this.#known.get(tzid) ?? new Map<string, string>();
    this.#known.set(tzid, known);
    const before = known.get(definition);
    if (before !== undefined) {
      if (before !== tzid) renamed.set(tzid, before);
      return '';
    }
    const name = known.size === 0 ? tzid : this.#freeName(tzid, known.size + 1);
    known.set(definition, name);
    if (name !== tzid) this.#known.set(name, new Map([[definition, name]]));
    if (name === tzid) return writeComponent(calendar, zone);
    renamed.set(tzid, name);
    const properties = zone.properties.map((line) =>
      line.name === 'TZID' ? madeLine('TZID', line.params, name) : line,
    );
    return writeComponent(calendar, { ...zone, properties });
  }

  #freeName(tzid: string, number: number): string {
    const name = `${tzid} (${number})`;
    return this.#known.has(name) ? this.#freeName(tzid, number + 1) : name;
  }
}

function renameZones(component: Component, renamed: ReadonlyMap<string, string>): Component {
  return {
    ...component,
    properties: component.properties.map((line) => renameZone(line, renamed)),
    components: component.components.map((inner) => renameZones(inner, renamed)),
  };
}

function renameZone(line: ContentLine, renamed: ReadonlyMap<string, string>): ContentLine {
  const names = line.params.flatMap(({ name, values }) => (name === 'TZID' ? values : []));
  if (!names.some((name) => renamed.has(name))) return line;
  const params = line.params.map((param) =>
    param.name === 'TZID'
      ? { ...param, values: param.values.map((value) => renamed.get(value) ?? value) }
      : param,
  );
  return madeLine(line.name, params, line.value);
}
