import { madeComponent, madeLine } from './calendar-write.ts';
import { DAY, dateOf, dayOf, dayOfWall, daysInMonth, HOUR, MINUTE, SECOND, weekdayOf } from './civil.ts';
import type { Component } from './component.ts';
import { formatDateTime, formatUtc } from './date-value.ts';
import { escapeText } from './text-value.ts';
import type { Zone } from './zone.ts';

/** A change of the clocks. Offsets in ms east of UTC. */
interface Onset {
  readonly instant: number;
  readonly from: number;
  readonly to: number;
  /** By the clock before the change. */
  readonly year: number;
  readonly month: number;
  readonly weekday: number;
  /** Weeks of the month that this weekday is in: the nth, and -1 if it is the last. */
  readonly weeks: readonly number[];
}

/** Changes of consecutive years that one rule describes. */
interface Run {
  readonly onsets: Onset[];
  weeks: readonly number[];
}

/** Nothing before and no change of rules after is told: events before 1970 and zones' plans beyond 2037 are rare. */
const FIRST = dayOf(1970, 1, 1) * DAY;
const LAST_YEAR = 2037;
/** Shorter than Morocco's Ramadan time; the two weeks of summer time that northern Brazil had in 2000 are passed over. */
const STEP = 28 * DAY;
const DAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

/** A VTIMEZONE (RFC 5545 §3.6.5) that says from 1970 on what a zone does. It stands in no source. */
export function vtimezoneOf(zone: Zone, tzid: string): Component {
  const first = zone.offsetAt(FIRST);
  const runs = runsOf(onsetsOf(zone));
  const parts = [
    observance('STANDARD', FIRST + first, first, first),
    ...runs.flatMap((run) => observancesOf(run)),
  ];
  return madeComponent('VTIMEZONE', [madeLine('TZID', [], escapeText(tzid))], parts);
}

function onsetsOf(zone: Zone): Onset[] {
  const onsets: Onset[] = [];
  const end = dayOf(LAST_YEAR + 1, 1, 1) * DAY;
  for (let start = FIRST; start < end; start += STEP) {
    const from = zone.offsetAt(start);
    const to = zone.offsetAt(start + STEP);
    if (from !== to) onsets.push(onsetAt(changeBetween(zone, start, start + STEP), from, to));
  }
  return onsets;
}

/** The first instant of the new offset; clocks change at whole seconds. */
function changeBetween(zone: Zone, start: number, end: number): number {
  const before = zone.offsetAt(start);
  let [low, high] = [start / SECOND, end / SECOND];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zone.offsetAt(middle * SECOND) === before) low = middle;
    else high = middle;
  }
  return high * SECOND;
}

function onsetAt(instant: number, from: number, to: number): Onset {
  const day = dayOfWall(instant + from);
  const { year, month, day: dayOfMonth } = dateOf(day);
  const weeks = [Math.ceil(dayOfMonth / 7), ...(dayOfMonth + 7 > daysInMonth(year, month) ? [-1] : [])];
  return { instant, from, to, year, month, weekday: weekdayOf(day), weeks };
}

function runsOf(onsets: readonly Onset[]): Run[] {
  const runs: Run[] = [];
  const open = new Map<string, Run>();
  for (const onset of onsets) {
    const time = (onset.instant + onset.from) % DAY;
    const key = [onset.from, onset.to, onset.month, onset.weekday, time].join();
    const run = open.get(key);
    const weeks = run?.weeks.filter((week) => onset.weeks.includes(week)) ?? [];
    if (run && weeks.length > 0 && run.onsets.at(-1)?.year === onset.year - 1) {
      run.onsets.push(onset);
      run.weeks = weeks;
    } else {
      const begun = { onsets: [onset], weeks: onset.weeks };
      open.set(key, begun);
      runs.push(begun);
    }
  }
  return runs;
}

/** One with a rule where there are enough to need one. */
function observancesOf({ onsets, weeks }: Run): Component[] {
  const [first] = onsets;
  const last = onsets.at(-1);
  if (!first || !last) return [];
  if (onsets.length < 3) return onsets.map((onset) => ofOnset(onset));
  // The last of a month rather than its fourth, where both fit.
  const week = weeks.includes(-1) ? -1 : weeks[0];
  const until = last.year < LAST_YEAR ? `;UNTIL=${formatUtc(last.instant)}` : '';
  return [ofOnset(first, `FREQ=YEARLY;BYMONTH=${first.month};BYDAY=${week}${DAYS[first.weekday]}${until}`)];
}

function ofOnset({ instant, from, to }: Onset, rule?: string): Component {
  return observance(to > from ? 'DAYLIGHT' : 'STANDARD', instant + from, from, to, rule);
}

function observance(
  name: 'STANDARD' | 'DAYLIGHT',
  start: number,
  from: number,
  to: number,
  rule?: string,
): Component {
  return madeComponent(
    name,
    [
      madeLine('DTSTART', [], formatDateTime(start)),
      madeLine('TZOFFSETFROM', [], formatOffset(from)),
      madeLine('TZOFFSETTO', [], formatOffset(to)),
      ...(rule === undefined ? [] : [madeLine('RRULE', [], rule)]),
    ],
    [],
  );
}

/** `+0100`, with seconds where there are any (RFC 5545 §3.3.14). */
function formatOffset(offset: number): string {
  const size = Math.abs(offset);
  const parts = [Math.floor(size / HOUR), Math.floor(size / MINUTE) % 60, Math.floor(size / SECOND) % 60];
  const digits = parts.map((part) => String(part).padStart(2, '0'));
  return (offset < 0 ? '-' : '+') + digits.slice(0, parts[2] === 0 ? 2 : 3).join('');
}
