/**
 * Event number i of the data set, 1 KB each: a fifth recurring, a tenth all-day, four fifths with a VTIMEZONE. Numbers
 * below 1,000 begin in 2026, all others in the ten years before, so that what happens in a month of 2026 hardly depends
 * on how many events there are. When each happens is known here by plain counting, which is what answers are held against.
 */
import { between, fold, oneOf, randomFrom, uuid } from './random.ts';

/** Half-open, ms since 1970 UTC. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

type Random = () => number;

const DAY = 86_400_000;
const HOUR = 3_600_000;
const OCTETS = 1024;
/** Numbers of this year's events. */
const PRESENT = 1000;

const BERLIN = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:DAYLIGHT',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'TZNAME:CEST',
  'DTSTART:19700329T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'END:DAYLIGHT',
  'BEGIN:STANDARD',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'TZNAME:CET',
  'DTSTART:19701025T030000',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'END:STANDARD',
  'END:VTIMEZONE',
];

interface Rule {
  readonly text: string;
  /** How many times it happens; Infinity for ever. */
  readonly count: number;
  /** The day of the nth time, as ms of its midnight, given that of the first. */
  readonly day: (first: number, n: number) => number;
}

/** What an event is made of. Days and times of day are those of its clock: Berlin's or UTC. */
interface Plan {
  /** Midnight of its first day. */
  readonly day: number;
  /** ms from midnight to its start, and its length. */
  readonly clock: number;
  readonly length: number;
  readonly where: 'berlin' | 'utc' | 'all-day';
  readonly rule: Rule | undefined;
  /** The second time is two hours later than the rule says. */
  readonly moved: boolean;
}

export function eventUid(i: number): string {
  return uuid(1, i);
}

export function eventName(i: number): string {
  return `${eventUid(i)}.ics`;
}

/** The bytes of event i; each `version` differs in its text only. */
export function event(i: number, version = 0): string {
  const plan = planOf(i);
  const master = [
    `UID:${eventUid(i)}`,
    'DTSTAMP:20260101T000000Z',
    ...times(plan, plan.day, plan.clock),
    `SUMMARY:Appointment ${i}`,
    `SEQUENCE:${version}`,
    ...(plan.where === 'all-day' ? ['TRANSP:TRANSPARENT'] : ['LOCATION:Room 7']),
    ...(plan.rule ? [`RRULE:${plan.rule.text}`] : []),
  ];
  const components = ['BEGIN:VEVENT', ...master, 'END:VEVENT'];
  if (plan.rule && plan.moved) {
    const day = plan.rule.day(plan.day, 1);
    components.push(
      'BEGIN:VEVENT',
      `UID:${eventUid(i)}`,
      'DTSTAMP:20260101T000000Z',
      `RECURRENCE-ID${when(plan, day, plan.clock)}`,
      ...times(plan, day, plan.clock + 2 * HOUR),
      `SUMMARY:Appointment ${i}, later`,
      'END:VEVENT',
    );
  }
  return padded([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//davd//bench//EN',
    ...(plan.where === 'berlin' ? BERLIN : []),
    ...components,
    'END:VCALENDAR',
  ]);
}

/** When event i happens within a range, in order. */
export function occurrences(i: number, range: Range): Range[] {
  const plan = planOf(i);
  const found: Range[] = [];
  for (let n = 0; n < (plan.rule?.count ?? 1); n++) {
    const day = plan.rule?.day(plan.day, n) ?? plan.day;
    const start = utc(plan, day, plan.clock + (plan.moved && n === 1 ? 2 * HOUR : 0));
    if (start >= range.end + DAY) break;
    if (start < range.end && start + plan.length > range.start)
      found.push({ start, end: start + plan.length });
  }
  return found;
}

/** All-day events take no time. */
export function isBusy(i: number): boolean {
  return planOf(i).where !== 'all-day';
}

function planOf(i: number): Plan {
  const random = randomFrom(0xe7e27 + i);
  const recurs = i % 5 === 0;
  const from = i < PRESENT ? Date.UTC(2026, 0, 1) : Date.UTC(2016, 0, 1);
  const to = i < PRESENT ? Date.UTC(2026, 11, 28) : Date.UTC(2025, 11, 28);
  const day = inside(from + between(random, 0, (to - from) / DAY) * DAY);
  if (i % 10 === 1) {
    return { day, clock: 0, length: DAY, where: 'all-day', rule: undefined, moved: false };
  }
  const rule = recurs ? ruleOf(i / 5, i < PRESENT, random) : undefined;
  return {
    day: rule?.text.includes('BYDAY') ? monday(day) : day,
    // Between 6 and 20 o'clock UTC, so that no bound of a month cuts one.
    clock: between(random, 8 * 4, 17 * 4) * (HOUR / 4),
    length: between(random, 2, 8) * (HOUR / 4),
    where: i % 5 === 4 ? 'utc' : 'berlin',
    rule,
    moved: rule?.text.startsWith('FREQ=WEEKLY;COUNT') === true && (i / 5) % 4 === 1,
  };
}

/** Rules end after a while, as those of real calendars do, but for birthdays and a few of this year's. */
function ruleOf(number: number, present: boolean, random: Random): Rule {
  const kind = number % 20;
  const times = (from: number, to: number) => between(random, from, to);
  if (kind === 0) {
    return { text: 'FREQ=YEARLY', count: Infinity, day: (first, n) => later(first, { years: n }) };
  }
  if (kind === 19 && present) {
    return { text: 'FREQ=WEEKLY', count: Infinity, day: (first, n) => first + 7 * n * DAY };
  }
  if (kind >= 13 && kind <= 15) {
    const count = times(3, 12);
    return { text: `FREQ=DAILY;COUNT=${count}`, count, day: (first, n) => first + n * DAY };
  }
  if (kind >= 16 && kind <= 18) {
    const count = times(3, 12);
    return { text: `FREQ=MONTHLY;COUNT=${count}`, count, day: (first, n) => later(first, { months: n }) };
  }
  const count = times(4, 40);
  if (kind >= 9 && kind <= 12) {
    const text = `FREQ=WEEKLY;BYDAY=MO,WE;COUNT=${count}`;
    return { text, count, day: (first, n) => first + (7 * (n >> 1) + 2 * (n & 1)) * DAY };
  }
  return { text: `FREQ=WEEKLY;COUNT=${count}`, count, day: (first, n) => first + 7 * n * DAY };
}

/** Days 2 to 27 exist in every month and lie in it by any clock. */
function inside(day: number): number {
  const date = new Date(day);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 2 + (date.getUTCDate() % 26));
}

function monday(day: number): number {
  return day + ((8 - new Date(day).getUTCDay()) % 7) * DAY;
}

function later(day: number, { years = 0, months = 0 }): number {
  const date = new Date(day);
  return Date.UTC(date.getUTCFullYear() + years, date.getUTCMonth() + months, date.getUTCDate());
}

function utc({ where }: Plan, day: number, clock: number): number {
  return where === 'berlin' ? day + clock - berlinOffset(day + clock) : day + clock;
}

/** Daylight saving from the last Sunday of March to that of October, since 1996. */
function berlinOffset(local: number): number {
  const year = new Date(local).getUTCFullYear();
  const lastSunday = (month: number) => {
    const last = new Date(Date.UTC(year, month, 31));
    return last.getTime() - last.getUTCDay() * DAY + 2 * HOUR;
  };
  return local >= lastSunday(2) && local < lastSunday(9) ? 2 * HOUR : HOUR;
}

function times(plan: Plan, day: number, clock: number): string[] {
  if (plan.where === 'all-day') return [`DTSTART${when(plan, day, 0)}`, `DTEND${when(plan, day + DAY, 0)}`];
  return [`DTSTART${when(plan, day, clock)}`, `DTEND${when(plan, day, clock + plan.length)}`];
}

/** Parameters and value of a property that is a time. */
function when({ where }: Plan, day: number, clock: number): string {
  const stamp = new Date(day + clock).toISOString().replace(/[-:]|\.\d+Z/g, '');
  if (where === 'all-day') return `;VALUE=DATE:${stamp.slice(0, 8)}`;
  return where === 'utc' ? `:${stamp}Z` : `;TZID=Europe/Berlin:${stamp}`;
}

const WORDS: readonly [string, ...string[]] = [
  ...['Bring', 'papers', 'of', 'last', 'week', 'and', 'ask', 'about', 'room', 'budget', 'agenda'],
  ...['minutes', 'review', 'please', 'call', 'before', 'lunch', 'station', 'platform', 'tickets'],
] as [string, ...string[]];

/** Lines with a description that brings them to 1 KB. */
function padded(lines: readonly string[]): string {
  const random = randomFrom(lines.length * 31 + (lines[10]?.length ?? 0));
  const bare = lines.map(fold).join('\r\n').length + 2;
  let text = 'DESCRIPTION:';
  while (bare + text.length * (1 + 3 / 75) < OCTETS - 6) text += `${oneOf(random, WORDS)} `;
  const end = lines.indexOf('END:VEVENT');
  return `${lines.toSpliced(end, 0, text.trimEnd()).map(fold).join('\r\n')}\r\n`;
}
