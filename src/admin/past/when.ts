/** Times of the past as people write them. */

import {
  DAY,
  dateOf,
  dayOf,
  dayOfWall,
  daysInMonth,
  HOUR,
  MINUTE,
  SECOND,
  weekdayOf,
} from '../../model/civil.ts';
import { ianaZone } from '../../model/iana-zone.ts';
import { UTC, type Zone } from '../../model/zone.ts';
import { Refused } from '../refused.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** ms; days and longer keep the time on the clock, whatever the clocks did between. */
const UNITS: readonly (readonly [name: RegExp, length: number, onClock?: true])[] = [
  [/^s(ec(ond)?s?)?$/, SECOND],
  [/^m(in(ute)?s?)?$/, MINUTE],
  [/^h(ours?|rs?)?$/, HOUR],
  [/^d(ays?)?$/, DAY, true],
  [/^w(eeks?)?$/, 7 * DAY, true],
];

/** The zone of a user, or of this machine where the user has none. */
export function zoneFor(timeZone: string | undefined): Zone {
  const machine = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return ianaZone(timeZone ?? machine) ?? UTC;
}

/**
 * Reads `10 minutes ago`, `2 days ago`, `yesterday 18:00`, `friday 9:30`, `12 May`, `2026-11-27 10:00`, or ISO 8601. A day
 * without a time is its beginning. What can't be read as a whole is refused: on these times depends what is taken back.
 * @param now ms since 1970 UTC. @param zone of whoever wrote it. @returns ms since 1970 UTC, not after now.
 * @throws Refused
 */
export function readWhen(text: string, now: number, zone: Zone): number {
  const written = text.trim().toLowerCase().replaceAll(/\s+/g, ' ');
  const time = exact(written) ?? ago(written, now, zone) ?? dayAndTime(written, now, zone);
  if (time === undefined) {
    throw new Refused(
      `"${text}" is no time: write "10 minutes ago", "yesterday 18:00", "12 May 9:30" or "2026-11-27 10:00"`,
    );
  }
  if (time > now) throw new Refused(`"${text}" is in the future: write a time of the past`);
  return time;
}

/** With its own offset from UTC. */
function exact(written: string): number | undefined {
  if (written === '') return undefined;
  if (!/^\d{4}-\d\d-\d\dt\d\d:\d\d(:\d\d(\.\d{1,9})?)?(z|[+-]\d\d:?\d\d)$/.test(written)) return undefined;
  const time = Date.parse(written.toUpperCase());
  return Number.isNaN(time) ? undefined : time;
}

function ago(written: string, now: number, zone: Zone): number | undefined {
  if (written === 'now') return now;
  const found = /^(?:(half an?)|(an?)|(\d{1,6})) ?([a-z]+)( ago)?$/.exec(written);
  if (!found) return undefined;
  const [, half, one, digits, unit = '', isAgo] = found;
  if (!isAgo && digits === undefined) return undefined;
  const count = half ? 0.5 : one ? 1 : Number(digits);
  const [, length, onClock] = UNITS.find(([name]) => name.test(unit)) ?? [];
  if (length !== undefined) {
    return onClock ? zone.toUtc(now + zone.offsetAt(now) - count * length) : now - count * length;
  }
  const months = /^months?$/.test(unit) ? count : /^y(ears?)?$/.test(unit) ? count * 12 : undefined;
  return months === undefined || half ? undefined : monthsAgo(months, now, zone);
}

/** The last day of the month where it is shorter. */
function monthsAgo(count: number, now: number, zone: Zone): number {
  const wall = now + zone.offsetAt(now);
  const { year, month, day } = dateOf(dayOfWall(wall));
  const index = year * 12 + (month - 1) - count;
  const [toYear, toMonth] = [Math.floor(index / 12), (((index % 12) + 12) % 12) + 1];
  const toDay = dayOf(toYear, toMonth, Math.min(day, daysInMonth(toYear, toMonth)));
  return zone.toUtc(toDay * DAY + (wall - dayOfWall(wall) * DAY));
}

function dayAndTime(written: string, now: number, zone: Zone): number | undefined {
  const today = dayOfWall(now + zone.offsetAt(now));
  for (const { day, rest } of daysAtStart(written, today)) {
    const time = rest === '' ? 0 : timeOfDay(rest.replace(/^,? ?(?:at |t)?/, ''));
    if (time !== undefined) return zone.toUtc(day * DAY + time);
  }
  const time = timeOfDay(written);
  return time === undefined ? undefined : zone.toUtc(today * DAY + time);
}

interface Read {
  readonly day: number;
  readonly rest: string;
}

/** The days that the beginning of the text may mean, longest reading first. */
function* daysAtStart(written: string, today: number): Generator<Read> {
  const [, word = '', after = ''] = /^(?:last )?([a-z]+)\b(.*)$/.exec(written) ?? [];
  if (word === 'today') yield { day: today, rest: after };
  if (word === 'yesterday') yield { day: today - 1, rest: after };
  const weekday = WEEKDAYS.findIndex((name) => isWord(word, name, `${name}(s|nes|rs|ur)?day`));
  if (weekday >= 0) yield { day: today - ((weekdayOf(today) - weekday + 6) % 7) - 1, rest: after };

  const iso = /^(\d{4})-(\d\d)-(\d\d)(?=$|[ t])(.*)$/.exec(written);
  if (iso) yield* dayOfDate(Number(iso[1]), Number(iso[2]), Number(iso[3]), iso[4]);
  for (const [pattern, dayAt, monthAt] of [
    [/^(\d{1,2})\.? ([a-z]+)\.?,?(?: (\d{4}))?(?=$|[ ,])(.*)$/, 1, 2],
    [/^([a-z]+)\.? (\d{1,2}),?(?: (\d{4}))?(?=$|[ ,])(.*)$/, 2, 1],
  ] as const) {
    const found = pattern.exec(written);
    const month = MONTHS.findIndex((name) => isWord(found?.[monthAt] ?? '', name, `${name}[a-z]*`)) + 1;
    if (!found || month === 0) continue;
    const day = Number(found[dayAt]);
    const { year } = dateOf(today);
    if (found[3] !== undefined) yield* dayOfDate(Number(found[3]), month, day, found[4]);
    // The last one there was.
    else yield* dayOfDate(dayOf(year, month, day) > today ? year - 1 : year, month, day, found[4]);
  }
}

function isWord(word: string, short: string, long: string): boolean {
  return word === short || new RegExp(`^${long}$`).test(word);
}

function* dayOfDate(year: number, month: number, day: number, rest = ''): Generator<Read> {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return;
  yield { day: dayOf(year, month, day), rest };
}

/** ms since midnight of `9:30`, `09:30:15`, `6 pm`, `noon`. */
function timeOfDay(text: string): number | undefined {
  if (text === 'noon') return 12 * HOUR;
  if (text === 'midnight') return 0;
  const found = /^(\d{1,2})(?::(\d\d)(?::(\d\d))?)?(?: ?(am|pm))?$/.exec(text);
  if (!found) return undefined;
  const [, hourText, minuteText, secondText, half] = found;
  if (minuteText === undefined && half === undefined) return undefined;
  const [hour, minute, second] = [Number(hourText), Number(minuteText ?? 0), Number(secondText ?? 0)];
  if (minute > 59 || second > 59 || hour > (half ? 12 : 23) || (half && hour === 0)) return undefined;
  const hours = half ? (hour % 12) + (half === 'pm' ? 12 : 0) : hour;
  return hours * HOUR + minute * MINUTE + second * SECOND;
}
