import { Buffer } from 'node:buffer';
import { DAY, SECOND } from './civil.ts';
import {
  type Calendar,
  type Component,
  mainComponents,
  propertiesOf,
  property,
  readCalendar,
} from './component.ts';
import { dateOfLine, instantOf, periodsOfLine } from './date-value.ts';
import { InvalidData } from './invalid.ts';
import { recur } from './recurrence.ts';
import type { Rule } from './rrule.ts';
import { lastWall, type Master, type Series, seriesOf, type Turn } from './series.ts';
import { unescapeText } from './text-value.ts';
import { endOf, longest, type Timing } from './timing.ts';
import { type Effort, Work } from './work.ts';
import { UTC } from './zone.ts';
import type { Zones } from './zones.ts';

/** Raise it when the same bytes get other facts than before: those that a store has kept are then worked out anew. */
export const FACTS_VERSION = '1';

/** What is kept of an object for finding it again: structurally the `Facts` of the store. */
export interface Facts {
  /** null where the object has none. */
  readonly uid: string | null;
  /** Upper-case name of the main component; '' if there is none. */
  readonly component: string;
  /** Outside of [start, end] nothing of the object happens. ms UTC, infinite where unknown or endless. */
  readonly start: number;
  readonly end: number;
  readonly recurring: boolean;
}

type Bounds = Pick<Facts, 'start' | 'end'>;

const ALWAYS: Bounds = { start: -Infinity, end: Infinity };
/** No zone is further from UTC. */
const FARTHEST = DAY;
/** To find the last of COUNT occurrences; where it takes more, the object counts as endless. */
const TO_LAST: Effort = { steps: 5000 };
/** Local times are taken for UTC, and the bounds widened accordingly. */
const ANYWHERE: Zones = { floating: UTC, of: () => UTC };

/**
 * Facts of a calendar object's bytes. Never throws: unreadable bytes have no component and unbounded times.
 */
export function calendarFacts(bytes: Uint8Array): Facts {
  try {
    return factsOf(readCalendar(bytes));
  } catch (error) {
    if (error instanceof InvalidData) return { uid: null, component: '', ...ALWAYS, recurring: false };
    throw error;
  }
}

/** The bounds hold in whatever zone floating times are read, and whatever becomes of the rules of zones. */
export function factsOf(calendar: Calendar, series = seriesAnywhere(calendar)): Facts {
  const components = mainComponents(calendar);
  const first = components[0];
  if (first === undefined) return { uid: null, component: '', ...ALWAYS, recurring: false };
  const uid = property(first, 'UID');
  return {
    // A copy: V8 keeps the whole source alive for a slice of it.
    uid: uid === undefined ? null : Buffer.from(unescapeText(uid.value)).toString(),
    component: first.name,
    ...boundsOf(series),
    recurring: series.masters.some((master) => master.recurring),
  };
}

/** The series of which the facts are told. */
export function seriesAnywhere(calendar: Calendar): Series {
  return seriesOf(calendar, ANYWHERE);
}

function boundsOf(series: Series): Bounds {
  const work = new Work(TO_LAST);
  const all: Bounds[] = [];
  for (const master of series.masters) all.push(boundsOfMaster(master, work));
  const planned = unite(all);
  for (const { component, timing } of series.overrides) all.push(boundsOfComponent(component, timing));
  for (const turn of series.turns) all.push(moved(planned, turn));
  const bounds = unite(all);
  const exact = [...series.masters, ...series.overrides].every(
    (part) => part.timing?.start.form === 'utc' && !('extra' in part && part.extra.length > 0),
  );
  // Where start and end are in zones of their own, the length of a recurring event is as uncertain as either.
  const recurring = series.masters.some((master) => master.recurring);
  const slack = exact ? SECOND : recurring ? 3 * FARTHEST : FARTHEST;
  return { start: bounds.start - slack, end: bounds.end + slack };
}

/** The bounds of what an override that speaks for the future moves. */
function moved(bounds: Bounds, { timing, shift }: Turn): Bounds {
  return { start: bounds.start + shift, end: bounds.end + shift + longest(timing.length) };
}

function boundsOfMaster({ component, timing, rules, extra, recurring }: Master, work: Work): Bounds {
  const own = boundsOfComponent(component, timing);
  if (!recurring || timing === null) return own;
  const all: Bounds[] = [own];
  for (const { start, end, duration } of extra) {
    const until = end === null ? endOf(start, duration ?? timing.length, ANYWHERE) : end.wall;
    all.push({ start: start.wall, end: until });
  }
  const length = longest(timing.length);
  const unread = propertiesOf(component, 'RRULE').length > rules.length;
  if (unread) all.push({ start: own.start, end: Infinity });
  else for (const rule of rules) all.push({ start: own.start, end: lastStart(rule, timing, work) + length });
  return unite(all);
}

/** Wall time of the last start that a rule may make. */
function lastStart(rule: Rule, timing: Timing, work: Work): number {
  const until = lastWall(rule, timing.start, ANYWHERE);
  if (rule.count === Infinity) return until;
  let last = timing.start.wall;
  for (const wall of recur(rule, timing.start.wall, { from: -Infinity, to: until }, work)) last = wall;
  return work.exhausted ? until : last;
}

/** Bounds of a component by itself, so that they hold what RFC 4791 §9.9 asks about it. */
function boundsOfComponent(component: Component, timing: Timing | null): Bounds {
  if (component.name === 'VFREEBUSY') return boundsOfFreeBusy(component);
  // Without an end it lasts for ever (RFC 7953 §3.1), and there are few.
  if (component.name === 'VAVAILABILITY') return ALWAYS;
  if (timing !== null) {
    return { start: instantOf(timing.start, ANYWHERE), end: endOf(timing.start, timing.length, ANYWHERE) };
  }
  return component.name === 'VTODO' ? boundsOfUndatedTask(component) : ALWAYS;
}

function boundsOfUndatedTask(component: Component): Bounds {
  const created = dateOfLine(property(component, 'CREATED'))?.wall;
  const completed = dateOfLine(property(component, 'COMPLETED'))?.wall;
  if (completed !== undefined) {
    return {
      start: Math.min(completed, created ?? completed),
      end: Math.max(completed, created ?? completed),
    };
  }
  return created === undefined ? ALWAYS : { start: created, end: Infinity };
}

function boundsOfFreeBusy(component: Component): Bounds {
  const dates = ['DTSTART', 'DTEND'].flatMap((name) => dateOfLine(property(component, name)) ?? []);
  const periods = propertiesOf(component, 'FREEBUSY').flatMap(periodsOfLine);
  return unite([
    ...dates.map((value) => ({ start: value.wall, end: value.wall })),
    ...periods.map(({ start, end, duration }) => ({
      start: start.wall,
      end: end === null ? endOf(start, duration ?? 0, ANYWHERE) : end.wall,
    })),
  ]);
}

/** Nothing known is no bounds at all. */
function unite(all: readonly Bounds[]): Bounds {
  if (all.length === 0) return ALWAYS;
  let [start, end] = [Infinity, -Infinity];
  for (const bounds of all) {
    start = Math.min(start, bounds.start);
    end = Math.max(end, bounds.end);
  }
  return { start, end };
}
