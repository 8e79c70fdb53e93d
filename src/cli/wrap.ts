/** Text in the width of a terminal. */

import { widthOf } from './show.ts';

/** Endless where there is no terminal. */
export function widthOfTerminal(stream: NodeJS.WriteStream = process.stdout): number {
  return (stream.isTTY && stream.columns) || Number.POSITIVE_INFINITY;
}

/** Running text, each line behind `indent`. */
export function paragraph(text: string, indent = '', room = widthOfTerminal()): string {
  return wrapped(text, room - indent.length)
    .map((line) => indent + line)
    .join('\n');
}

/** Lines that end at blanks, none wider than `width` unless one word is. */
export function wrapped(text: string, width: number): readonly string[] {
  if (widthOf(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
