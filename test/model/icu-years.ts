import type { ScaleMonth, Years } from '../../src/model/calendar-scale.ts';
import { DAY, dayOf } from '../../src/model/civil.ts';

/** What ICU calls otherwise. */
const CLDR_NAMES: Readonly<Record<string, string>> = { 'ETHIOPIC-AMETE-ALEM': 'ethioaa' };
/** Adar I of a leap year comes after the fifth month (RFC 7529 §4.2). */
const HEBREW_LEAP_MONTH = 5;
/** Gregorian years in which the first and the last known year begin. */
const SPAN = { first: 1850, last: 2200 };

/** Months that each year has at least. */
const LEAST_MONTHS = 12;

/** Years of a calendar as ICU tells them, a day after the other. */
export class IcuYears implements Years {
  readonly first: number;
  readonly last: number;
  readonly #hebrew: boolean;
  readonly #years: Intl.DateTimeFormat;
  /** Numbers alone are told much quicker than whole dates. */
  readonly #days: Intl.DateTimeFormat;

  /** @param name of RSCALE */
  constructor(name: string) {
    const calendar = CLDR_NAMES[name] ?? name.toLowerCase();
    this.#hebrew = name === 'HEBREW';
    this.#years = new Intl.DateTimeFormat('en', { calendar, timeZone: 'UTC', year: 'numeric' });
    this.#days = new Intl.DateTimeFormat('en', { calendar, timeZone: 'UTC', day: 'numeric' });
    this.first = this.#yearOf(dayOf(SPAN.first, 1, 1));
    this.last = this.#yearOf(dayOf(SPAN.last, 1, 1));
  }

  months(year: number): readonly ScaleMonth[] {
    const months = [];
    let first = this.#newYear(year);
    while (months.length < LEAST_MONTHS || this.#yearOf(first) === year) {
      // No month has more than 31 days, and two come to more than 29.
      const day = this.#dayOf(first + 29);
      const length = day < 30 ? 30 - day : this.#dayOf(first + 30) === 1 ? 30 : 31;
      months.push({ first, length });
      first += length;
    }
    const leaps = this.#hebrew && months.length > LEAST_MONTHS;
    return months.map((month, index) => ({ code: leaps ? hebrewCode(index) : index + 1, ...month }));
  }

  #newYear(year: number): number {
    const { first, last } = SPAN;
    const share = (year - this.first) / (this.last - this.first);
    let day = Math.round(dayOf(first, 1, 1) + share * (dayOf(last, 1, 1) - dayOf(first, 1, 1)));
    for (let found = this.#yearOf(day); found !== year; found = this.#yearOf(day))
      day += (year - found) * 180;
    // Some day of the year is found; from there to its first one, a month after the other.
    for (let before = day; this.#yearOf(before) === year; before = day - 1)
      day = before - this.#dayOf(before) + 1;
    return day;
  }

  #yearOf(day: number): number {
    return Number.parseInt(this.#years.format(day * DAY), 10);
  }

  #dayOf(day: number): number {
    return Number.parseInt(this.#days.format(day * DAY), 10);
  }
}

/** @param index of a month in a year of thirteen */
function hebrewCode(index: number): number {
  if (index === HEBREW_LEAP_MONTH) return HEBREW_LEAP_MONTH + 0.5;
  return index < HEBREW_LEAP_MONTH ? index + 1 : index;
}
