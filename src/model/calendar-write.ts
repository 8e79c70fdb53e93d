import { type Calendar, type Component, sourceText } from './component.ts';
import type { ContentLine, Param } from './contentline.ts';
import { writeContentLine } from './contentline-write.ts';

/** What is left of a character within which a line was folded (RFC 5545 §3.1): the halves are no text. */
const CUT = '\ufffd';

/** A property that stands in no source. `value` is raw, so already escaped where its type asks for that. */
export function madeLine(name: string, params: readonly Param[], value: string): ContentLine {
  return { line: 0, group: null, name, params, value, start: 0, end: 0 };
}

/** A component that stands in no source. */
export function madeComponent(
  name: string,
  properties: readonly ContentLine[],
  components: readonly Component[],
): Component {
  return { name, properties, components, line: 0, start: 0, end: 0 };
}

/**
 * Text of a calendar that was made from another by leaving out and replacing: CRLF line ends, lines folded at 75
 * octets. What was not replaced stands as it was written, folds included.
 */
export function writeCalendar(calendar: Calendar): string {
  return writeComponent(calendar, calendar.root);
}

export function writeComponent(
  calendar: Calendar,
  component: Component,
  written: Written = { runs: new Map(), components: new Map() },
): string {
  const { name, properties, components } = component;
  let text = `BEGIN:${name}\r\n`;
  for (let from = 0, to = 0; from < properties.length; from = to) {
    to = endOfRun(properties, from);
    text += runText(calendar, properties, from, to, written);
  }
  for (const child of components) {
    let known = written.components.get(child);
    if (known === undefined) {
      known = writeComponent(calendar, child, written);
      written.components.set(child, known);
    }
    text += known;
  }
  return `${text}END:${name}\r\n`;
}

/** Texts by what they are of: the occurrences of a component have most of their lines in common. */
interface Written {
  /** Of lines that stand together in the source, by the first of them. */
  readonly runs: Map<ContentLine, { readonly last: ContentLine; readonly text: string }>;
  readonly components: Map<Component, string>;
}

/** Where the lines end that follow each other in the source, from one on. */
function endOfRun(lines: readonly ContentLine[], from: number): number {
  let to = from + 1;
  while (to < lines.length && isFollowed(lines[to - 1], lines[to])) to += 1;
  return to;
}

function isFollowed(line: ContentLine | undefined, next: ContentLine | undefined): boolean {
  if (line === undefined || next === undefined) return false;
  return line.end > line.start && next.start === line.end;
}

function runText(
  calendar: Calendar,
  lines: readonly ContentLine[],
  from: number,
  to: number,
  { runs }: Written,
): string {
  const [first, last] = [lines[from], lines[to - 1]];
  if (first === undefined || last === undefined) return '';
  if (first.end === first.start) return lineText(first);
  const known = runs.get(first);
  if (known?.last === last) return known.text;
  let text = sourceText(calendar, { start: first.start, end: last.end });
  if (text.includes(CUT)) {
    const texts = lines.slice(from, to).map((line) => [line, sourceText(calendar, line)] as const);
    text = texts.map(([line, one]) => (one.includes(CUT) ? lineText(line) : one)).join('');
  }
  runs.set(first, { last, text });
  return text;
}

function lineText({ group, name, params, value }: ContentLine): string {
  return writeContentLine(group, name, params, value);
}
