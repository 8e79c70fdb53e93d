import type { ScaleMonth, Years } from './calendar-scale.ts';
import { DAY, dayOf } from './civil.ts';

/** What ICU calls otherwise. */
const CLDR_NAMES: Readonly<Record<string, string>> = { 'ETHIOPIC-AMETE-ALEM': 'ethioaa' };
/** Adar I of a leap year comes after the fifth month (RFC 7529 §4.2). */
const HEBREW_LEAP_MONTH = 5;
/** Gregorian years in which the first and the last known year begin. */
const SPAN = { first: 1850, last: 2200 };

interface Read {
  readonly year: number;
  readonly day: number;
}

/** Years of a calendar as ICU tells them, a day after the other. */
export class IcuYears implements Years {
  readonly first: number;
  readonly last: number;
  readonly #hebrew: boolean;
  readonly #format: Intl.DateTimeFormat;

  /** @param name of RSCALE */
  constructor(name: string) {
    const calendar = CLDR_NAMES[name] ?? name.toLowerCase();
    const parts = { year: 'numeric', month: 'numeric', day: 'numeric' } as const;
    this.#hebrew = name === 'HEBREW';
    this.#format = new Intl.DateTimeFormat('en', { calendar, timeZone: 'UTC', ...parts });
    this.first = this.#read(dayOf(SPAN.first, 1, 1)).year;
    this.last = this.#read(dayOf(SPAN.last, 1, 1)).year;
  }

  months(year: number): readonly ScaleMonth[] {
    const months = [];
    let first = this.#newYear(year);
    for (let read = this.#read(first); read.year === year; read = this.#read(first)) {
      // No month has more than 31 days, and two come to more than 29.
      const { day } = this.#read(first + 29);
      const length = day < 30 ? 30 - day : this.#read(first + 30).day === 1 ? 30 : 31;
      months.push({ first, length });
      first += length;
    }
    const leaps = this.#hebrew && months.length > 12;
    return months.map((month, index) => ({ code: leaps ? hebrewCode(index) : index + 1, ...month }));
  }

  #newYear(year: number): number {
    const { first, last } = SPAN;
    const share = (year - this.first) / (this.last - this.first);
    let day = Math.round(dayOf(first, 1, 1) + share * (dayOf(last, 1, 1) - dayOf(first, 1, 1)));
    // The middle of a year is near; from there to its first day, a month after the other.
    for (let read = this.#read(day); read.year !== year; read = this.#read(day)) {
      day += (year - read.year) * 180;
    }
    let found = day - (this.#read(day).day - 1);
    for (let read = this.#read(found - 1); read.year === year; read = this.#read(found - 1))
      found -= read.day;
    return found;
  }

  #read(day: number): Read {
    const values = new Map<string, string>(
      this.#format.formatToParts(day * DAY).map(({ type, value }) => [type, value]),
    );
    return { year: Number(values.get('year')), day: Number(values.get('day')) };
  }
}

/** @param index of a month in a year of thirteen */
function hebrewCode(index: number): number {
  if (index === HEBREW_LEAP_MONTH) return HEBREW_LEAP_MONTH + 0.5;
  return index < HEBREW_LEAP_MONTH ? index + 1 : index;
}
