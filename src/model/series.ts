import { DAY, dayOfWall } from './civil.ts';
import { type Calendar, type Component, mainComponents, propertiesOf, property } from './component.ts';
import {
  type DateValue,
  dateOfLine,
  datesOfLine,
  instantOf,
  type PeriodValue,
  periodsOfLine,
} from './date-value.ts';
import { recur } from './recurrence.ts';
import { FREQUENCIES, parseRule, type Rule } from './rrule.ts';
import { type Timing, timingOf } from './timing.ts';
import { type Effort, Work } from './work.ts';
import type { Zones } from './zones.ts';

/** A component without RECURRENCE-ID: what happens, once or again and again. */
export interface Master {
  readonly component: Component;
  readonly timing: Timing | null;
  /** RRULE, without what does not go with DTSTART. */
  readonly rules: readonly Rule[];
  /** RDATE. */
  readonly extra: readonly PeriodValue[];
  /** EXDATE. */
  readonly excluded: Starts<true>;
  readonly recurring: boolean;
}

/** A component with RECURRENCE-ID: what happens instead of an occurrence, or of it and those that follow. */
export interface Override {
  readonly component: Component;
  readonly timing: Timing | null;
  /** The start that the occurrence would have had. */
  readonly id: DateValue;
  readonly idInstant: number;
  /** RANGE=THISANDFUTURE (RFC 5545 §3.2.13). */
  readonly andFuture: boolean;
}

/** The components of one calendar object, taken apart by what they say about time. */
export interface Series {
  readonly zones: Zones;
  readonly masters: readonly Master[];
  readonly overrides: readonly Override[];
  /** Overrides by what they replace. */
  readonly replaced: Starts<Override>;
  /** Overrides that speak for the future, in the order of what they replace. */
  readonly turns: readonly Turn[];
  readonly parts: ReadonlyMap<Component, Master | Override>;
}

/** An override that speaks for the future as well, and by how much it moves what it speaks for. */
export interface Turn extends Override {
  readonly timing: Timing;
  /** ms by the clock of its own zone. */
  readonly shift: number;
}

/**
 * Things kept by the start of an occurrence. RECURRENCE-ID and EXDATE ought to be of DTSTART's type; where they are
 * not, a date stands for all of its day, and a floating time is in DTSTART's zone.
 */
export class Starts<T> {
  readonly #instants = new Map<number, T>();
  readonly #days = new Map<number, T>();
  readonly #anchor: DateValue | null;
  readonly #zones: Zones;

  constructor(anchor: DateValue | null, zones: Zones) {
    this.#anchor = anchor;
    this.#zones = zones;
  }

  add(value: DateValue, thing: T): void {
    if (value.form === 'date' || this.#anchor?.form === 'date') {
      this.#days.set(dayOfWall(value.wall), thing);
    } else {
      const tzid = value.form === 'local' ? (value.tzid ?? this.#anchor?.tzid ?? null) : null;
      this.#instants.set(instantOf({ ...value, tzid }, this.#zones), thing);
    }
  }

  /** `instant` is that of `start`. */
  get(start: DateValue, instant: number): T | undefined {
    return this.#instants.get(instant) ?? this.#days.get(dayOfWall(start.wall));
  }
}

/** Steps of the budget for each component beside those for the object: ten years of a yearly one. */
const STEPS_OF_COMPONENT = 300;
/** "SHOULD NOT occur more than once" (RFC 5545 §3.8.5.3). */
const MOST_RULES = 8;
/** Enough to see whether the rules of a usual object make their DTSTART. */
const TO_START: Effort = { steps: 10_000 };

/** `zones` are those of the calendar. */
export function seriesOf(calendar: Calendar, zones: Zones): Series {
  const allMasters: Master[] = [];
  const allOverrides: Override[] = [];
  const work = new Work(TO_START);
  for (const component of mainComponents(calendar)) {
    const timing = timingOf(component, zones);
    const line = property(component, 'RECURRENCE-ID');
    const id = dateOfLine(line);
    if (line === undefined || id === null) {
      allMasters.push(masterOf(component, timing, zones, work));
    } else {
      const andFuture = line.params.some(
        ({ name, values }) => name === 'RANGE' && values[0]?.toUpperCase() === 'THISANDFUTURE',
      );
      allOverrides.push({ component, timing, id, idInstant: instantOf(id, zones), andFuture });
    }
  }
  const masters = current(allMasters, uidOf);
  const overrides = current(
    allOverrides,
    (override) => `${override.idInstant} ${override.andFuture} ${uidOf(override)}`,
  ).filter((override) => !masters.some((master) => takesBack(master, override)));
  const replaced = new Starts<Override>(masters[0]?.timing?.start ?? null, zones);
  for (const override of overrides) replaced.add(override.id, override);
  const parts = new Map([...masters, ...overrides].map((part) => [part.component, part]));
  return { zones, masters, overrides, replaced, turns: turnsOf(overrides, zones), parts };
}

/**
 * Of parts that speak of the same, those of the latest revision (RFC 5545 §3.8.7.4), and of equal ones the last. Some
 * programs put revisions beside each other.
 */
function current<P extends Pick<Master, 'component'>>(
  parts: readonly P[],
  subject: (part: P) => string,
): P[] {
  if (parts.length < 2) return [...parts];
  const latest = new Map<string, P>();
  for (const part of parts) {
    const other = latest.get(subject(part));
    if (other === undefined || revisionOf(part) >= revisionOf(other)) latest.set(subject(part), part);
  }
  return latest.size === parts.length ? [...parts] : [...latest.values()];
}

/** A later revision excludes what an earlier one had overridden. */
function takesBack(master: Master, override: Override): boolean {
  return (
    revisionOf(master) > revisionOf(override) && master.excluded.get(override.id, override.idInstant) === true
  );
}

function revisionOf({ component }: Pick<Master, 'component'>): number {
  return Number(property(component, 'SEQUENCE')?.value) || 0;
}

/** Without a UID each is by itself. */
function uidOf({ component }: Pick<Master, 'component'>): string {
  return property(component, 'UID')?.value ?? `line ${component.line}`;
}

function turnsOf(overrides: readonly Override[], zones: Zones): Turn[] {
  const turns = overrides.flatMap((override) => {
    const { timing, idInstant } = override;
    if (!override.andFuture || timing === null) return [];
    const idWall = idInstant + zones.of(timing.start).offsetAt(idInstant);
    return [{ ...override, timing, shift: timing.start.wall - idWall }];
  });
  return turns.sort((a, b) => a.idInstant - b.idInstant);
}

function masterOf(component: Component, timing: Timing | null, zones: Zones, work: Work): Master {
  const start = timing?.start ?? null;
  const excluded = new Starts<true>(start, zones);
  for (const line of propertiesOf(component, 'EXDATE')) {
    for (const value of datesOfLine(line)) excluded.add(value, true);
  }
  const lines = propertiesOf(component, 'RRULE').slice(0, MOST_RULES);
  const dates = propertiesOf(component, 'RDATE');
  return {
    component,
    timing,
    rules: lines.flatMap((line) => (start === null ? [] : (ruleFor(line.value, start, work) ?? []))),
    extra: dates.flatMap(periodsOfLine),
    excluded,
    recurring: lines.length + dates.length > 0,
  };
}

/** The rule of a component that starts at `start`, fitted to it; null where it makes nothing. */
function ruleFor(text: string, start: DateValue, work: Work): Rule | null {
  let rule = parseRule(text);
  if (rule === null) return null;
  if (start.form === 'date') {
    // §3.3.10: these "MUST be ignored" where DTSTART is a date.
    rule = { ...rule, byHour: [], byMinute: [], bySecond: [] };
    if (FREQUENCIES.indexOf(rule.frequency) > FREQUENCIES.indexOf('DAILY')) return null;
  }
  if (rule.count === Infinity) return rule;
  // §3.3.10: DTSTART "always counts as the first occurrence", also where the rule would not make it.
  const here = { from: start.wall, to: start.wall };
  const makesStart = !recur(rule, start.wall, here, work).next().done;
  const count = makesStart ? rule.count : rule.count - 1;
  return count > 0 ? { ...rule, count } : null;
}

/** The last wall time that UNTIL lets through, in the zone of `start`. */
export function lastWall({ until }: Rule, start: DateValue, zones: Zones): number {
  if (until === null) return Infinity;
  // RFC 5545 wants UNTIL to be of DTSTART's type; if it is a date all the same, its day counts to the end.
  if (start.form === 'date' || until.form === 'date') return (dayOfWall(until.wall) + 1) * DAY - 1;
  if (until.form === 'utc' && start.form === 'local')
    return until.wall + zones.of(start).offsetAt(until.wall);
  return until.wall;
}

/** The budget for one question about an object: steps for the object, and some for each component, as many at most. */
export function workFor(series: Series, effort: Effort): Work {
  const { steps } = effort;
  return new Work({ ...effort, steps: steps + Math.min(steps, STEPS_OF_COMPONENT * series.parts.size) });
}
