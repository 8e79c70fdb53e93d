import { type CalendarScale, calendarScale, type ScaleMonth } from './calendar-scale.ts';
import { DAY, dayOfWall, weekdayOf } from './civil.ts';
import { type Days, firstWeekFrom, type Period } from './recurrence-days.ts';
import type { Rule } from './rrule.ts';
import type { Work } from './work.ts';

/** Steps of the budget for a year. One that ICU tells takes more the first time, but there are some hundreds in all. */
const YEAR = 100;
const WEEK = [0, 1, 2, 3, 4, 5, 6];

type Periods = Generator<Period, void, undefined>;

/** Where weekdays are counted, in days. */
interface Scope {
  readonly first: number;
  readonly length: number;
}

/** Which days a rule picks that counts by another calendar, or moves what the calendar lacks (RFC 7529 §4.1). */
export class ScaleDays implements Days {
  readonly #rule: Rule;
  readonly #scale: CalendarScale;
  /** Of DTSTART, which gives what the rule leaves open. */
  readonly #startDay: number;
  readonly #startMonth: ScaleMonth | undefined;
  /** No day is picked by the rule itself. */
  readonly #open: boolean;
  /** The year that was looked at last: days are asked for one after the other. */
  #year: Scope & { readonly months: readonly ScaleMonth[] } = { first: 0, length: 0, months: [] };

  constructor(rule: Rule, start: number) {
    this.#rule = rule;
    this.#scale = calendarScale(rule.scale ?? 'GREGORIAN');
    this.#startDay = dayOfWall(start);
    this.#startMonth = this.#monthOf(this.#startDay);
    const { byDay, byMonthDay, byYearDay, byWeekNo } = rule;
    this.#open = byDay.length + byMonthDay.length + byYearDay.length + byWeekNo.length === 0;
  }

  /** Periods of FREQ=YEARLY, from the one that holds a wall time. */
  *years(from: number, work: Work): Periods {
    if (this.#startMonth === undefined) return;
    const { interval, skip } = this.#rule;
    const start = this.#scale.yearOf(this.#startDay);
    const asked = this.#scale.yearOf(this.#within(dayOfWall(from)));
    // What is moved forward belongs to the year before.
    const steps = Math.floor((asked - start) / interval) - (skip === 'OMIT' ? 0 : 1);
    let last = -Infinity;
    for (let year = start + Math.max(0, steps) * interval; ; year += interval) {
      if (!work.spend(YEAR)) return;
      const [first] = this.#scale.months(year);
      if (first === undefined) return;
      const days = this.#ofYear(year).filter((day) => day > last);
      last = days.at(-1) ?? last;
      yield { begin: (first.first - 1) * DAY, bases: days.map((day) => day * DAY) };
    }
  }

  /** Periods of FREQ=MONTHLY, from the one that holds a wall time. Leap months count. */
  *months(from: number, work: Work): Periods {
    if (this.#startMonth === undefined) return;
    const { interval } = this.#rule;
    const { first } = this.#startMonth;
    const startYear = this.#scale.yearOf(this.#startDay);
    const asked = this.#scale.yearOf(this.#within(dayOfWall(from)));
    let last = -Infinity;
    let count = 0;
    // Years have twelve or thirteen months, so only single steps lead anywhere without counting.
    for (let year = interval === 1 ? Math.max(startYear, asked - 1) : startYear; ; year += 1) {
      const months = this.#scale.months(year);
      if (months.length === 0 || !work.spend(YEAR)) return;
      for (const month of months) {
        if (month.first < first || count++ % interval !== 0) continue;
        const days = this.#ofMonth(month).filter((day) => day > last);
        last = days.at(-1) ?? last;
        yield { begin: (month.first - 1) * DAY, bases: days.map((day) => day * DAY) };
      }
    }
  }

  ofWeek(first: number): number[] {
    const takesStart = this.#rule.frequency === 'WEEKLY' && this.#rule.byDay.length === 0;
    const startWeekday = weekdayOf(this.#startDay);
    return WEEK.map((offset) => first + offset).filter(
      (day) => this.allows(day) && (!takesStart || weekdayOf(day) === startWeekday),
    );
  }

  allows(day: number): boolean {
    const { byDay } = this.#rule;
    return (
      (byDay.length === 0 || byDay.some(({ weekday }) => weekday === weekdayOf(day))) &&
      this.#fits(day, this.#rule)
    );
  }

  #ofYear(year: number): number[] {
    const months = this.#scale.months(year);
    const first = months[0]?.first ?? 0;
    const length = months.reduce((sum, month) => sum + month.length, 0);
    const { byDay, byMonth, byMonthDay, byYearDay, byWeekNo } = this.#rule;
    const picked = this.#pickedMonths(months);
    const days =
      byWeekNo.length > 0
        ? this.#ofWeeks(first, length).filter((day) => this.#fits(day, this.#rule))
        : byYearDay.length > 0
          ? this.#positions(byYearDay, { first, length }).filter((day) =>
              this.#fits(day, { byMonth, byMonthDay }),
            )
          : picked.flatMap((month) => this.#daysOf(month));
    const weekdays = byWeekNo.length > 0 && this.#weekdayIsOpen ? this.#startWeekday : byDay;
    const scopes = byMonth.length > 0 ? months : [{ first, length }];
    return ordered(days.filter((day) => fitsWeekday(day, weekdays, scopes)));
  }

  #ofMonth(month: ScaleMonth): number[] {
    const { byDay, byMonth } = this.#rule;
    if (byMonth.length > 0 && !byMonth.includes(month.code)) return [];
    return ordered(this.#daysOf(month).filter((day) => fitsWeekday(day, byDay, [month])));
  }

  /** All of them, or those that BYMONTHDAY or DTSTART picks. */
  #daysOf(month: ScaleMonth): number[] {
    const { byMonthDay } = this.#rule;
    if (byMonthDay.length > 0) return this.#positions(byMonthDay, month);
    if (!this.#open) return Array.from({ length: month.length }, (_, index) => month.first + index);
    return this.#positions([this.#startDay - (this.#startMonth?.first ?? 0) + 1], month);
  }

  /** SKIP moves a month that a year lacks to the one before or after (RFC 7529 §4.1). */
  #pickedMonths(months: readonly ScaleMonth[]): ScaleMonth[] {
    const { byMonth, skip } = this.#rule;
    if (byMonth.length === 0 && !this.#open) return [...months];
    const codes = byMonth.length > 0 ? byMonth : [this.#startMonth?.code ?? 0];
    const picked = codes.flatMap((code) => {
      const month = months.find((one) => one.code === code);
      if (month !== undefined || skip === 'OMIT') return month ?? [];
      return (
        (skip === 'FORWARD'
          ? months.find((one) => one.code > code)
          : months.findLast((one) => one.code < code)) ?? []
      );
    });
    return [...new Set(picked)];
  }

  /** Days by their numbers from either end; SKIP moves those that are not there to the last before or the first after. */
  #positions(asked: readonly number[], { first, length }: Scope): number[] {
    return asked.flatMap((number) => {
      const position = number > 0 ? number : length + number + 1;
      if (position >= 1 && position <= length) return first + position - 1;
      if (this.#rule.skip === 'OMIT') return [];
      const forward = this.#rule.skip === 'FORWARD';
      return position < 1 ? first - (forward ? 0 : 1) : first + length - (forward ? 0 : 1);
    });
  }

  #ofWeeks(newYear: number, length: number): number[] {
    const { byWeekNo, weekStart } = this.#rule;
    const first = firstWeekFrom(newYear, weekStart);
    const weeks = (firstWeekFrom(newYear + length, weekStart) - first) / 7;
    const asked = byWeekNo.map((week) => (week > 0 ? week : weeks + week + 1));
    return asked
      .filter((week) => week >= 1 && week <= weeks)
      .flatMap((week) => WEEK.map((offset) => first + (week - 1) * 7 + offset));
  }

  /** BYMONTH, BYMONTHDAY and BYYEARDAY as limits. */
  #fits(day: number, limits: Partial<Pick<Rule, 'byMonth' | 'byMonthDay' | 'byYearDay'>>): boolean {
    const { byMonth = [], byMonthDay = [], byYearDay = [] } = limits;
    if (byMonth.length + byMonthDay.length + byYearDay.length === 0) return true;
    const month = this.#monthOf(day);
    if (month === undefined) return false;
    return (
      (byMonth.length === 0 || byMonth.includes(month.code)) &&
      (byMonthDay.length === 0 || isAt(byMonthDay, day, month)) &&
      (byYearDay.length === 0 || isAt(byYearDay, day, this.#year))
    );
  }

  get #weekdayIsOpen(): boolean {
    const { byDay, byMonthDay, byYearDay } = this.#rule;
    return byDay.length + byMonthDay.length + byYearDay.length === 0;
  }

  get #startWeekday(): Rule['byDay'] {
    return [{ weekday: weekdayOf(this.#startDay), nth: 0 }];
  }

  /** Where the calendar is known. Afterwards the year is that of the day. */
  #monthOf(day: number): ScaleMonth | undefined {
    if (day !== this.#within(day)) return undefined;
    if (day < this.#year.first || day >= this.#year.first + this.#year.length) {
      const months = this.#scale.months(this.#scale.yearOf(day));
      const length = months.reduce((sum, one) => sum + one.length, 0);
      this.#year = { months, first: months[0]?.first ?? 0, length };
    }
    return this.#year.months.findLast(({ first }) => first <= day);
  }

  #within(day: number): number {
    const { first, last } = this.#scale.days;
    return Math.min(Math.max(day, first), last);
  }
}

function isAt(numbers: readonly number[], day: number, { first, length }: Scope): boolean {
  const position = day - first + 1;
  return numbers.includes(position) || numbers.includes(position - length - 1);
}

/** The day is of one of the weekdays, and, where they are numbered, the nth of the scope that it is in. */
function fitsWeekday(day: number, weekdays: Rule['byDay'], scopes: readonly Scope[]): boolean {
  if (weekdays.length === 0) return true;
  const scope = scopes.findLast(({ first }) => first <= day);
  return weekdays.some(({ weekday, nth }) => {
    if (weekday !== weekdayOf(day)) return false;
    if (nth === 0 || scope === undefined) return nth === 0;
    const position = day - scope.first;
    const fromEnd = scope.first + scope.length - 1 - day;
    return nth > 0 ? Math.floor(position / 7) + 1 === nth : Math.floor(fromEnd / 7) + 1 === -nth;
  });
}

function ordered(days: readonly number[]): number[] {
  return [...new Set(days)].sort((a, b) => a - b);
}
