import { DAY, dayOf, HOUR, MINUTE, SECOND } from './civil.ts';
import type { Component } from './component.ts';
import { propertiesOf, property } from './component.ts';
import { type DateValue, dateOfLine, periodsOfLine } from './date-value.ts';
import { recur } from './recurrence.ts';
import { parseRule, type Rule } from './rrule.ts';
import { type Effort, Work } from './work.ts';
import { changingZone, fixedZone, withinCycle, type Zone } from './zone.ts';

/** A STANDARD or DAYLIGHT part (RFC 5545 §3.6.5). Offsets in ms east of UTC. */
interface Observance {
  readonly from: number;
  readonly to: number;
  /** First onset, in wall time of the offset before it. */
  readonly start: number;
  readonly rule: Rule | null;
  /** Onsets beside the rule, as instants. */
  readonly onsets: readonly number[];
}

/** A change of the clocks. */
interface Change {
  readonly instant: number;
  readonly to: number;
}

/** Changes are computed for this long at a time, once somebody asks. */
const ERA = 10_000 * DAY;
const FIRST_INSTANT = dayOf(1600, 1, 1) * DAY;
const LAST_INSTANT = dayOf(2500, 1, 1) * DAY;
/** Far enough back to find what was in force when an era began: rules are yearly, or end. */
const LOOK_BACK = 3653 * DAY;
/** Bounds for hostile definitions: a zone has two observances or, with all of its history, a hundred. */
const MOST_OBSERVANCES = 500;
const MOST_CHANGES = 500;
const STEPS: Effort = { steps: 3000 };
/** Of one rule within an era: four times what zones need that change their clocks twice a year. */
const MOST_ONSETS = 300;
/** Of those, for taking up a rule at all. */
const RULE = 8;
const OFFSET = /^([+-])(\d\d)(\d\d)(\d\d)?$/;

/**
 * A zone as a VTIMEZONE component defines it.
 * @returns null if the component defines nothing.
 */
export function embeddedZone(component: Component, tzid: string): Zone | null {
  const observances = component.components
    .slice(0, MOST_OBSERVANCES)
    .flatMap((part) => readObservance(part) ?? []);
  const earliest = observances.reduce<Observance | null>(
    (first, next) => (first === null || next.start < first.start ? next : first),
    null,
  );
  if (earliest === null) return null;
  if (observances.length === 1 && earliest.rule === null && earliest.from === earliest.to) {
    return fixedZone(tzid, earliest.to);
  }
  const eras = new Map<number, readonly Change[]>();
  return changingZone(tzid, (asked) => {
    const instant = withinCycle(asked, FIRST_INSTANT, LAST_INSTANT);
    const era = Math.floor(instant / ERA);
    let changes = eras.get(era);
    if (changes === undefined) {
      changes = changesBetween(observances, era * ERA, (era + 1) * ERA);
      eras.set(era, changes);
    }
    return lastBefore(changes, instant)?.to ?? earliest.from;
  });
}

function readObservance(component: Component): Observance | null {
  const from = readOffset(property(component, 'TZOFFSETFROM')?.value);
  const to = readOffset(property(component, 'TZOFFSETTO')?.value);
  const start = dateOfLine(property(component, 'DTSTART'));
  if (to === null || start === null) return null;
  const rule = property(component, 'RRULE');
  const before = from ?? to;
  return {
    from: before,
    to,
    start: start.wall,
    rule: rule === undefined ? null : parseRule(rule.value),
    onsets: [
      start,
      ...propertiesOf(component, 'RDATE')
        .flatMap(periodsOfLine)
        .map((period) => period.start),
    ].map((value) => onsetInstant(value, before)),
  };
}

function onsetInstant(value: DateValue, offset: number): number {
  return value.form === 'utc' ? value.wall : value.wall - offset;
}

/** ms east of UTC of a UTC-OFFSET value (§3.3.14). */
function readOffset(text: string | undefined): number | null {
  const found = OFFSET.exec(text?.trim() ?? '');
  if (found === null) return null;
  const offset = Number(found[2]) * HOUR + Number(found[3]) * MINUTE + Number(found[4] ?? 0) * SECOND;
  if (offset >= DAY) return null;
  return found[1] === '-' ? -offset : offset;
}

/** Changes in [start, end), in order, after those that tell what was in force at the start. */
function changesBetween(observances: readonly Observance[], start: number, end: number): Change[] {
  const work = new Work(STEPS);
  const changes = observances.flatMap((observance) => {
    const { to } = observance;
    const onsets = observance.onsets.filter((instant) => instant < end);
    return [...onsets, ...ruleOnsets(observance, start, end, work)].map((instant) => ({ instant, to }));
  });
  return changes.sort((a, b) => a.instant - b.instant).slice(-MOST_CHANGES);
}

function* ruleOnsets(
  observance: Observance,
  start: number,
  end: number,
  work: Work,
): Generator<number, void, undefined> {
  const { rule, from } = observance;
  if (rule === null || !work.spend(RULE)) return;
  const until = rule.until === null ? Infinity : onsetInstant(rule.until, from) + from;
  const stretch = {
    from: Math.min(start + from, until) - LOOK_BACK,
    to: Math.min(end + from, until),
  };
  let found = 0;
  for (const wall of recur(rule, observance.start, stretch, work)) {
    yield wall - from;
    found += 1;
    if (found === MOST_ONSETS) return;
  }
}

/** The last change that is not after the instant. */
function lastBefore(changes: readonly Change[], instant: number): Change | undefined {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.instant ?? Infinity) <= instant) low = middle + 1;
    else high = middle;
  }
  return changes[low - 1];
}
