import { DAY } from './civil.ts';
import { type Component, property } from './component.ts';
import { type DateValue, type Duration, instantOf, parseDate, parseDuration, tzidOf } from './date-value.ts';
import { type Occurrence, occurrencesDescribedBy } from './occurrences.ts';
import type { Series } from './series.ts';
import type { TimeRange } from './time-range.ts';
import type { Work } from './work.ts';
import type { Zones } from './zones.ts';

/** When a VALARM goes off (RFC 5545 §3.8.6.3): at a time of its own, or before or after an occurrence. */
type Trigger =
  | { readonly at: DateValue }
  | { readonly related: 'startsAt' | 'endsAt'; readonly distance: Duration };

/** The first time and `count` more, `gap` ms apart (REPEAT and DURATION). */
interface Repeats {
  readonly count: number;
  readonly gap: number;
}

/**
 * Whether an alarm of a component goes off in the range, be it for only one of the occurrences which that component
 * describes (RFC 4791 §9.9, VALARM).
 */
export function alarmOverlaps(
  alarm: Component,
  component: Component,
  range: TimeRange,
  series: Series,
  work: Work,
): boolean {
  const trigger = triggerOf(alarm);
  if (trigger === null) return false;
  const repeats = repeatsOf(alarm);
  if ('at' in trigger) return goesOff(instantOf(trigger.at, series.zones), repeats, range);
  const distance = milliseconds(trigger.distance);
  // A day more on either side, because days of a duration are not always of 24 hours.
  const window = {
    from: range.start - distance - repeats.count * repeats.gap - DAY,
    to: range.end - distance + DAY,
  };
  for (const occurrence of occurrencesDescribedBy(component, series, window, work)) {
    const first = later(occurrence[trigger.related], occurrence, trigger.distance, series.zones);
    if (goesOff(first, repeats, range)) return true;
  }
  return false;
}

function triggerOf(alarm: Component): Trigger | null {
  const line = property(alarm, 'TRIGGER');
  if (line === undefined) return null;
  const at = parseDate(line.value, tzidOf(line));
  if (at !== null) return { at };
  const distance = parseDuration(line.value);
  if (distance === null) return null;
  const related = line.params.find(({ name }) => name === 'RELATED')?.values[0]?.toUpperCase();
  return { related: related === 'END' ? 'endsAt' : 'startsAt', distance };
}

function repeatsOf(alarm: Component): Repeats {
  const count = Number(property(alarm, 'REPEAT')?.value);
  const gap = parseDuration(property(alarm, 'DURATION')?.value ?? '');
  if (!(count > 0) || gap === null || milliseconds(gap) <= 0) return { count: 0, gap: 0 };
  return { count: Math.min(Math.floor(count), 10_000), gap: milliseconds(gap) };
}

/** One of the times lies in [start, end). */
function goesOff(first: number, { count, gap }: Repeats, range: TimeRange): boolean {
  const passed = gap > 0 ? Math.min(count, Math.max(0, Math.ceil((range.start - first) / gap))) : 0;
  const next = first + passed * gap;
  return next >= range.start && next < range.end;
}

/** `instant` and a duration, its days by the clock of the occurrence's zone. */
function later(instant: number, { start }: Occurrence, { days, time }: Duration, zones: Zones): number {
  if (days === 0 || start.form === 'utc') return instant + days * DAY + time;
  const zone = zones.of(start);
  return zone.toUtc(instant + zone.offsetAt(instant) + days * DAY) + time;
}

function milliseconds({ days, time }: Duration): number {
  return days * DAY + time;
}
