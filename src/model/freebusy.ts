import { madeComponent, madeLine, writeCalendar } from './calendar-write.ts';
import { type Component, property, readCalendar } from './component.ts';
import type { ContentLine } from './contentline.ts';
import { formatUtc, instantOf, periodsOfLine } from './date-value.ts';
import { InvalidData } from './invalid.ts';
import { occurrencesOf } from './occurrences.ts';
import { type Series, seriesOf, workFor } from './series.ts';
import { escapeText } from './text-value.ts';
import { spanOverlaps, type TimeRange } from './time-range.ts';
import { endOf } from './timing.ts';
import type { Effort, Work } from './work.ts';
import type { Zone } from './zone.ts';
import { zonesOf } from './zones.ts';

/** FBTYPE (RFC 5545 §3.2.9), without FREE. */
export type BusyType = 'BUSY' | 'BUSY-TENTATIVE' | 'BUSY-UNAVAILABLE';

/** A time that is not free: ms UTC, half-open. */
export interface Busy {
  readonly start: number;
  readonly end: number;
  readonly type: BusyType;
}

/** The rest of what a VFREEBUSY component says. */
export interface FreeBusyReply {
  readonly range: TimeRange;
  /** When it is made, in ms UTC. */
  readonly stamp: number;
  readonly prodId: string;
  readonly uid?: string;
}

/** For one object: enough for some 20,000 occurrences. */
const EFFORT: Effort = { steps: 100_000 };
/** Steps of a FREEBUSY period. */
const PERIOD = 4;
const TYPES: readonly BusyType[] = ['BUSY', 'BUSY-TENTATIVE', 'BUSY-UNAVAILABLE'];

/**
 * The times that a calendar object takes from a range, cut to that range (RFC 4791 §7.10): of events that are opaque
 * and not cancelled, and of stored VFREEBUSY components. Unreadable bytes take none.
 * @param floating where dates and floating times are read
 * @throws TooMuch if finding its occurrences takes more than the effort
 */
export function busyTimes(bytes: Uint8Array, range: TimeRange, floating: Zone, effort = EFFORT): Busy[] {
  try {
    const calendar = readCalendar(bytes);
    const series = seriesOf(calendar, zonesOf(calendar, floating));
    const taken: Busy[] = [];
    const take = (start: number, end: number, type: BusyType) => {
      if (end <= start || !spanOverlaps(start, end, range)) return;
      taken.push({ start: Math.max(start, range.start), end: Math.min(end, range.end), type });
    };
    const work = workFor(series, effort);
    takeEvents(series, range, work, take);
    for (const part of calendar.root.components) takePeriods(part, series, work, take);
    work.demandLeft('finding its times');
    return taken;
  } catch (error) {
    if (error instanceof InvalidData) return [];
    throw error;
  }
}

type Take = (start: number, end: number, type: BusyType) => void;

function takeEvents(series: Series, range: TimeRange, work: Work, take: Take): void {
  const window = { from: range.start, to: range.end };
  const types = new Map([...series.parts.keys()].map((component) => [component, typeOfEvent(component)]));
  if ([...types.values()].every((type) => type === null)) return;
  for (const { component, startsAt, endsAt } of occurrencesOf(series, window, work)) {
    const type = types.get(component);
    if (type) take(startsAt, endsAt, type);
  }
}

/** The table of RFC 4791 §7.10; null where a component takes no time by its occurrences. */
export function typeOfEvent(component: Component): BusyType | null {
  if (component.name !== 'VEVENT') return null;
  if (keyword(property(component, 'TRANSP')) === 'TRANSPARENT') return null;
  const status = keyword(property(component, 'STATUS'));
  if (status === 'CANCELLED') return null;
  return status === 'TENTATIVE' ? 'BUSY-TENTATIVE' : 'BUSY';
}

function keyword(line: ContentLine | undefined): string | undefined {
  return line?.value.trim().toUpperCase();
}

function takePeriods(component: Component, { zones }: Series, work: Work, take: Take): void {
  if (component.name !== 'VFREEBUSY') return;
  for (const line of component.properties) {
    const type = line.name === 'FREEBUSY' ? typeOfPeriods(line) : null;
    if (type === null) continue;
    for (const { start, end, duration } of periodsOfLine(line)) {
      if (!work.spend(PERIOD)) return;
      const endsAt = end === null ? endOf(start, duration ?? 0, zones) : instantOf(end, zones);
      take(instantOf(start, zones), endsAt, type);
    }
  }
}

/** RFC 5545 §3.2.9: an unknown type is BUSY. */
function typeOfPeriods(line: ContentLine): BusyType | null {
  const value = line.params.find(({ name }) => name === 'FBTYPE')?.values[0]?.toUpperCase();
  if (value === 'FREE') return null;
  return TYPES.find((type) => type === value) ?? 'BUSY';
}

/** Times of each type in order, those that overlap or touch made one. */
export function mergeBusy(all: readonly Busy[]): Busy[] {
  return TYPES.flatMap((type) => {
    const merged: Busy[] = [];
    for (const busy of all.filter((one) => one.type === type).sort((a, b) => a.start - b.start)) {
      const last = merged.at(-1);
      if (last !== undefined && busy.start <= last.end) {
        merged[merged.length - 1] = { ...last, end: Math.max(last.end, busy.end) };
      } else {
        merged.push(busy);
      }
    }
    return merged;
  });
}

/** The iCalendar text that answers a free-busy-query: one VFREEBUSY with the merged times. */
export function writeFreeBusy(all: readonly Busy[], { range, stamp, prodId, uid }: FreeBusyReply): string {
  const merged = mergeBusy(all);
  const lines = TYPES.flatMap((type) => {
    const periods = merged.filter((busy) => busy.type === type);
    const value = periods.map(({ start, end }) => `${formatUtc(start)}/${formatUtc(end)}`).join(',');
    return periods.length === 0 ? [] : [madeLine('FREEBUSY', [{ name: 'FBTYPE', values: [type] }], value)];
  });
  const component = madeComponent(
    'VFREEBUSY',
    [
      ...(uid === undefined ? [] : [madeLine('UID', [], escapeText(uid))]),
      madeLine('DTSTAMP', [], formatUtc(stamp)),
      ...(Number.isFinite(range.start) ? [madeLine('DTSTART', [], formatUtc(range.start))] : []),
      ...(Number.isFinite(range.end) ? [madeLine('DTEND', [], formatUtc(range.end))] : []),
      ...lines,
    ],
    [],
  );
  const head = [madeLine('VERSION', [], '2.0'), madeLine('PRODID', [], escapeText(prodId))];
  const root = madeComponent('VCALENDAR', head, [component]);
  return writeCalendar({ source: new Uint8Array(), root });
}
