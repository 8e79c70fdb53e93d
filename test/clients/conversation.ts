/** Conversations as text files (README.md beside this file says how they are written): from text to data. */

import { readFileSync } from 'node:fs';

export interface Conversation {
  readonly title: string;
  readonly steps: readonly Step[];
}

/** One request with what is expected of its answer, still with its `{{variables}}`. */
export interface Step {
  readonly name: string;
  readonly line: number;
  /** The step is done once for each value. */
  readonly each: readonly { readonly variable: string; readonly values: readonly string[] }[];
  readonly text: string;
}

export interface WireRequest {
  readonly method: string;
  readonly target: string;
  /** `NAME` or `NAME:PASSWORD`; undefined sends no credentials. */
  readonly login: string | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | undefined;
}

export interface Expected {
  /** A status, or several of which any will do: `201|204`. */
  readonly status: string;
  readonly headers: readonly Expectation[];
  readonly body: readonly Expectation[];
}

/** One line: `name operator value`, with `prefix` (`no`, a status, `body`, …) before it where there is one. */
export interface Expectation {
  readonly indented: boolean;
  readonly prefix: string;
  readonly name: string;
  readonly operator: '' | '=' | '!=' | '~' | '>' | 'has' | '<';
  readonly value: string;
}

export type Variables = Map<string, string>;

export function readConversation(text: string): Conversation {
  const [head = '', ...parts] = text.split(/^### /m);
  const title = /^# (.+)$/m.exec(head)?.[1] ?? '';
  let line = head.split('\n').length;
  const steps = parts.map((part) => {
    const step = readStep(part, line);
    line += part.split('\n').length - 1;
    return step;
  });
  return { title, steps };
}

function readStep(part: string, line: number): Step {
  const [name = '', ...lines] = part.split('\n');
  const each: { variable: string; values: string[] }[] = [];
  let at = 0;
  for (; at < lines.length; at++) {
    const text = lines[at] ?? '';
    const [, variable, value] = /^@(\w+) = (.*)$/.exec(text) ?? [];
    if (variable !== undefined && value !== undefined) each.push({ variable, values: [value] });
    else if (/^@\w+ in$/.test(text)) each.push({ variable: text.slice(1, -3), values: [] });
    else if (/^ {2}\S/.test(text)) each.at(-1)?.values.push(text.trim());
    else if (text.trim() !== '' && !text.startsWith('# ')) break;
  }
  return { name: name.trim(), line, each, text: lines.slice(at).join('\n') };
}

/** The combinations of the values a step is done with. */
export function cases(step: Step): readonly Variables[] {
  return step.each.reduce<readonly Variables[]>(
    (all, { variable, values }) =>
      all.flatMap((chosen) => values.map((value) => new Map([...chosen, [variable, value]]))),
    [new Map()],
  );
}

/** @throws Error for a variable that has no value */
export function substitute(text: string, variables: Variables): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = variables.get(name);
    if (value === undefined)
      throw new Error(`{{${name}}} has no value: an earlier step must capture or set it`);
    return value;
  });
}

/** A step with its variables filled in. */
export function readExchange(text: string): { request: WireRequest; expected: Expected } {
  const [before = '', status = '', after = ''] = text.split(/^HTTP\/1\.1 (\S+).*/m);
  const [requestHead = '', body] = halves(before);
  const [requestLine = '', ...headerLines] = requestHead.split('\n');
  const [, method, target, login] = /^(\S+) (\S+)(?: as (\S+))?$/.exec(requestLine) ?? [];
  if (!method || !target || !status) throw new Error(`not a request with its answer: "${requestLine}"`);
  const headers = headerLines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const [expectedHead = '', expectedBody = ''] = halves(after);
  return {
    request: { method, target, login: login === 'nobody' ? undefined : (login ?? 'alice'), headers, body },
    expected: { status, headers: readExpectations(expectedHead), body: readExpectations(expectedBody) },
  };
}

/** What stands before and after the first empty line. */
function halves(text: string): [string, string | undefined] {
  const [head = '', ...rest] = text.split('\n\n');
  const body = rest.join('\n\n').trim();
  return [head.trim(), body === '' ? undefined : body];
}

function readExpectations(text: string): readonly Expectation[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('# '))
    .map(readExpectation);
}

const expectation = /^(?:(no|error|status|\d{3}) )?(\S+?)(?::?$|: | (=|!=|~|>|has|<)(?: |$))(.*)$/;

function readExpectation(line: string): Expectation {
  const [, prefix = '', name, operator, value = ''] = expectation.exec(line.trim()) ?? [];
  if (name === undefined) throw new Error(`not an expectation: "${line}"`);
  const isEqual = operator === undefined && value !== '';
  return {
    indented: line.startsWith('  '),
    prefix,
    name,
    operator: (isEqual ? '=' : (operator ?? '')) as Expectation['operator'],
    value: value.trim(),
  };
}

const objects = new URL('./objects/', import.meta.url);

/**
 * The octets of a body: `< event.ics` is that file of objects/ with its variables filled in, anything else the text
 * itself. Calendars and cards get the line ends that RFC 5545 and RFC 6350 want.
 */
export function bodyOf(text: string, variables: Variables): Uint8Array {
  const file = /^< (\S+)$/.exec(text)?.[1];
  const whole = file ? substitute(readFileSync(new URL(file, objects), 'utf8'), variables) : text;
  return Buffer.from(whole.startsWith('BEGIN:') ? `${whole.trimEnd()}\n`.replace(/\r?\n/g, '\r\n') : whole);
}
