import type { ScaleMonth, Years } from './calendar-scale.ts';
import { dayOf, isLeapYear } from './civil.ts';
import { umalquraMonths } from './umalqura-years.ts';

/** A calendar whose years follow from arithmetic, or from a short table. Days are as in civil.ts. */
interface Reckoning {
  /** Years that begin or end between 1850 and 2200; both inclusive. */
  readonly years: readonly [first: number, last: number];
  readonly newYear: (year: number) => number;
  /** Lengths of the months of a year that has so many days. */
  readonly months: (days: number, year: number) => readonly number[];
}

/** Adar I of a leap year comes after the fifth month (RFC 7529 §4.2). */
const HEBREW_LEAP_MONTH = 5;
/** The Persian rule of 33 years is a day late once before 2200: ICU has the leap years by the sun. */
const PERSIAN_LATE = 1503;

const COPTIC_EPOCH = dayOf(284, 8, 29);
const ETHIOPIC_EPOCH = dayOf(8, 8, 27);
/** Years of the Incarnation and of the world: the same, counted from other beginnings. */
const AMETE_ALEM = 5500;
const ISLAMIC_EPOCH = dayOf(622, 7, 19);
const PERSIAN_EPOCH = dayOf(622, 3, 21);
const HEBREW_EPOCH = dayOf(-3760, 9, 7);

/** By the names of RSCALE. They give what ICU computes, as a test finds, but without the time that takes. */
const RECKONINGS: Readonly<Record<string, Reckoning>> = {
  COPTIC: {
    years: [1566, 1916],
    newYear: (year) => COPTIC_EPOCH + julianYears(year),
    months: alexandrian,
  },
  ETHIOPIC: {
    years: [1842, 2192],
    newYear: (year) => ETHIOPIC_EPOCH + julianYears(year),
    months: alexandrian,
  },
  'ETHIOPIC-AMETE-ALEM': {
    years: [1842 + AMETE_ALEM, 2192 + AMETE_ALEM],
    newYear: (year) => ETHIOPIC_EPOCH + julianYears(year - AMETE_ALEM),
    months: alexandrian,
  },
  HEBREW: { years: [5610, 5960], newYear: hebrewNewYear, months: hebrewMonths },
  INDIAN: {
    years: [1771, 2121],
    newYear: (year) => dayOf(year + 78, 3, isLeapYear(year + 78) ? 21 : 22),
    months: (days) => [days - 335, 31, 31, 31, 31, 31, 30, 30, 30, 30, 30, 30],
  },
  'ISLAMIC-CIVIL': {
    years: [1266, 1626],
    newYear: (year) => ISLAMIC_EPOCH + islamicYears(year),
    months: islamicMonths,
  },
  'ISLAMIC-TBLA': {
    years: [1266, 1626],
    newYear: (year) => ISLAMIC_EPOCH - 1 + islamicYears(year),
    months: islamicMonths,
  },
  'ISLAMIC-UMALQURA': {
    years: [1266, 1626],
    newYear: (year) => ISLAMIC_EPOCH + islamicYears(year) + (umalquraMonths(year)?.shift ?? 0),
    months: (days, year) => umalquraMonths(year)?.lengths ?? islamicMonths(days),
  },
  PERSIAN: {
    years: [1228, 1578],
    newYear: (year) =>
      PERSIAN_EPOCH + 365 * (year - 1) + Math.floor((8 * year + 21) / 33) - (year === PERSIAN_LATE ? 1 : 0),
    months: (days) => [31, 31, 31, 31, 31, 31, 30, 30, 30, 30, 30, days - 336],
  },
};

/** Calendars that are reckoned here; what RSCALE calls them (CLDR). */
export const RECKONED_CALENDARS: readonly string[] = Object.keys(RECKONINGS);

/** Years of a calendar that is reckoned. @param name of RECKONED_CALENDARS */
export function reckonedYears(name: string): Years {
  const reckoning = RECKONINGS[name];
  if (reckoning === undefined) throw new Error(`nobody reckons by ${name}`);
  const { years, newYear, months } = reckoning;
  const isHebrew = name === 'HEBREW';
  return {
    first: years[0],
    last: years[1],
    months(year): readonly ScaleMonth[] {
      let first = newYear(year);
      const lengths = months(newYear(year + 1) - first, year);
      const leaps = isHebrew && lengths.length > 12;
      return lengths.map((length, index) => {
        const month = { code: leaps ? hebrewCode(index) : index + 1, first, length };
        first += length;
        return month;
      });
    },
  };
}

/** Days before a year, where each fourth has 366. */
function julianYears(year: number): number {
  return 365 * (year - 1) + Math.floor(year / 4);
}

/** Twelve months, and what is left. */
function alexandrian(days: number): number[] {
  return [...Array.from({ length: 12 }, () => 30), days - 360];
}

/** Days before a year where eleven of thirty have 355. */
function islamicYears(year: number): number {
  return 354 * (year - 1) + Math.floor((11 * year + 3) / 30);
}

function islamicMonths(days: number): number[] {
  return [30, 29, 30, 29, 30, 29, 30, 29, 30, 29, 30, days - 325];
}

/** From the new moon, but never on a Sunday, Wednesday or Friday, and so that no year has an odd length. */
function hebrewNewYear(year: number): number {
  const [before, day, after] = [year - 1, year, year + 1].map(hebrewMoon) as [number, number, number];
  const delay = after - day === 356 ? 2 : day - before === 382 ? 1 : 0;
  return HEBREW_EPOCH + day + delay;
}

/** Days to the new moon of a year, by the 25,920 parts of a day. */
function hebrewMoon(year: number): number {
  const months = Math.floor((235 * year - 234) / 19);
  const day = 29 * months + Math.floor((12_084 + 13_753 * months) / 25_920);
  return (3 * (day + 1)) % 7 < 3 ? day + 1 : day;
}

/** Two of the months take up what the length of the year asks for. */
function hebrewMonths(days: number): number[] {
  const second = days % 10 === 5 ? 30 : 29;
  const third = days % 10 === 3 ? 29 : 30;
  const leap = days > 380 ? [30] : [];
  return [30, second, third, 29, 30, ...leap, 29, 30, 29, 30, 29, 30, 29];
}

/** @param index of a month in a year of thirteen */
function hebrewCode(index: number): number {
  if (index === HEBREW_LEAP_MONTH) return HEBREW_LEAP_MONTH + 0.5;
  return index < HEBREW_LEAP_MONTH ? index + 1 : index;
}
