import { dateOf, dayOf, daysInMonth } from './civil.ts';
import { LUNAR_CALENDARS, LunarYears } from './lunar-years.ts';
import { RECKONED_CALENDARS, reckonedYears } from './reckoned-years.ts';

/** A month of a calendar. */
export interface ScaleMonth {
  /** As in BYMONTH (RFC 7529 §4.2); a leap month is half a month after the one whose number it has: `5L` is 5.5. */
  readonly code: number;
  /** First day, as in civil.ts. */
  readonly first: number;
  readonly length: number;
}

/** A calendar by which a rule counts (RFC 7529). */
export interface CalendarScale {
  /** Days of the years that are known; both inclusive. */
  readonly days: { readonly first: number; readonly last: number };
  /** @param day one of `days` */
  yearOf(day: number): number;
  /** Of a year, in order; none where it is not known. */
  months(year: number): readonly ScaleMonth[];
}

/** Years of a calendar. */
export interface Years {
  /** Known years; both inclusive. */
  readonly first: number;
  readonly last: number;
  months(year: number): readonly ScaleMonth[];
}

const GREGORIAN: CalendarScale = {
  days: { first: dayOf(0, 1, 1), last: dayOf(9999, 12, 31) },
  yearOf: (day) => dateOf(day).year,
  months: (year) =>
    Array.from({ length: 12 }, (_, index) => {
      const code = index + 1;
      return { code, first: dayOf(year, code, 1), length: daysInMonth(year, code) };
    }),
};

/** What RSCALE calls calendars (CLDR). Those that have the months and days of the Gregorian are it. */
const LIKE_GREGORIAN: readonly string[] = ['GREGORIAN', 'BUDDHIST', 'JAPANESE', 'ROC'];

/** Values of RSCALE that are known here. */
export const SCALES: readonly string[] = [...LIKE_GREGORIAN, ...LUNAR_CALENDARS, ...RECKONED_CALENDARS];

const known = new Map<string, CalendarScale>();

/** @param name of SCALES */
export function calendarScale(name: string): CalendarScale {
  if (isGregorian(name)) return GREGORIAN;
  let scale = known.get(name);
  if (scale === undefined) {
    scale = new KeptYears(LUNAR_CALENDARS.includes(name) ? new LunarYears(name) : reckonedYears(name));
    known.set(name, scale);
  }
  return scale;
}

/** Whether a calendar has no months or days but those of RFC 5545. */
export function isGregorian(name: string): boolean {
  return LIKE_GREGORIAN.includes(name);
}

/** Keeps the years that were asked for, which are some hundreds at most, and finds the one of a day among them. */
class KeptYears implements CalendarScale {
  readonly days: CalendarScale['days'];
  readonly #years: Years;
  readonly #kept = new Map<number, readonly ScaleMonth[]>();

  constructor(years: Years) {
    this.#years = years;
    const first = this.months(years.first)[0]?.first ?? 0;
    const end = this.months(years.last).at(-1);
    this.days = { first, last: end ? end.first + end.length - 1 : 0 };
  }

  yearOf(day: number): number {
    const { first, last } = this.#years;
    const length = (this.days.last + 1 - this.days.first) / (last + 1 - first);
    let year = Math.min(last, Math.max(first, first + Math.floor((day - this.days.first) / length)));
    while (year > first && this.#newYear(year) > day) year--;
    while (year < last && this.#newYear(year + 1) <= day) year++;
    return year;
  }

  months(year: number): readonly ScaleMonth[] {
    if (year < this.#years.first || year > this.#years.last) return [];
    let months = this.#kept.get(year);
    if (months === undefined) {
      months = this.#years.months(year);
      this.#kept.set(year, months);
    }
    return months;
  }

  #newYear(year: number): number {
    return this.months(year)[0]?.first ?? 0;
  }
}
