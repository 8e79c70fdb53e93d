/** What is read of answers to see that they are right. Prefixes of namespaces are the server's choice. */

import type { Answer } from './connection.ts';
import type { Range } from './data/events.ts';

/** The server says no to something that the step needs. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;

  constructor(status: number, detail: string) {
    super(`the server answered ${status}: ${detail}`);
    this.status = status;
  }
}

/** @throws Refused */
export function expectStatus(answer: Answer, ...statuses: readonly number[]): Answer {
  if (statuses.includes(answer.status)) return answer;
  throw new Refused(answer.status, answer.body.toString('utf8', 0, 300));
}

/** One `response` of a multistatus. */
export interface Part {
  readonly href: string;
  readonly status: number;
  readonly etag: string;
  /** Content of calendar-data or address-data. */
  readonly data: string;
}

/** @throws Refused */
export function partsOf(answer: Answer): Part[] {
  expectStatus(answer, 207);
  const text = answer.body.toString('utf8');
  return Array.from(text.matchAll(elements('response')), ([, part = '']) => ({
    href: decodeURI(first(part, 'href')),
    status: Number(/HTTP\/1\.1 (\d+)/.exec(part)?.[1] ?? 0),
    etag: first(part, 'getetag'),
    data: first(part, '(?:calendar|address)-data'),
  }));
}

/** The members of a collection among the parts: without itself, and without those that are gone. */
export function namesIn(parts: readonly Part[]): string[] {
  return parts
    .filter(({ href, status }) => !href.endsWith('/') && status !== 404)
    .map(({ href }) => href.slice(href.lastIndexOf('/') + 1));
}

/** Text of the first element of that name, '' if there is none. */
export function firstText(answer: Answer, name: string): string {
  return first(answer.body.toString('utf8'), name);
}

function first(text: string, name: string): string {
  return unescaped((elements(name).exec(text)?.[1] ?? '').trim());
}

function elements(name: string): RegExp {
  return new RegExp(`<(?:[\\w-]+:)?${name}(?: [^>]*)?>([^]*?)</(?:[\\w-]+:)?${name}>`, 'g');
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  '#13': '\r',
  '#xD': '\r',
};

function unescaped(text: string): string {
  return text.includes('&')
    ? text.replace(/&(#?\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole)
    : text;
}

/** Minutes that the FREEBUSY periods of an answer cover. */
export function busyMinutes(answer: Answer): number {
  const text = expectStatus(answer, 200)
    .body.toString('utf8')
    .replace(/\r?\n[ \t]/g, '');
  const periods = Array.from(text.matchAll(/^FREEBUSY[^:\r\n]*:([^\r\n]*)/gm), ([, values = '']) =>
    values.split(',').map(readPeriod),
  );
  return minutesOf(periods.flat());
}

/** Minutes that ranges cover; where they overlap, once. */
export function minutesOf(ranges: readonly Range[]): number {
  let minutes = 0;
  let until = -Infinity;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    if (end > until) minutes += (end - Math.max(start, until)) / 60_000;
    until = Math.max(until, end);
  }
  return minutes;
}

/** `20260501T100000Z/20260501T110000Z` or `…/PT1H`. */
function readPeriod(period: string): Range {
  const [from = '', to = ''] = period.split('/');
  const start = timeOf(from);
  const duration = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(to);
  if (!duration) return { start, end: timeOf(to) };
  const [, days = 0, hours = 0, minutes = 0] = duration;
  return { start, end: start + ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 };
}

function timeOf(value: string): number {
  return Date.parse(value.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
