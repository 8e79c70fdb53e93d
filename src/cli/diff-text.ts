/** What differs between versions of items, in the form of diff -u. */

import { diff, styleText } from 'node:util';
import type { Difference } from '../admin/past/versions.ts';
import { faint } from './output.ts';
import { plain } from './show.ts';

/** Equal lines around a change. */
const CONTEXT = 3;
/** Comparing takes time with the square of this: longer stretches that differ are shown as replaced. */
const MOST_LINES = 1500;

type Line = readonly [mark: ' ' | '-' | '+', text: string];

export function differencesText(differences: readonly Difference[]): string {
  if (differences.length === 0) return 'No item was changed.';
  return differences.map(differenceText).join('\n\n');
}

function differenceText({ path, before, after }: Difference): string {
  const heads = [`--- ${before ? path : '(nothing)'}`, `+++ ${after ? path : '(nothing)'}`];
  const lines = around(compare(linesOf(before?.content), linesOf(after?.content)));
  if (lines.length === 0) return `${heads.join('\n')}\n${faint('They are the same.')}`;
  return [...heads.map(plain), ...lines.map(shown)].join('\n');
}

function linesOf(content: string | undefined): string[] {
  if (content === undefined) return [];
  const lines = Buffer.from(content, 'base64').toString().split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function compare(before: readonly string[], after: readonly string[]): Line[] {
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start++;
  let end = 0;
  const rest = Math.min(before.length, after.length) - start;
  while (end < rest && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const same = (lines: readonly string[]) => lines.map((line): Line => [' ', line]);
  const [old, fresh] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  return [...same(before.slice(0, start)), ...middle(old, fresh), ...same(before.slice(before.length - end))];
}

function middle(before: readonly string[], after: readonly string[]): Line[] {
  if (before.length > MOST_LINES || after.length > MOST_LINES || before.length * after.length === 0) {
    return [...before.map((line): Line => ['-', line]), ...after.map((line): Line => ['+', line])];
  }
  return diff(before, after).map(([side, line]) => [side === 0 ? ' ' : side > 0 ? '-' : '+', line]);
}

/** Changed lines with a few of those around them; null where some were left out. */
function around(lines: readonly Line[]): (Line | null)[] {
  const near = lines.map(() => false);
  for (const [i, [mark]] of lines.entries()) {
    if (mark === ' ') continue;
    for (let j = Math.max(0, i - CONTEXT); j <= Math.min(lines.length - 1, i + CONTEXT); j++) near[j] = true;
  }
  const shownLines: (Line | null)[] = [];
  for (const [i, line] of lines.entries()) {
    if (near[i]) shownLines.push(line);
    else if (shownLines.length > 0 && shownLines.at(-1) !== null) shownLines.push(null);
  }
  return shownLines.at(-1) === null ? shownLines.slice(0, -1) : shownLines;
}

function shown(line: Line | null): string {
  if (line === null) return faint('…');
  const [mark, text] = line;
  const whole = `${mark}${plain(text)}`;
  if (mark === ' ') return whole;
  return styleText(mark === '-' ? 'red' : 'green', whole, { stream: process.stdout });
}
