import { type Availability, availabilities } from '../../model/availability.ts';
import { calendarData, type WantedData } from '../../model/calendar-data.ts';
import { type CompFilter, calendarMatcher } from '../../model/calendar-filter.ts';
import { type CheckedObject, checkCalendarObject } from '../../model/calendar-object.ts';
import type { ExpandLimits } from '../../model/expand.ts';
import { type Busy, busyTimes, mergeBusy } from '../../model/freebusy.ts';
import type { Window } from '../../model/occurrences.ts';
import { type Spans, spansOf } from '../../model/spans.ts';
import type { TimeRange } from '../../model/time-range.ts';
import type { Zone } from '../../model/zone.ts';

/** What can be asked of an object's bytes; `zone` is that of floating times. */
export interface Questions {
  check: { readonly bytes: Uint8Array };
  spans: { readonly bytes: Uint8Array; readonly stretch: Window; readonly zone: Zone };
  match: { readonly bytes: Uint8Array; readonly filter: CompFilter; readonly zone: Zone };
  busy: { readonly bytes: Uint8Array; readonly range: TimeRange; readonly zone: Zone };
  data: { readonly bytes: Uint8Array; readonly wanted: WantedData; readonly zone: Zone };
}

/** What each is answered with, as plain data. */
export interface Answers {
  check: CheckedObject;
  spans: Spans | null;
  match: boolean;
  busy: { readonly busy: readonly Busy[]; readonly available: readonly Availability[] };
  data: string;
}

export type Asked = keyof Questions;

/** How much may be computed for one answer, and how large what is expanded may become. */
export type Effort = ExpandLimits;

/** What usual objects are far from. */
export const QUICK: Effort = { steps: 20_000, octets: 100_000 };
/** Where nobody waits but who asked: every five minutes of a month, every hour of a year, or 50 KB every day of a month. */
export const THOROUGH: Effort = { steps: 54_000, octets: 2 ** 21 };

/**
 * Answers a question here and now.
 * @throws TooMuch if it would take more than the effort
 * @throws InvalidData if the bytes can't be read, of 'check' and 'data'
 */
export function answer<A extends Asked>(ask: A, question: Questions[A], effort: Effort): Answers[A] {
  return answers[ask](question, effort);
}

const answers: { readonly [A in Asked]: (question: Questions[A], effort: Effort) => Answers[A] } = {
  check: ({ bytes }) => checkCalendarObject(bytes),
  spans: ({ bytes, stretch, zone }, effort) => spansOf(bytes, stretch, zone, effort),
  match: ({ bytes, filter, zone }, effort) => calendarMatcher(filter, zone, effort)(bytes),
  busy: ({ bytes, range, zone }, effort) => ({
    // Merged, because thousands of occurrences may be a few times.
    busy: mergeBusy(busyTimes(bytes, range, zone, effort)),
    available: availabilities(bytes, range, zone, effort),
  }),
  data: ({ bytes, wanted, zone }, effort) => calendarData(bytes, wanted, zone, effort),
};
