/** Why other engines differ: what RFC 5545 says, and what they do instead. */

import { SECOND } from '../../src/model/civil.ts';
import { parseDate } from '../../src/model/date-value.ts';
import type { Case } from './cases.ts';
import type { Answer } from './engines.ts';

/** An answer that differs from davd's. */
export interface Differing {
  readonly engine: 'dateutil' | 'libical';
  readonly case: Case;
  readonly parts: ReadonlyMap<string, string>;
  readonly ours: Answer;
  readonly theirs: Answer;
  /** The third engine answers as davd does. */
  readonly confirmed: boolean;
  /** The other engines give the same answer. */
  readonly outvoted: boolean;
}

export interface Explanation {
  readonly engine: 'dateutil' | 'libical';
  /** What the standard says, with its section, and what the engine does. */
  readonly text: string;
  readonly fits: (differing: Differing) => boolean;
  /** Holds for both engines alike. */
  readonly ofBoth?: boolean;
  /** The rule as the engine reads it: davd must then answer what the engine answered. */
  readonly reading?: (one: Case) => string;
}

const SHORT_PERIODS = ['HOURLY', 'MINUTELY', 'SECONDLY'];
const OF_THE_CLOCK = ['BYHOUR', 'BYMINUTE', 'BYSECOND'];
const OF_THE_DAY = ['BYMONTH', 'BYWEEKNO', 'BYYEARDAY', 'BYMONTHDAY', 'BYDAY'];
const EVERY_DAY = 'BYDAY=MO,TU,WE,TH,FR,SA,SU';
/** Seconds. */
const DAY = 86_400;
/** Weeks that some calendar year holds only in part, or not at all. */
const EDGE_WEEKS = /^-?(?:1|52|53)$/;

/** Dates that may lie in a week of the year beside theirs. */
const AT_NEW_YEAR = /^\d{4}(?:010[1-3]|12(?:29|30|31))/;

/** Of rules that a DTSTART or another rule of the RFC makes doubtful: generated ones are not among them. */
const OF_BOTH: readonly Omit<Explanation, 'engine'>[] = [
  {
    text: 'a DTSTART that the rule does not make is undefined (§3.8.5.3); davd counts years from that of its week (§3.3.10, BYWEEKNO after ISO 8601), the others from that of its date',
    fits: ({ parts, case: one }) =>
      parts.has('BYWEEKNO') && parts.has('INTERVAL') && AT_NEW_YEAR.test(one.start),
  },
  {
    text: 'DTSTART "always counts as the first occurrence" (§3.3.10, COUNT), also where the rule does not make it (which §3.8.5.3 leaves undefined); the others count what the rule makes',
    fits: ({ parts }) => /^\d/.test(parts.get('COUNT') ?? ''),
    reading: ({ rule }) => rule.replace(/COUNT=(\d+)/, (_, count) => `COUNT=${Number(count) + 1}`),
  },
  {
    text: '"BYSECOND, BYMINUTE and BYHOUR … MUST be ignored" where DTSTART is a date (§3.3.10)',
    fits: ({ parts, case: one }) => one.start.length === 8 && OF_THE_CLOCK.some((name) => parts.has(name)),
  },
  {
    text: 'COUNT is a "positive integer" (§3.3.10, §3.3.8); davd takes a negative one, which some programs write, for none',
    fits: ({ parts }) => parts.get('COUNT')?.startsWith('-') ?? false,
  },
  {
    text: 'UNTIL "MUST have the same value type as DTSTART" (§3.3.10); where it is a date all the same, davd lets its whole day through',
    fits: ({ parts, case: one }) => parts.get('UNTIL')?.length === 8 && one.start.length > 8,
  },
  {
    text: 'RFC 7529: not known to the other engine, or only where it was built with ICU',
    fits: ({ parts, theirs }) => parts.has('RSCALE') && typeof theirs === 'string',
  },
];

export const EXPLANATIONS: readonly Explanation[] = [
  ...(['dateutil', 'libical'] as const).flatMap((engine) =>
    OF_BOTH.map((one) => ({ ...one, engine, ofBoth: true })),
  ),
  {
    engine: 'dateutil',
    text: 'no answer: it fails on, or walks without end through, a rule of which some or all dates do not exist; §3.3.10: "such recurrence instances MUST be ignored"',
    fits: ({ theirs }) => typeof theirs === 'string',
  },
  {
    engine: 'dateutil',
    text: 'weekdays with and without numbers are a list, of which any may be met (§3.3.10, BYDAY "COMMA-separated list"); dateutil wants a day to meet both kinds',
    fits: ({ parts }) => {
      const days = parts.get('BYDAY')?.split(',') ?? [];
      return days.some((day) => day.length === 2) && days.some((day) => day.length > 2);
    },
  },
  {
    engine: 'dateutil',
    text: 'BYWEEKNO without a weekday takes that of DTSTART (§3.3.10: "information … is retrieved from DTSTART"); dateutil takes every day of the week',
    fits: ({ parts }) => parts.has('BYWEEKNO') && !OF_THE_DAY.slice(2).some((name) => parts.has(name)),
    reading: ({ rule }) => `${rule};${EVERY_DAY}`,
  },
  {
    engine: 'dateutil',
    text: 'a week belongs to one year, wherever its days lie (§3.3.10, BYWEEKNO after ISO 8601), also where years are left out or positions counted; dateutil cuts weeks where calendar years end',
    fits: ({ parts }) =>
      parts.has('BYWEEKNO') &&
      (parts.has('INTERVAL') ||
        parts.has('BYSETPOS') ||
        (parts.get('BYWEEKNO') ?? '').split(',').some((week) => EDGE_WEEKS.test(week))),
  },
  {
    engine: 'dateutil',
    text: 'BYSETPOS counts all of a week, also what lies before DTSTART (§3.3.10: "within the set of recurrence instances specified by the rule"); dateutil begins the first week at DTSTART',
    fits: ({ parts, case: one, ours, theirs }) =>
      parts.get('FREQ') === 'WEEKLY' &&
      parts.has('BYSETPOS') &&
      (parts.has('COUNT') || lastDifference(ours, theirs) < instantOf(one.start) + 8 * DAY),
  },
  {
    engine: 'libical',
    text: 'no answer: the combination is refused or searched without end; §3.3.10 gives a meaning to every combination in its table',
    fits: ({ theirs }) => typeof theirs === 'string',
  },
  {
    engine: 'libical',
    text: "the same times by the clock, at other instants: libical's tables of clock changes end in 2037, and §3.3.5 gives a skipped time the offset from before",
    fits: ({ ours, theirs }) => walls(ours) === walls(theirs),
  },
  {
    engine: 'libical',
    text: 'a rule speaks of times by the clock (§3.3.10), whatever clocks did between them; libical goes on from an instant, and so an hour off, after they were changed',
    fits: ({ parts, case: one, ours, theirs, confirmed }) =>
      one.zone !== null &&
      (withinAnHour(ours, theirs) || (confirmed && SHORT_PERIODS.includes(parts.get('FREQ') ?? ''))),
  },
  {
    engine: 'libical',
    text: 'a year is expanded by BYMONTHDAY alone (§3.3.10, table: "Expand"); libical takes only the month of DTSTART',
    fits: ({ parts }) => parts.get('FREQ') === 'YEARLY' && parts.has('BYMONTHDAY') && !parts.has('BYMONTH'),
    reading: ({ rule, start }) => `${rule};BYMONTH=${Number(start.slice(4, 6))}`,
  },
  {
    engine: 'libical',
    text: 'a year is expanded by BYMONTHDAY alone (§3.3.10, table: "Expand"), and limited by weekdays that count in the year; libical takes only the month of DTSTART',
    fits: ({ parts }) =>
      parts.get('FREQ') === 'YEARLY' &&
      parts.has('BYMONTHDAY') &&
      !parts.has('BYMONTH') &&
      /\d/.test(parts.get('BYDAY') ?? ''),
  },
  {
    engine: 'libical',
    text: 'a list that says a weekday twice (§3.3.10: instances are a set) makes it once; libical counts it twice',
    fits: ({ parts }) => {
      const days = parts.get('BYDAY')?.split(',') ?? [];
      return new Set(days).size < days.length;
    },
  },
  {
    engine: 'libical',
    text: 'hours, minutes and seconds are limited by BY parts (§3.3.10, table: "Limit"), never added to; libical takes some for more, or ends at a stretch that is ruled out',
    fits: ({ parts }) =>
      SHORT_PERIODS.includes(parts.get('FREQ') ?? '') &&
      [...OF_THE_DAY, ...OF_THE_CLOCK, 'BYSETPOS'].some((name) => parts.has(name)),
  },
  {
    engine: 'libical',
    text: 'BYSETPOS is applied last, to all candidates of a period with their times (§3.3.10: "BYHOUR, BYMINUTE, BYSECOND and BYSETPOS"); libical counts days, or nothing',
    fits: ({ parts }) => parts.has('BYSETPOS'),
  },
  {
    engine: 'libical',
    text: 'weeks begin with WKST, and the first has four days of its year (§3.3.10, BYWEEKNO and WKST); libical miscounts those without a weekday, from the end, or beginning late in the week',
    fits: ({ parts }) =>
      parts.has('BYWEEKNO') || (parts.get('FREQ') === 'WEEKLY' && parts.has('WKST') && parts.has('INTERVAL')),
  },
  {
    engine: 'libical',
    text: 'days are limited by BYMONTHDAY, from the end of the month too, and by BYMONTH (§3.3.10, table: "Limit"); libical loses some of them',
    fits: ({ parts }) =>
      parts.get('FREQ') === 'DAILY' &&
      (parts.has('BYMONTHDAY') || parts.has('BYMONTH') || parts.has('BYDAY')),
  },
];

/** The parts of a rule by name. */
export function partsOf(rule: string): ReadonlyMap<string, string> {
  return new Map(
    rule.split(';').map((part) => {
      const equals = part.indexOf('=');
      return [part.slice(0, equals), part.slice(equals + 1)];
    }),
  );
}

/** The last instant, in seconds, that only one of the answers has. */
function lastDifference(a: Answer, b: Answer): number {
  if (typeof a === 'string' || typeof b === 'string') return Infinity;
  const [ours, theirs] = [a, b].map((answer) => new Set(answer.map(([, instant]) => instant)));
  const only = [...(ours ?? [])].filter((one) => !theirs?.has(one));
  return Math.max(...only, ...[...(theirs ?? [])].filter((one) => !ours?.has(one)));
}

/** Seconds, of a wall time taken for UTC. */
function instantOf(start: string): number {
  return (parseDate(start, null)?.wall ?? 0) / SECOND;
}

function withinAnHour(a: Answer, b: Answer): boolean {
  if (typeof a === 'string' || typeof b === 'string' || a.length !== b.length) return false;
  return a.every(([, instant], i) => Math.abs(instant - (b[i]?.[1] ?? Infinity)) <= 3600);
}

function walls(answer: Answer): string | undefined {
  return typeof answer === 'string' ? undefined : answer.map(([wall]) => wall).join();
}
