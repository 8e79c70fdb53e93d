import { isGregorian, SCALES } from './calendar-scale.ts';
import type { DateValue } from './date-value.ts';
import { parseDate } from './date-value.ts';

/** From the longest period to the shortest. */
export const FREQUENCIES = [
  'YEARLY',
  'MONTHLY',
  'WEEKLY',
  'DAILY',
  'HOURLY',
  'MINUTELY',
  'SECONDLY',
] as const;
export type Frequency = (typeof FREQUENCIES)[number];

/** An element of BYDAY: `MO` (nth 0), `2MO`, `-1MO`. */
export interface WeekdayRule {
  /** 0 for Monday … 6 for Sunday. */
  readonly weekday: number;
  readonly nth: number;
}

/** A RECUR value (RFC 5545 §3.3.10). Lists are sorted and without repetitions; a part that is absent is empty. */
export interface Rule {
  readonly frequency: Frequency;
  readonly interval: number;
  /** Infinity where the rule says nothing. */
  readonly count: number;
  readonly until: DateValue | null;
  readonly bySecond: readonly number[];
  readonly byMinute: readonly number[];
  readonly byHour: readonly number[];
  readonly byDay: readonly WeekdayRule[];
  readonly byMonthDay: readonly number[];
  readonly byYearDay: readonly number[];
  readonly byWeekNo: readonly number[];
  readonly byMonth: readonly number[];
  readonly bySetPos: readonly number[];
  /** 0 for Monday … 6 for Sunday. */
  readonly weekStart: number;
  /** RSCALE: the calendar that is counted by (calendar-scale.ts); null where that of RFC 5545 does. */
  readonly scale: string | null;
  /** What becomes of days and months that the calendar lacks (RFC 7529 §4.1). */
  readonly skip: Skip;
}

export type Skip = 'OMIT' | 'BACKWARD' | 'FORWARD';

const SKIPS: readonly Skip[] = ['OMIT', 'BACKWARD', 'FORWARD'];
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const WEEKDAY_RULE = /^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$/;
const INTEGER = /^[+-]?\d{1,9}$/;

/**
 * Reads the value of an RRULE property.
 * @returns null where it is no rule, or of a calendar that is not known here: the component then happens once, at its
 * DTSTART.
 */
export function parseRule(value: string): Rule | null {
  try {
    return readParts(partsOf(value));
  } catch (error) {
    if (error instanceof MalformedPart) return null;
    throw error;
  }
}

/** The calendar that the value of an RRULE property counts by, in upper case; undefined where none is named. */
export function scaleOf(value: string): string | undefined {
  return partsOf(value).get('RSCALE');
}

function partsOf(value: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const part of value.toUpperCase().split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0) parts.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  return parts;
}

/** Some producers write a negative COUNT and mean that there is none. */
function readCount(text: string | undefined): number {
  return text === undefined || text.startsWith('-') ? Infinity : readInteger(text, 1, 999_999_999);
}

/** Ends the reading of a rule; never leaves this file. */
class MalformedPart extends Error {}

function readParts(parts: ReadonlyMap<string, string>): Rule {
  const frequency = FREQUENCIES.find((name) => name === parts.get('FREQ'));
  if (frequency === undefined) throw new MalformedPart();
  const { scale, skip } = readScale(parts);
  return {
    frequency,
    scale,
    skip,
    // Some producers write INTERVAL=0 and mean that there is none.
    interval: Math.max(1, readInteger(parts.get('INTERVAL') ?? '1', 0, 999_999_999)),
    count: readCount(parts.get('COUNT')),
    until: parts.has('UNTIL') ? readUntil(parts.get('UNTIL') ?? '') : null,
    // Second 60 is read as 59 (§3.3.12).
    bySecond: readIntegers(parts.get('BYSECOND'), 0, 60).map((second) => Math.min(second, 59)),
    byMinute: readIntegers(parts.get('BYMINUTE'), 0, 59),
    byHour: readIntegers(parts.get('BYHOUR'), 0, 23),
    byDay: readWeekdays(parts.get('BYDAY')),
    byMonthDay: readSigned(parts.get('BYMONTHDAY'), 31),
    byYearDay: readSigned(parts.get('BYYEARDAY'), 366),
    byWeekNo: readSigned(parts.get('BYWEEKNO'), 53),
    byMonth: readMonths(parts.get('BYMONTH'), scale),
    bySetPos: readSigned(parts.get('BYSETPOS'), 366),
    weekStart: readWeekStart(parts.get('WKST') ?? 'MO'),
  };
}

function readInteger(text: string, low: number, high: number): number {
  const value = INTEGER.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high)) throw new MalformedPart();
  return value;
}

function readIntegers(list: string | undefined, low: number, high: number): number[] {
  if (list === undefined || list === '') return [];
  const values = new Set(list.split(',').map((text) => readInteger(text.trim(), low, high)));
  return [...values].sort((a, b) => a - b);
}

/** SKIP means something beside RSCALE only (RFC 7529 §4). */
function readScale(parts: ReadonlyMap<string, string>): Pick<Rule, 'scale' | 'skip'> {
  const scale = parts.get('RSCALE');
  if (scale === undefined) return { scale: null, skip: 'OMIT' };
  const skip = SKIPS.find((name) => name === (parts.get('SKIP') ?? 'OMIT'));
  if (!SCALES.includes(scale) || skip === undefined) throw new MalformedPart();
  return { scale: isGregorian(scale) && skip === 'OMIT' ? null : scale, skip };
}

/** `5L` is a leap month (RFC 7529 §4.2). */
function readMonths(list: string | undefined, scale: string | null): number[] {
  if (scale === null || list === undefined) return readIntegers(list, 1, 12);
  const months = list.split(',').map((text) => {
    const leap = text.trim().endsWith('L');
    return readInteger(leap ? text.trim().slice(0, -1) : text.trim(), 1, 13) + (leap ? 0.5 : 0);
  });
  return [...new Set(months)].sort((a, b) => a - b);
}

/** Positions counted from either end; there is no position 0. */
function readSigned(list: string | undefined, most: number): number[] {
  const values = readIntegers(list, -most, most);
  if (values.includes(0)) throw new MalformedPart();
  return values;
}

function readWeekdays(list: string | undefined): WeekdayRule[] {
  if (list === undefined || list === '') return [];
  return list.split(',').map((text) => {
    const found = WEEKDAY_RULE.exec(text.trim());
    const nth = Number(found?.[1] ?? 0);
    if (found === null || Math.abs(nth) > 53) throw new MalformedPart();
    return { weekday: WEEKDAYS.indexOf(found[2] ?? ''), nth };
  });
}

function readWeekStart(text: string): number {
  const weekday = WEEKDAYS.indexOf(text);
  if (weekday === -1) throw new MalformedPart();
  return weekday;
}

function readUntil(text: string): DateValue {
  const until = parseDate(text, null);
  if (until === null) throw new MalformedPart();
  return until;
}
