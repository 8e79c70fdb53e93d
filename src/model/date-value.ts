import { DAY, dateOf, dayOf, dayOfWall, daysInMonth, HOUR, MINUTE, SECOND, WEEK } from './civil.ts';
import type { ContentLine } from './contentline.ts';
import type { Zones } from './zones.ts';

/** A DATE or DATE-TIME value (RFC 5545 §3.3.4, §3.3.5), not yet bound to a zone. */
export interface DateValue {
  /** What the clock shows, in ms since 1970-01-01T00:00 as if it were UTC; midnight for a date. */
  readonly wall: number;
  readonly form: 'date' | 'local' | 'utc';
  /** TZID of a local time; null where the time floats. */
  readonly tzid: string | null;
}

/** A DURATION value (RFC 5545 §3.3.6). Days are nominal, the rest is exact: they part where clocks change. */
export interface Duration {
  readonly days: number;
  /** ms. */
  readonly time: number;
}

/** A PERIOD value (RFC 5545 §3.3.9), or a date standing where one could. */
export interface PeriodValue {
  readonly start: DateValue;
  readonly end: DateValue | null;
  readonly duration: Duration | null;
}

/**
 * Reads one DATE or DATE-TIME; null where the text is neither. Second 60 is read as 59 (§3.3.12), and seconds may be
 * absent; nothing else is tolerated. By hand, because files with thousands of dates are read at every question.
 */
export function parseDate(text: string, tzid: string | null): DateValue | null {
  const value = text.trim();
  const [year, month, day] = [digits(value, 0, 4), digits(value, 4, 6), digits(value, 6, 8)];
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  const midnight = dayOf(year, month, day) * DAY;
  if (value.length === 8) return { wall: midnight, form: 'date', tzid: null };
  const utc = isLetter(value, value.length - 1, UPPER_Z);
  const timed = value.length - (utc ? 1 : 0);
  if (!isLetter(value, 8, UPPER_T) || (timed !== 13 && timed !== 15)) return null;
  const [hour, minute] = [digits(value, 9, 11), digits(value, 11, 13)];
  const second = timed === 15 ? digits(value, 13, 15) : 0;
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || second < 0 || second > 60) return null;
  if (hour === 24 && minute + second > 0) return null;
  const wall = midnight + hour * HOUR + minute * MINUTE + Math.min(second, 59) * SECOND;
  return utc ? { wall, form: 'utc', tzid: null } : { wall, form: 'local', tzid };
}

const ZERO = 48;
const UPPER_T = 84;
const UPPER_Z = 90;
const LOWER = 32;

/** The number written in text[from, to); -1 where there are other characters than digits. */
function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function isLetter(text: string, at: number, upper: number): boolean {
  const code = text.charCodeAt(at);
  return code === upper || code === upper + LOWER;
}

/** The property's only value as DATE or DATE-TIME; null where there is no property or no such value. */
export function dateOfLine(line: ContentLine | undefined): DateValue | null {
  return line === undefined ? null : parseDate(line.value, tzidOf(line));
}

/** All values of an EXDATE; those that are no dates are passed over. */
export function datesOfLine(line: ContentLine): DateValue[] {
  return readValues(line, parseDate);
}

/** All values of an RDATE or FREEBUSY; those that are neither periods nor dates are passed over. */
export function periodsOfLine(line: ContentLine): PeriodValue[] {
  return readValues(line, parsePeriod);
}

function readValues<V>(line: ContentLine, read: (text: string, tzid: string | null) => V | null): V[] {
  const tzid = tzidOf(line);
  const values: V[] = [];
  for (const text of line.value.split(',')) {
    const value = read(text, tzid);
    if (value !== null) values.push(value);
  }
  return values;
}

export function parsePeriod(text: string, tzid: string | null): PeriodValue | null {
  const slash = text.indexOf('/');
  const start = parseDate(slash === -1 ? text : text.slice(0, slash), tzid);
  if (start === null) return null;
  if (slash === -1) return { start, end: null, duration: null };
  const rest = text.slice(slash + 1);
  const duration = parseDuration(rest);
  const end = duration === null ? parseDate(rest, tzid) : null;
  return duration === null && end === null ? null : { start, end, duration };
}

/**
 * Reads a DURATION; null where the text is none. Weeks and days may stand together, and every part may be absent, but the
 * parts come in order, and no number has more than nine digits. By hand, as dates are.
 */
export function parseDuration(text: string): Duration | null {
  const value = text.trim();
  const signed = value.startsWith('-') || value.startsWith('+') ? 1 : 0;
  if (!isLetter(value, signed, UPPER_P) || value.length === signed + 1) return null;
  let [days, time, order, timed] = [0, 0, 0, false];
  for (let at = signed + 1; at < value.length; ) {
    if (!timed && isLetter(value, at, UPPER_T)) {
      timed = true;
      at += 1;
      continue;
    }
    const end = endOfDigits(value, at);
    if (end === at || end - at > MOST_DIGITS) return null;
    const unit = unitOf(value, end, timed);
    if (unit < order) return null;
    order = unit + 1;
    const length = digits(value, at, end) * (LENGTHS[unit] ?? 0);
    if (timed) time += length;
    else days += length;
    at = end + 1;
  }
  return value.startsWith('-') ? { days: 0 - days, time: 0 - time } : { days, time };
}

const MOST_DIGITS = 9;
const UPPER_P = 80;
/** W and D, then what follows the T: H, M and S. */
const UNITS = [87, 68, 72, 77, 83];
const FIRST_TIMED = 2;
/** In days, and from the first timed one on in ms. */
const LENGTHS = [WEEK / DAY, 1, HOUR, MINUTE, SECOND];

/** Which unit a letter of text stands for; -1 where for none that may come there. */
function unitOf(text: string, at: number, timed: boolean): number {
  const last = timed ? UNITS.length : FIRST_TIMED;
  for (let unit = timed ? FIRST_TIMED : 0; unit < last; unit += 1) {
    if (isLetter(text, at, UNITS[unit] ?? 0)) return unit;
  }
  return -1;
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (digits(text, at, at + 1) >= 0) at += 1;
  return at;
}

export function tzidOf(line: ContentLine): string | null {
  return line.params.find((param) => param.name === 'TZID')?.values[0] ?? null;
}

/** ms UTC of a value; dates and floating times are read in `zones.floating`. */
export function instantOf(value: DateValue, zones: Zones): number {
  return value.form === 'utc' ? value.wall : zones.of(value).toUtc(value.wall);
}

/** The value that stands for an instant in the form and zone of another. */
export function valueAt(instant: number, { form, tzid }: DateValue, zones: Zones): DateValue {
  if (form === 'utc') return { wall: instant, form, tzid };
  const wall = instant + zones.of({ wall: instant, form, tzid }).offsetAt(instant);
  // Where clocks skip midnight, a day begins later.
  return { wall: form === 'date' ? Math.round(wall / DAY) * DAY : wall, form, tzid };
}

/** The instant a duration after `start`: first the days by the clock, then the exact time (RFC 5545 §3.8.2.5). */
export function addDuration(start: DateValue, duration: Duration, zones: Zones): number {
  const { form, tzid } = start;
  const wall = start.wall + duration.days * DAY;
  return instantOf({ wall, form, tzid }, zones) + duration.time;
}

/** `20240501`. */
export function formatDate(wall: number): string {
  const { year, month, day } = dateOf(dayOfWall(wall));
  return `${pad(year, 4)}${pad(month, 2)}${pad(day, 2)}`;
}

/** `20240501T093000`, without a Z. */
export function formatDateTime(wall: number): string {
  const time = wall - dayOfWall(wall) * DAY;
  const hour = Math.floor(time / HOUR);
  const minute = Math.floor(time / MINUTE) % 60;
  const second = Math.floor(time / SECOND) % 60;
  return `${formatDate(wall)}T${pad(hour, 2)}${pad(minute, 2)}${pad(second, 2)}`;
}

/** `20240501T093000Z`. */
export function formatUtc(instant: number): string {
  return `${formatDateTime(instant)}Z`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
