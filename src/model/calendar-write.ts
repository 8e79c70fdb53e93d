import { type Calendar, type Component, sourceText } from './component.ts';
import type { ContentLine, Param } from './contentline.ts';
import { writeContentLine } from './contentline-write.ts';

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
  written: Written = new Map(),
): string {
  const { name, properties, components } = component;
  let text = `BEGIN:${name}\r\n`;
  for (const line of properties) text += once(written, line, () => lineText(calendar, line));
  for (const child of components) {
    text += once(written, child, () => writeComponent(calendar, child, written));
  }
  return `${text}END:${name}\r\n`;
}

/** Texts by what they are of: the occurrences of a component have most of their lines in common. */
type Written = Map<ContentLine | Component, string>;

function once<P extends ContentLine | Component>(written: Written, part: P, write: () => string): string {
  let text = written.get(part);
  if (text === undefined) {
    text = write();
    written.set(part, text);
  }
  return text;
}

function lineText(calendar: Calendar, line: ContentLine): string {
  const text = line.end > line.start ? sourceText(calendar, line) : '\ufffd';
  // Made, or folded within a character (RFC 5545 §3.1), of which the halves are no text.
  if (text.includes('\ufffd')) return writeContentLine(line.group, line.name, line.params, line.value);
  return text;
}
