import { Buffer } from 'node:buffer';
import { type ContentLine, readContentLines } from './contentline.ts';
import { InvalidData } from './invalid.ts';

/** A component of iCalendar (RFC 5545 §3.6) as it was written. */
export interface Component {
  /** Upper case. */
  readonly name: string;
  readonly properties: readonly ContentLine[];
  readonly components: readonly Component[];
  /** Physical line of its BEGIN, counted from 1. */
  readonly line: number;
  /** Octets [start, end) of the source, from BEGIN to the line break of END. */
  readonly start: number;
  readonly end: number;
}

/** A parsed iCalendar object: one VCALENDAR and the bytes it came from. */
export interface Calendar {
  readonly source: Uint8Array;
  readonly root: Component;
}

interface OpenComponent extends Component {
  readonly properties: ContentLine[];
  readonly components: OpenComponent[];
  end: number;
}

/** Deeper than anything that RFCs define. */
const DEEPEST = 16;

/**
 * Reads iCalendar bytes into a tree. Strict in structure, tolerant in everything else: properties and components that
 * nobody knows are kept.
 * @throws InvalidData at the first line that breaks the structure.
 */
export function readCalendar(source: Uint8Array): Calendar {
  const known = last?.deref();
  if (known?.source === source) return known;
  const calendar = parseCalendar(source);
  last = new WeakRef(calendar);
  return calendar;
}

/** The one that was read last: an object is mostly asked several things, one after the other. */
let last: WeakRef<Calendar> | undefined;

function parseCalendar(source: Uint8Array): Calendar {
  const open: OpenComponent[] = [];
  let root: OpenComponent | null = null;
  for (const line of readContentLines(source)) {
    const parent = open.at(-1);
    if (line.name === 'BEGIN') {
      const component = begin(line);
      if (parent === undefined) {
        if (root !== null) throw new InvalidData('object', line.line, 'begins a second calendar');
        if (component.name !== 'VCALENDAR') {
          throw new InvalidData('data', line.line, `begins ${component.name}, where VCALENDAR has to begin`);
        }
        root = component;
      } else {
        if (open.length >= DEEPEST)
          throw new InvalidData('data', line.line, `begins a component ${DEEPEST} levels deep`);
        parent.components.push(component);
      }
      open.push(component);
    } else if (parent === undefined) {
      throw new InvalidData('data', line.line, `has ${line.name} outside of VCALENDAR`);
    } else if (line.name === 'END') {
      const name = line.value.trim().toUpperCase();
      if (name !== parent.name) {
        throw new InvalidData(
          'data',
          line.line,
          `has END:${name}, but BEGIN:${parent.name} of line ${parent.line} has no END yet`,
        );
      }
      parent.end = line.end;
      open.pop();
    } else {
      parent.properties.push(line);
    }
  }
  const unfinished = open.at(-1);
  if (unfinished !== undefined)
    throw new InvalidData('data', unfinished.line, `has BEGIN:${unfinished.name} without END`);
  if (root === null) throw new InvalidData('data', 1, 'does not begin a calendar: the content is empty');
  return { source, root };
}

function begin(line: ContentLine): OpenComponent {
  const name = line.value.trim().toUpperCase();
  if (name === '') throw new InvalidData('data', line.line, 'has BEGIN without the name of a component');
  return { name, properties: [], components: [], line: line.line, start: line.start, end: line.end };
}

/** The first property of a name; most may stand only once. */
export function property(component: Component, name: string): ContentLine | undefined {
  return component.properties.find((line) => line.name === name);
}

export function propertiesOf(component: Component, name: string): ContentLine[] {
  return component.properties.filter((line) => line.name === name);
}

/** Calendar components other than time zones (RFC 4791 §4.1): those of an object that mean something by themselves. */
export function mainComponents(calendar: Calendar): Component[] {
  return calendar.root.components.filter((component) => component.name !== 'VTIMEZONE');
}

/** Text of octets [start, end) of the source as it was written, with CRLF line ends. */
export function sourceText(
  calendar: Calendar,
  part: { readonly start: number; readonly end: number },
): string {
  const { buffer, byteOffset } = calendar.source;
  const text = Buffer.from(buffer, byteOffset + part.start, part.end - part.start).toString('utf8');
  const lines = text.includes('\r') ? text.replace(/\r?\n/g, '\r\n') : text.replaceAll('\n', '\r\n');
  return lines.endsWith('\n') ? lines : `${lines}\r\n`;
}
