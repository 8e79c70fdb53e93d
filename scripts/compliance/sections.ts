/** Sections of RFCs with an answer each: rfcNNNN.txt beside this file. */

import { readdirSync, readFileSync } from 'node:fs';

export interface Rfc {
  readonly number: number;
  readonly title: string;
  readonly rows: readonly SectionRow[];
}

/** One section, or one thing that a section defines. */
export interface SectionRow {
  readonly section: string;
  readonly what: string;
  readonly answer: Answer;
}

export type Answer =
  /** Said by hand: supported or not, how or why not; `none`: it asks nothing of a server. */
  | { readonly is: 'yes' | 'partly' | 'no' | 'none' | 'example'; readonly note: string }
  /** Said by the tables that answer requests; `note` adds to it. */
  | { readonly is: Reference; readonly name: string; readonly note: string };

export type Reference = (typeof references)[number];
const references = ['property', 'report', 'method', 'precondition'] as const;
const said = ['yes', 'partly', 'no', 'none', 'example'] as const;

/** RFCs in the order of their numbers. */
export function readRfcs(): readonly Rfc[] {
  return readdirSync(import.meta.dirname)
    .filter((name) => /^rfc\d+\.txt$/.test(name))
    .sort()
    .map((name) => readRfc(readFileSync(`${import.meta.dirname}/${name}`, 'utf8')));
}

/**
 * The first line is `# RFC 4918: title`, the others are `9.10 LOCK Method = method LOCK; note`.
 * @throws Error naming the line that has no answer
 */
export function readRfc(text: string): Rfc {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const [, number, title = ''] = /^# RFC (\d+): (.+)$/.exec(head) ?? [];
  return { number: Number(number), title, rows: lines.map(readRow) };
}

function readRow(line: string): SectionRow {
  const [, section, what, text] = /^([\d.]+) (.+) = (.+)$/.exec(line) ?? [];
  if (section === undefined || what === undefined || text === undefined) {
    throw new Error(`"${line}" has no answer: write "SECTION TITLE = ANSWER; how or why not"`);
  }
  return { section, what, answer: readAnswer(text, line) };
}

function readAnswer(text: string, line: string): Answer {
  const [first = '', ...rest] = text.split('; ');
  const note = rest.join('; ');
  const [kind = '', name] = first.split(' ');
  const reference = references.find((known) => known === kind);
  if (reference && name !== undefined) return { is: reference, name, note };
  const is = said.find((known) => known === first);
  if (is === undefined) throw new Error(`"${line}" has an answer of no kind: ${first}`);
  if (is === 'no' && note === '') throw new Error(`"${line}" says no, but not why`);
  return { is, note };
}
