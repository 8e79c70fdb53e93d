import { type CivilDate, dateOf, dayOf, dayOfYear, daysInMonth, daysInYear, weekdayOf } from './civil.ts';
import type { Rule, WeekdayRule } from './rrule.ts';

/** Which days a rule picks: the date half of RFC 5545 §3.3.10's table, compiled once for a rule and its start. */
export interface DayPicker {
  /** Days of a year, in order: FREQ=YEARLY. With BYWEEKNO it is the year of the weeks, which no week straddles. */
  ofYear(year: number): number[];
  /** Days of a month, in order: FREQ=MONTHLY. */
  ofMonth(year: number, month: number): number[];
  /** Days of the week that begins on `first`: FREQ=WEEKLY. */
  ofWeek(first: number): number[];
  /** The day passes all limits: FREQ=DAILY and shorter. */
  allows(day: number): boolean;
}

type Where = 'year' | 'month' | 'elsewhere';

/** `start` is the DTSTART's date: what the rule leaves open comes from it. */
export function dayPicker(rule: Rule, start: CivilDate): DayPicker {
  const { frequency } = rule;
  const yearly = frequency === 'YEARLY';
  const picksDays =
    rule.byDay.length + rule.byMonthDay.length + rule.byYearDay.length + rule.byWeekNo.length > 0;
  const startDay = dayOf(start.year, start.month, start.day);

  const months = new Set(rule.byMonth.length === 0 && yearly && !picksDays ? [start.month] : rule.byMonth);
  const monthDays = new Set(
    (yearly || frequency === 'MONTHLY') && !picksDays ? [start.day] : rule.byMonthDay,
  );
  const yearDays = new Set(rule.byYearDay);
  const weekNumbers = new Set(rule.byWeekNo);
  const weekOnly = yearly && weekNumbers.size > 0 && rule.byDay.length + monthDays.size + yearDays.size === 0;
  const takesStartWeekday = weekOnly || (frequency === 'WEEKLY' && rule.byDay.length === 0);
  const weekdays = nthsByWeekday(takesStartWeekday ? [{ weekday: weekdayOf(startDay), nth: 0 }] : rule.byDay);
  // Numbers before weekdays count within the month if there are months, else within the year (§3.3.10, note 2).
  const scope: Where =
    frequency === 'MONTHLY' || (yearly && rule.byMonth.length > 0) ? 'month' : yearly ? 'year' : 'elsewhere';

  const weekdayFits = (date: CivilDate, day: number): boolean => {
    if (weekdays.size === 0) return true;
    const nths = weekdays.get(weekdayOf(day));
    return nths !== undefined && isOneOf(nths, date, scope);
  };
  const fits = (date: CivilDate, day: number): boolean =>
    (monthDays.size === 0 ||
      monthDays.has(date.day) ||
      monthDays.has(date.day - daysInMonth(date.year, date.month) - 1)) &&
    (yearDays.size === 0 ||
      yearDays.has(dayOfYear(date)) ||
      yearDays.has(dayOfYear(date) - daysInYear(date.year) - 1)) &&
    weekdayFits(date, day);

  const ofMonth = (year: number, month: number): number[] => {
    if (months.size > 0 && !months.has(month)) return [];
    const days: number[] = [];
    const first = dayOf(year, month, 1);
    const length = daysInMonth(year, month);
    for (let day = 1; day <= length; day += 1) {
      if (fits({ year, month, day }, first + day - 1)) days.push(first + day - 1);
    }
    return days;
  };
  const allows = (day: number): boolean => {
    const date = dateOf(day);
    return (months.size === 0 || months.has(date.month)) && fits(date, day);
  };
  const ofWeek = (first: number): number[] => WEEKDAY_OFFSETS.map((offset) => first + offset).filter(allows);
  const ofWeeks = (year: number): number[] => {
    const first = firstDayOfWeeks(year, rule.weekStart);
    const weeks = (firstDayOfWeeks(year + 1, rule.weekStart) - first) / 7;
    const asked = [...weekNumbers].map((week) => (week > 0 ? week : weeks + week + 1));
    return [...new Set(asked)]
      .filter((week) => week >= 1 && week <= weeks)
      .sort((a, b) => a - b)
      .flatMap((week) => ofWeek(first + (week - 1) * 7));
  };
  return {
    ofYear: weekNumbers.size > 0 ? ofWeeks : (year) => MONTHS.flatMap((month) => ofMonth(year, month)),
    ofMonth,
    ofWeek,
    allows,
  };
}

const MONTHS = Array.from({ length: 12 }, (_, index) => index + 1);
const WEEKDAY_OFFSETS = [0, 1, 2, 3, 4, 5, 6];

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
  const newYear = dayOf(year, 1, 1);
  const intoWeek = (weekdayOf(newYear) - weekStart + 7) % 7;
  return intoWeek <= 3 ? newYear - intoWeek : newYear + 7 - intoWeek;
}
