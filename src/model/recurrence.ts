import { DAY, dateOf, dayOf, dayOfWall, HOUR, MINUTE, SECOND, weekdayOf } from './civil.ts';
import { DayPicker, type Days, firstDayOfWeeks, type Period, weekYearOf } from './recurrence-days.ts';
import { ScaleDays } from './recurrence-scale.ts';
import { TimesOfDay } from './recurrence-times.ts';
import type { Rule } from './rrule.ts';
import type { Work } from './work.ts';

/** Wall times, both inclusive. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

type Periods = Generator<Period, void, undefined>;

const LAST_YEAR = 9999;
const END_OF_CALENDAR = dayOf(LAST_YEAR + 1, 1, 1) * DAY;

/** Steps of the budget that a period takes, and that finding its days takes; by another calendar, days are dearer. */
const COST = { PERIOD: 1, EMPTY: 2, EMPTY_SCALED: 4, YEARLY: 100, MONTHLY: 15, WEEKLY: 5 };
/** Length of the periods that are all equally long, in ms. */
const LENGTHS = {
  WEEKLY: 7 * DAY,
  DAILY: DAY,
  HOURLY: HOUR,
  MINUTELY: MINUTE,
  SECONDLY: SECOND,
};

/**
 * The wall times a rule makes (RFC 5545 §3.3.10), in order, as far as they lie in `stretch`. UNTIL is the caller's:
 * being an instant, it must be turned into a wall time first. `start` is among the results only if the rule makes it.
 *
 * All arithmetic is on wall times. A rule speaks of clocks and calendars; a zone comes in when the results are turned
 * into instants, and there the times that a clock change skips get their meaning too (§3.3.10 last rule, §3.3.5).
 */
export function* recur(
  rule: Rule,
  start: number,
  stretch: Stretch,
  work: Work,
): Generator<number, void, undefined> {
  const first = Math.max(start, stretch.from);
  const step = rule.count === Infinity ? null : evenStep(rule);
  // Counting has to begin at the start, unless what lies before can be told without looking.
  const begin = rule.count === Infinity || step !== null ? first : start;
  let left = step === null ? rule.count : rule.count - Math.ceil((first - start) / step);

  const positions = rule.bySetPos;
  const candidates = TimesOfDay.of(rule, start - dayOfWall(start) * DAY);
  const times = positions.length > 0 ? TimesOfDay.base : candidates;
  const empty = rule.scale === null ? COST.EMPTY : COST.EMPTY_SCALED;
  for (const period of periodsOf(rule, start, begin, work)) {
    const cost = (period.bases.length === 0 ? empty : COST.PERIOD) + positions.length;
    if (period.begin > stretch.to || !work.spend(cost)) return;
    const bases = positions.length > 0 ? positionsOf(period, candidates, positions) : period.bases;
    for (const base of bases) {
      for (let index = times.firstFrom(begin - base); index < times.size; index += 1) {
        const wall = base + times.at(index);
        if (wall > stretch.to || left <= 0 || !work.spend(1)) return;
        left -= 1;
        if (wall >= first) yield wall;
      }
    }
  }
}

/** Distance of the results in ms if the rule makes exactly one in each of its equally long periods, else null. */
function evenStep(rule: Rule): number | null {
  const { frequency, interval } = rule;
  if (frequency === 'YEARLY' || frequency === 'MONTHLY') return null;
  const parts = [
    rule.bySecond,
    rule.byMinute,
    rule.byHour,
    rule.byDay,
    rule.byMonthDay,
    rule.byYearDay,
    rule.byWeekNo,
    rule.byMonth,
    rule.bySetPos,
  ];
  return parts.every((part) => part.length === 0) ? LENGTHS[frequency] * interval : null;
}

/** BYSETPOS: the asked positions among all candidates of the period, those before DTSTART included. */
function positionsOf({ bases }: Period, times: TimesOfDay, asked: readonly number[]): readonly number[] {
  const size = bases.length * times.size;
  // Of every second, minute or hour.
  if (size === 1) return asked.includes(1) || asked.includes(-1) ? [(bases[0] ?? 0) + times.at(0)] : NONE;
  const indexes: number[] = [];
  for (const position of asked) {
    const index = position > 0 ? position - 1 : size + position;
    if (index >= 0 && index < size) indexes.push(index);
  }
  if (indexes.length === 0) return NONE;
  return [...new Set(indexes)]
    .sort((a, b) => a - b)
    .map((index) => (bases[Math.floor(index / times.size)] ?? 0) + times.at(index % times.size));
}

/** The rule's periods in order, from the one that holds `from`; they end where the calendar does. */
function periodsOf(rule: Rule, start: number, from: number, work: Work): Periods {
  const { years, months, days } = rule.scale === null ? gregorian(rule, start) : scaled(rule, start);
  switch (rule.frequency) {
    case 'YEARLY':
      return years(from, work);
    case 'MONTHLY':
      return months(from, work);
    case 'WEEKLY':
      return weeks(rule, dayOfWall(start), dayOfWall(from), days, work);
    case 'DAILY':
      return wholeDays(rule, dayOfWall(start), dayOfWall(from), days);
    default:
      return partsOfDays(rule, start, from, days);
  }
}

/** What a calendar has to say of a rule: weeks, days and times of the day are the same in all. */
interface Counting {
  readonly years: (from: number, work: Work) => Periods;
  readonly months: (from: number, work: Work) => Periods;
  readonly days: Days;
}

function gregorian(rule: Rule, start: number): Counting {
  const days = new DayPicker(rule, dateOf(dayOfWall(start)));
  return {
    years: (from, work) => years(rule, yearOf(rule, start), yearOf(rule, from), days, work),
    months: (from, work) => months(rule, monthIndex(start), monthIndex(from), days, work),
    days,
  };
}

/** By another calendar, or with days moved (RFC 7529). */
function scaled(rule: Rule, start: number): Counting {
  const days = new ScaleDays(rule, start);
  return {
    years: (from, work) => days.years(from, work),
    months: (from, work) => days.months(from, work),
    days,
  };
}

function* years(rule: Rule, start: number, from: number, days: DayPicker, work: Work): Periods {
  const inWeeks = rule.byWeekNo.length > 0;
  const wholeYear = inWeeks || rule.byDay.length + rule.byMonthDay.length + rule.byYearDay.length > 0;
  const cost = wholeYear && rule.byMonth.length !== 1 ? COST.YEARLY : COST.MONTHLY;
  for (let year = align(start, from, rule.interval); year <= LAST_YEAR; year += rule.interval) {
    if (!work.spend(cost)) return;
    const first = inWeeks ? firstDayOfWeeks(year, rule.weekStart) : dayOf(year, 1, 1);
    yield { begin: first * DAY, bases: basesOf(days.ofYear(year)) };
  }
}

/** `start` and `from` are months counted from January of year 0. */
function* months(rule: Rule, start: number, from: number, days: DayPicker, work: Work): Periods {
  for (let index = align(start, from, rule.interval); index < (LAST_YEAR + 1) * 12; index += rule.interval) {
    if (!work.spend(COST.MONTHLY)) return;
    const year = Math.floor(index / 12);
    const month = index - year * 12 + 1;
    yield { begin: dayOf(year, month, 1) * DAY, bases: basesOf(days.ofMonth(year, month)) };
  }
}

function* weeks(rule: Rule, startDay: number, fromDay: number, days: Days, work: Work): Periods {
  const start = startDay - ((weekdayOf(startDay) - rule.weekStart + 7) % 7);
  const last = END_OF_CALENDAR / DAY;
  for (let day = align(start, fromDay, rule.interval * 7); day < last; day += rule.interval * 7) {
    if (!work.spend(COST.WEEKLY)) return;
    yield { begin: day * DAY, bases: basesOf(days.ofWeek(day)) };
  }
}

function* wholeDays(rule: Rule, start: number, from: number, days: Days): Periods {
  const last = END_OF_CALENDAR / DAY;
  for (let day = align(start, from, rule.interval); day < last; day += rule.interval) {
    const begin = day * DAY;
    yield { begin, bases: days.allows(day) ? [begin] : NONE };
  }
}

/** Hours, minutes and seconds. What lies in a day, an hour or a minute that is ruled out is passed over at once. */
function* partsOfDays(rule: Rule, start: number, from: number, days: Days): Periods {
  const length = rule.frequency === 'HOURLY' ? HOUR : rule.frequency === 'MINUTELY' ? MINUTE : SECOND;
  const step = length * rule.interval;
  const origin = start - modulo(start, length);
  for (let begin = align(origin, from, step); begin < END_OF_CALENDAR; ) {
    const barred = barredUntil(rule, begin, length, days);
    yield { begin, bases: barred === null ? [begin] : NONE };
    begin = barred === null ? begin + step : begin + step * Math.max(1, Math.ceil((barred - begin) / step));
  }
}

/** Where the day, hour or minute that rules a wall time out ends; null if it is not ruled out. */
function barredUntil(rule: Rule, wall: number, length: number, days: Days): number | null {
  const day = dayOfWall(wall);
  if (!days.allows(day)) return (day + 1) * DAY;
  const time = wall - day * DAY;
  if (isBarred(rule.byHour, Math.floor(time / HOUR))) return wall - (time % HOUR) + HOUR;
  if (length < HOUR && isBarred(rule.byMinute, Math.floor(time / MINUTE) % 60))
    return wall - (time % MINUTE) + MINUTE;
  if (length < MINUTE && isBarred(rule.bySecond, Math.floor(time / SECOND) % 60)) return wall + SECOND;
  return null;
}

function isBarred(list: readonly number[], value: number): boolean {
  return list.length > 0 && !list.includes(value);
}

const NONE: readonly number[] = [];

function basesOf(days: readonly number[]): number[] {
  return days.map((day) => day * DAY);
}

/** The last of start, start + step, … that is not after `from`, but never before `start`. */
function align(start: number, from: number, step: number): number {
  return start + Math.max(0, Math.floor((from - start) / step)) * step;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function yearOf(rule: Rule, wall: number): number {
  const day = dayOfWall(wall);
  return rule.byWeekNo.length > 0 ? weekYearOf(day, rule.weekStart) : dateOf(day).year;
}

function monthIndex(wall: number): number {
  const { year, month } = dateOf(dayOfWall(wall));
  return year * 12 + month - 1;
}
