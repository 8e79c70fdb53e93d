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
import { lastWall, type Master, type Override, type Series, seriesOf } from './series.ts';
import { unescapeText } from './text-value.ts';
import { endOf, longest, type Timing } from './timing.ts';
import { Work } from './work.ts';
import { UTC } from './zone.ts';
import type { Zones } from './zones.ts';

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
const STEPS_TO_LAST = 5000;
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
export function factsOf(calendar: Calendar): Facts {
  const components = mainComponents(calendar);
  const first = components[0];
  if (first === undefined) return { uid: null, component: '', ...ALWAYS, recurring: false };
  const uid = property(first, 'UID');
  const series = seriesOf(calendar, ANYWHERE);
  return {
    uid: uid === undefined ? null : unescapeText(uid.value),
    component: first.name,
    ...boundsOf(series),
    recurring: series.masters.some((master) => master.recurring),
  };
}

function boundsOf(series: Series): Bounds {
  const bounds = unite([
    ...series.masters.map((master) => boundsOfMaster(master, series.overrides)),
    ...series.overrides.map(({ component, timing }) => boundsOfComponent(component, timing)),
  ]);
  const exact = [...series.masters, ...series.overrides].every(
    (part) => part.timing?.start.form === 'utc' && !('extra' in part && part.extra.length > 0),
  );
  // Where start and end are in zones of their own, the length of a recurring event is as uncertain as either.
  const recurring = series.masters.some((master) => master.recurring);
  const slack = exact ? SECOND : recurring ? 3 * FARTHEST : FARTHEST;
  return { start: bounds.start - slack, end: bounds.end + slack };
}

function boundsOfMaster(master: Master, overrides: readonly Override[]): Bounds {
  const { component, timing, rules, extra } = master;
  const own = boundsOfComponent(component, timing);
  if (!master.recurring || timing === null) return own;
  const periods = extra.map(({ start, end, duration }) => {
    const startsAt = instantOf(start, ANYWHERE);
    const endsAt =
      end === null ? endOf(start, duration ?? timing.length, ANYWHERE) : instantOf(end, ANYWHERE);
    return { start: startsAt, end: endsAt };
  });
  const length = longest(timing.length);
  const unread = propertiesOf(component, 'RRULE').length > rules.length;
  const ends = rules.map((rule) => lastStart(rule, timing) + length);
  const plain = unite([
    own,
    ...periods,
    { start: own.start, end: unread ? Infinity : Math.max(own.end, ...ends) },
  ]);
  return unite([plain, ...overrides.map((override) => moved(plain, override))]);
}

/** Where an override that speaks for the future may put what lies in the bounds. */
function moved(bounds: Bounds, { andFuture, timing, idInstant }: Override): Bounds {
  if (!andFuture || timing === null) return bounds;
  const shift = instantOf(timing.start, ANYWHERE) - idInstant;
  return { start: bounds.start + shift, end: bounds.end + shift + longest(timing.length) };
}

/** Wall time of the last start that a rule may make. */
function lastStart(rule: Rule, timing: Timing): number {
  const until = lastWall(rule, timing.start, ANYWHERE);
  if (rule.count === Infinity) return until;
  const work = new Work(STEPS_TO_LAST);
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
  return { start: Math.min(...all.map(({ start }) => start)), end: Math.max(...all.map(({ end }) => end)) };
}
