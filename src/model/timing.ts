import { DAY } from './civil.ts';
import { type Component, property } from './component.ts';
import {
  addDuration,
  type DateValue,
  type Duration,
  dateOfLine,
  instantOf,
  parseDuration,
} from './date-value.ts';
import type { Zones } from './zones.ts';

/** When a component happens the first time, as its own properties say. */
export interface Timing {
  /** DTSTART; the DUE of a VTODO that has no DTSTART. */
  readonly start: DateValue;
  /** For all its occurrences. Nominal (a Duration) or exact (ms), as RFC 5545 §3.8.5.3 tells them apart. */
  readonly length: Duration | number;
}

const NO_LENGTH = 0;
const WHOLE_DAY: Duration = { days: 1, time: 0 };

/** The start of its timing; null where there is none. */
export function startOf(component: Component): DateValue | null {
  const start = dateOfLine(property(component, 'DTSTART'));
  return start ?? (component.name === 'VTODO' ? dateOfLine(property(component, 'DUE')) : null);
}

/** null where the component has no (readable) date to begin with, so that it happens at no time in particular. */
export function timingOf(component: Component, zones: Zones): Timing | null {
  const start = startOf(component);
  if (start === null) return null;
  // A task that has only DUE happens at that instant.
  const end = dateOfLine(property(component, component.name === 'VTODO' ? 'DUE' : 'DTEND'));
  return { start, length: lengthOf(component, start, end, zones) };
}

function lengthOf(
  component: Component,
  start: DateValue,
  end: DateValue | null,
  zones: Zones,
): Duration | number {
  // A date without an end is the whole day, except for tasks, where it is a point in time (RFC 4791 §9.9).
  const least = start.form === 'date' && component.name !== 'VTODO' ? WHOLE_DAY : NO_LENGTH;
  if (end !== null) {
    if (start.form === 'date' && end.form === 'date') {
      const days = Math.round((end.wall - start.wall) / DAY);
      return days > 0 ? { days, time: 0 } : least;
    }
    return Math.max(0, instantOf(end, zones) - instantOf(start, zones)) || least;
  }
  const line = property(component, 'DURATION');
  const duration = line === undefined ? null : parseDuration(line.value);
  if (duration === null || duration.days * DAY + duration.time <= 0) return least;
  return duration;
}

/** The instant at which an occurrence that begins at `start` ends. */
export function endOf(start: DateValue, length: Duration | number, zones: Zones): number {
  return typeof length === 'number' ? instantOf(start, zones) + length : addDuration(start, length, zones);
}

/** As `endOf`, where the instant of the start is known already. */
export function endFrom(start: DateValue, startsAt: number, length: Duration | number, zones: Zones): number {
  if (typeof length === 'number') return startsAt + length;
  return length.days === 0 ? startsAt + length.time : addDuration(start, length, zones);
}

/** Not less than any occurrence lasts, in ms. */
export function longest(length: Duration | number): number {
  if (typeof length === 'number') return length;
  // A nominal day is longer than 24 hours where clocks are set back.
  return length.days * DAY + length.time + (length.days > 0 ? DAY : 0);
}
