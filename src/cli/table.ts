/** Tables and lists. On a terminal they are wrapped into its width; in a pipe everything stays on its line. */

import { faint } from './output.ts';
import { plain, widthOf } from './show.ts';
import { widthOfTerminal, wrapped } from './wrap.ts';

type Cell = string | number;

const GAP = '  ';
/** Columns below which no column is made narrower. */
const NARROW = 12;

/** Rows of columns; numbers to the right. The first row is the heading. */
export function table(rows: readonly (readonly Cell[])[], room = widthOfTerminal()): string {
  const shown = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? cell : plain(cell))));
  const columns = (shown[0] ?? []).map((_, index) => shown.map((row) => String(row[index] ?? '')));
  const most = fitting(columns, room - GAP.length * (columns.length - 1));
  const cells = shown.map((row) => row.map((cell, index) => folded(String(cell), most[index] ?? 0)));
  const widths = most.map((_, index) => widest(cells.flatMap((row) => row[index] ?? [])));
  const numbers = (shown.at(-1) ?? []).map((cell) => typeof cell === 'number');
  const lines = cells.map((row, index) => aligned(row, widths, index === 0 ? [] : numbers));
  return lines.map((line, index) => (index === 0 ? faint(line) : line)).join('\n');
}

/** Names and values, each pair on a line of its own; what has no value is left out. */
export function list(
  pairs: readonly (readonly [name: string, value: string])[],
  room = widthOfTerminal(),
): string {
  const filled = pairs.filter(([, value]) => value !== '');
  const width = Math.max(...filled.map(([name]) => name.length));
  const left = room - width - GAP.length;
  return filled
    .map(([name, value]) => {
      // What is too long for a line is to be copied in one piece.
      const lines = wrapped(plain(value), Math.max(left, NARROW));
      return `${faint(name.padEnd(width))}${GAP}${lines.join(`\n${' '.repeat(width)}${GAP}`)}`;
    })
    .join('\n');
}

/** The most of each column: its widest cell where there is room, else the widest columns give way first. */
function fitting(columns: readonly (readonly string[])[], room: number): readonly number[] {
  const widths = columns.map(widest);
  const words = columns.map((texts) => widest(texts.flatMap((text) => text.split(' '))));
  const narrow = words.map((width) => Math.min(width, NARROW));
  // Words are broken only where nothing else helps.
  for (const least of [words, narrow]) {
    while (sum(widths) > room) {
      const givable = widths.map((width, index) => (width > (least[index] ?? 0) ? width : 0));
      const most = Math.max(...givable);
      if (most === 0) break;
      widths[givable.indexOf(most)] = most - 1;
    }
  }
  return widths;
}

/** A row, on as many lines as its highest cell. */
function aligned(
  cells: readonly (readonly string[])[],
  widths: readonly number[],
  numbers: readonly boolean[],
): string {
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const parts = cells.map((lines, index) => {
      const text = lines[line] ?? '';
      const blanks = ' '.repeat((widths[index] ?? 0) - widthOf(text));
      return numbers[index] ? blanks + text : text + blanks;
    });
    return parts.join(GAP).trimEnd();
  }).join('\n');
}

/** Lines of `width` at most. */
function folded(text: string, width: number): readonly string[] {
  return broken(wrapped(text, width), width);
}

/** Breaks words that are wider than `width`. */
function broken(lines: readonly string[], width: number): readonly string[] {
  return lines.flatMap((line) => {
    const parts = [''];
    for (const character of line) {
      if (widthOf((parts.at(-1) ?? '') + character) > width) parts.push('');
      parts.push((parts.pop() ?? '') + character);
    }
    return parts;
  });
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(widthOf));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
