import { type CivilDate, dateOf, dayOf, dayOfYear, daysInMonth, daysInYear, weekdayOf } from './civil.ts';
import type { Rule, WeekdayRule } from './rrule.ts';

/** Which days of a week, or which at all, a rule picks. */
export interface Days {
  ofWeek(first: number): number[];
  allows(day: number): boolean;
}

/** One period of a rule. Its candidates are every base plus every time of day, in order. */
export interface Period {
  /** Nothing of this or a later period comes before. */
  readonly begin: number;
  readonly bases: readonly number[];
}

type Where = 'year' | 'month' | 'elsewhere';

/** Which days a rule picks: the date half of RFC 5545 §3.3.10's table, compiled once for a rule and its start. */
export class DayPicker implements Days {
  readonly #months: ReadonlySet<number>;
  readonly #monthDays: ReadonlySet<number>;
  readonly #yearDays: ReadonlySet<number>;
  readonly #weekNumbers: readonly number[];
  readonly #weekdays: ReadonlyMap<number, ReadonlySet<number>>;
  readonly #scope: Where;
  readonly #weekStart: number;
  /** Of what weeks pick, days from their beginning; null where that is not the same for all. */
  readonly #offsets: readonly number[] | null;

  /** `start` is the DTSTART's date: what the rule leaves open comes from it. */
  constructor(rule: Rule, start: CivilDate) {
    const { frequency, byDay, byMonth, byMonthDay, byYearDay, byWeekNo, weekStart } = rule;
    const yearly = frequency === 'YEARLY';
    const open = byDay.length + byMonthDay.length + byYearDay.length + byWeekNo.length === 0;
    const startWeekday = weekdayOf(dayOf(start.year, start.month, start.day));
    const weeksOnly =
      yearly && byWeekNo.length > 0 && byDay.length + byMonthDay.length + byYearDay.length === 0;
    const takesWeekday = weeksOnly || (frequency === 'WEEKLY' && byDay.length === 0);
    this.#months = new Set(yearly && open && byMonth.length === 0 ? [start.month] : byMonth);
    this.#monthDays = new Set((yearly || frequency === 'MONTHLY') && open ? [start.day] : byMonthDay);
    this.#yearDays = new Set(byYearDay);
    this.#weekNumbers = byWeekNo;
    this.#weekdays = nthsByWeekday(takesWeekday ? [{ weekday: startWeekday, nth: 0 }] : byDay);
    // Numbers before weekdays count within the month if there are months, else within the year (§3.3.10, note 2).
    const inMonth = frequency === 'MONTHLY' || (yearly && byMonth.length > 0);
    this.#scope = inMonth ? 'month' : yearly ? 'year' : 'elsewhere';
    this.#weekStart = weekStart;
    this.#offsets = this.#takesWeekdaysOnly && !yearly ? this.#offsetsInWeek() : null;
  }

  /** Days of a year, in order: FREQ=YEARLY. With BYWEEKNO it is the year of the weeks, which no week straddles. */
  ofYear(year: number): number[] {
    if (this.#weekNumbers.length > 0) return this.#ofWeeks(year);
    return MONTHS.flatMap((month) => this.ofMonth(year, month));
  }

  /** Days of a month, in order: FREQ=MONTHLY. */
  ofMonth(year: number, month: number): number[] {
    if (this.#months.size > 0 && !this.#months.has(month)) return [];
    const first = dayOf(year, month, 1);
    const length = daysInMonth(year, month);
    if (this.#weekdays.size + this.#yearDays.size === 0 && this.#monthDays.size > 0) {
      return daysOfMonth(this.#monthDays, first, length);
    }
    const days: number[] = [];
    for (let day = 1; day <= length; day += 1) {
      if (this.#fits({ year, month, day }, first + day - 1)) days.push(first + day - 1);
    }
    return days;
  }

  /** Days of the week that begins on `first`: FREQ=WEEKLY. */
  ofWeek(first: number): number[] {
    if (this.#offsets !== null) return this.#offsets.map((offset) => first + offset);
    return WEEK.map((offset) => first + offset).filter((day) => this.allows(day));
  }

  /** The day passes all limits: FREQ=DAILY and shorter. */
  allows(day: number): boolean {
    if (this.#takesWeekdaysOnly && this.#weekdays.size === 0) return true;
    const date = dateOf(day);
    return (this.#months.size === 0 || this.#months.has(date.month)) && this.#fits(date, day);
  }

  #ofWeeks(year: number): number[] {
    const first = firstDayOfWeeks(year, this.#weekStart);
    const weeks = (firstDayOfWeeks(year + 1, this.#weekStart) - first) / 7;
    const asked = this.#weekNumbers.map((week) => (week > 0 ? week : weeks + week + 1));
    return [...new Set(asked)]
      .filter((week) => week >= 1 && week <= weeks)
      .sort((a, b) => a - b)
      .flatMap((week) => this.ofWeek(first + (week - 1) * 7));
  }

  #fits(date: CivilDate, day: number): boolean {
    return (
      (this.#monthDays.size === 0 ||
        this.#monthDays.has(date.day) ||
        this.#monthDays.has(date.day - daysInMonth(date.year, date.month) - 1)) &&
      (this.#yearDays.size === 0 ||
        this.#yearDays.has(dayOfYear(date)) ||
        this.#yearDays.has(dayOfYear(date) - daysInYear(date.year) - 1)) &&
      this.#fitsWeekday(date, day)
    );
  }

  #fitsWeekday(date: CivilDate, day: number): boolean {
    if (this.#weekdays.size === 0) return true;
    const nths = this.#weekdays.get(weekdayOf(day));
    return nths !== undefined && isOneOf(nths, date, this.#scope);
  }

  get #takesWeekdaysOnly(): boolean {
    return this.#months.size + this.#monthDays.size + this.#yearDays.size === 0;
  }

  /** All weeks begin on the same weekday. */
  #offsetsInWeek(): number[] {
    if (this.#weekdays.size === 0) return [...WEEK];
    return WEEK.filter((offset) => this.#weekdays.has((this.#weekStart + offset) % 7));
  }
}

const MONTHS = Array.from({ length: 12 }, (_, index) => index + 1);
const WEEK = [0, 1, 2, 3, 4, 5, 6];

/** Days of the month that begins on `first`; negative ones are counted from its end. */
function daysOfMonth(monthDays: ReadonlySet<number>, first: number, length: number): number[] {
  const days = new Set<number>();
  for (const day of monthDays) {
    const position = day > 0 ? day : length + day + 1;
    if (position >= 1 && position <= length) days.add(first + position - 1);
  }
  return [...days].sort((a, b) => a - b);
}

function nthsByWeekday(rules: readonly WeekdayRule[]): ReadonlyMap<number, ReadonlySet<number>> {
  const nths = new Map<number, Set<number>>();
  for (const { weekday, nth } of rules) nths.set(weekday, (nths.get(weekday) ?? new Set()).add(nth));
  return nths;
}

/** The date is one of the nth of its weekday, from the end if negative; 0 is any, as is all where nothing is counted. */
function isOneOf(nths: ReadonlySet<number>, date: CivilDate, scope: Where): boolean {
  if (scope === 'elsewhere' || nths.has(0)) return true;
  const position = scope === 'month' ? date.day : dayOfYear(date);
  const length = scope === 'month' ? daysInMonth(date.year, date.month) : daysInYear(date.year);
  return nths.has(Math.ceil(position / 7)) || nths.has(-Math.ceil((length - position + 1) / 7));
}

/** The year, counted in weeks as ISO 8601 does from the given weekday (§3.3.10), in which a day lies. */
export function weekYearOf(day: number, weekStart: number): number {
  const { year } = dateOf(day);
  if (day < firstDayOfWeeks(year, weekStart)) return year - 1;
  return day >= firstDayOfWeeks(year + 1, weekStart) ? year + 1 : year;
}

/** First day of the first week that has at least four days in the year. */
export function firstDayOfWeeks(year: number, weekStart: number): number {
  return firstWeekFrom(dayOf(year, 1, 1), weekStart);
}

/** As `firstDayOfWeeks`, of a year that begins on a day. */
export function firstWeekFrom(newYear: number, weekStart: number): number {
  const intoWeek = (weekdayOf(newYear) - weekStart + 7) % 7;
  return intoWeek <= 3 ? newYear - intoWeek : newYear + 7 - intoWeek;
}
