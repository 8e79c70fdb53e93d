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

export function writeComponent(calendar: Calendar, component: Component): string {
  const { name, properties, components } = component;
  const lines = properties.map((line) => lineText(calendar, line));
  const inner = components.map((child) => writeComponent(calendar, child));
  return `BEGIN:${name}\r\n${lines.join('')}${inner.join('')}END:${name}\r\n`;
}

function lineText(calendar: Calendar, line: ContentLine): string {
  const text = line.end > line.start ? sourceText(calendar, line) : '\ufffd';
  // Made, or folded within a character (RFC 5545 §3.1), of which the halves are no text.
  if (text.includes('\ufffd')) return writeContentLine(line.group, line.name, line.params, line.value);
  return text;
}
