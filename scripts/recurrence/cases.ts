/** Recurrence rules to compare engines by: made from a seed, or collected from calendar files. */

import { DAY, dayOf } from '../../src/model/civil.ts';
import { formatDate, formatDateTime } from '../../src/model/date-value.ts';
import { recur } from '../../src/model/recurrence.ts';
import { FREQUENCIES, type Frequency, parseRule } from '../../src/model/rrule.ts';
import { Work } from '../../src/model/work.ts';

/** A rule, and the time in which its occurrences are wanted. */
export interface Case {
  readonly rule: string;
  /** `20240501`, or `20240501T093000` in `zone`. */
  readonly start: string;
  /** IANA name; null for dates and floating times. */
  readonly zone: string | null;
  /** In the form of `start` without a zone, both inclusive. */
  readonly from: string;
  readonly to: string;
  /** Of a collected rule: where it comes from. */
  readonly origin?: string;
}

/** Numbers from a seed: Mulberry32. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 ≤ result < 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Both inclusive. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.between(0, list.length - 1)] ?? list[0];
  }

  /** One to `most` different values, in order. */
  some(most: number, value: () => number): number[] {
    const values = new Set(Array.from({ length: this.between(1, most) }, value));
    return [...values].sort((a, b) => a - b);
  }
}

const DAY_SECONDS = 86_400;
/** How far beyond its start a rule is looked at, in days: as far as engines get that must walk there. */
const HORIZON: Readonly<Record<Frequency, number>> = {
  YEARLY: 36_500,
  MONTHLY: 14_600,
  WEEKLY: 11_000,
  DAILY: 5500,
  HOURLY: 200,
  MINUTELY: 4,
  SECONDLY: 0.1,
};
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Asia/Kolkata',
  'UTC',
] as const;
const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const;

const LATEST = dayOf(2060, 1, 1) * DAY;

/** A rule of valid parts (RFC 5545 §3.3.10), with a start that it makes wherever it makes any. */
export function makeCase(dice: Dice): Case {
  const frequency = dice.pick(FREQUENCIES);
  const isDate = FREQUENCIES.indexOf(frequency) <= FREQUENCIES.indexOf('DAILY') && dice.chance(0.15);
  const zone = isDate || dice.chance(0.3) ? null : dice.pick(ZONES);
  const form = isDate ? formatDate : formatDateTime;
  const parts = [`FREQ=${frequency}`, ...partsOf(frequency, isDate, dice)];
  const start = someTime(dice, isDate);
  const made = synchronized(parts.join(';'), start);
  // Rules that never make anything are more than enough, and engines that walk are slow to see it.
  if (made === null && dice.chance(0.9)) return makeCase(dice);
  const first = made ?? start;
  const reach = HORIZON[frequency] * DAY_SECONDS;
  const end = ending(dice, first, reach, isDate, zone);
  const from = first + Math.floor(dice.chance(0.5) ? 0 : dice.next() * 0.9 * reach) * 1000;
  const rule = [...parts, ...end].join(';');
  return { rule, start: form(first), zone, from: form(from), to: form(from + 0.1 * reach * 1000) };
}

function partsOf(frequency: Frequency, isDate: boolean, dice: Dice): string[] {
  const yearly = frequency === 'YEARLY';
  const atLeast = (other: Frequency) => FREQUENCIES.indexOf(frequency) >= FREQUENCIES.indexOf(other);
  const parts: string[] = [];
  const add = (name: string, chance: number, values: () => readonly (number | string)[]) => {
    if (dice.chance(chance)) parts.push(`${name}=${values().join(',')}`);
  };
  const signed = (most: number) => (dice.chance(0.3) ? -1 : 1) * dice.between(1, most);
  if (dice.chance(0.5)) parts.push(`INTERVAL=${dice.chance(0.8) ? dice.between(1, 5) : dice.between(6, 60)}`);
  add('BYMONTH', 0.3, () => dice.some(4, () => dice.between(1, 12)));
  if (yearly) add('BYWEEKNO', 0.2, () => dice.some(4, () => signed(53)));
  const inWeeks = parts.at(-1)?.startsWith('BYWEEKNO') ?? false;
  if (yearly || atLeast('HOURLY')) add('BYYEARDAY', 0.15, () => dice.some(6, () => signed(366)));
  if (frequency !== 'WEEKLY') add('BYMONTHDAY', 0.3, () => dice.some(6, () => signed(31)));
  add('BYDAY', 0.4, () => {
    const most = yearly ? 53 : 5;
    const numbered = (yearly || frequency === 'MONTHLY') && !inWeeks && dice.chance(0.6);
    const days = Array.from({ length: dice.between(1, 4) }, () => dice.pick(WEEKDAYS));
    return [...new Set(days.map((day) => (numbered && dice.chance(0.8) ? `${signed(most)}${day}` : day)))];
  });
  if (!isDate) {
    const often = atLeast('HOURLY') ? 0.25 : 0.12;
    add('BYHOUR', often, () => dice.some(4, () => dice.between(0, 23)));
    add('BYMINUTE', often, () => dice.some(4, () => dice.between(0, 59)));
    add('BYSECOND', often / 2, () => dice.some(3, () => dice.between(0, 59)));
  }
  if (parts.some((part) => part.startsWith('BY')))
    add('BYSETPOS', 0.2, () => dice.some(3, () => signed(dice.chance(0.7) ? 4 : 366)));
  if (dice.chance(0.25)) parts.push(`WKST=${dice.pick(WEEKDAYS)}`);
  return parts;
}

function ending(dice: Dice, first: number, reach: number, isDate: boolean, zone: string | null): string[] {
  if (dice.chance(0.3)) return [`COUNT=${dice.between(1, dice.chance(0.7) ? 30 : 400)}`];
  if (!dice.chance(0.3)) return [];
  const until = first + Math.floor(dice.next() * reach) * 1000;
  // "MUST" be UTC where DTSTART is in a zone (§3.3.10).
  return [`UNTIL=${isDate ? formatDate(until) : formatDateTime(until)}${zone === null ? '' : 'Z'}`];
}

/** A wall time of the years in which zones have known rules, whole minutes mostly. */
function someTime(dice: Dice, isDate: boolean): number {
  const days = dice.between(dayOf(1995, 1, 1), dayOf(2030, 12, 31));
  const seconds = isDate ? 0 : dice.between(0, 1439) * 60 + (dice.chance(0.1) ? dice.between(0, 59) : 0);
  return (days * DAY_SECONDS + seconds) * 1000;
}

/** The first time the rule makes, null if there is none: what it makes of another DTSTART is undefined (§3.8.5.3). */
function synchronized(text: string, start: number): number | null {
  const rule = parseRule(text);
  if (rule === null) return null;
  for (const wall of recur(rule, start, { from: start, to: LATEST }, new Work({ steps: 100_000 })))
    return wall;
  return null;
}
