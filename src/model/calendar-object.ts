import { checkLimits } from './calendar-limits.ts';
import { SCALES } from './calendar-scale.ts';
import {
  type Calendar,
  type Component,
  mainComponents,
  propertiesOf,
  property,
  readCalendar,
} from './component.ts';
import { parseDate } from './date-value.ts';
import { isDemanding } from './demanding.ts';
import { type Facts, factsOf, seriesAnywhere } from './facts.ts';
import { InvalidData } from './invalid.ts';
import { scaleOf } from './rrule.ts';

export { calendarFacts, FACTS_VERSION, type Facts } from './facts.ts';

/** A calendar object that may be stored. */
export interface CheckedObject {
  readonly facts: Facts;
  /** Names of its main components, each once: what supported-calendar-component is about (RFC 4791 §5.3.2.1). */
  readonly components: readonly string[];
  /** Questions about when it happens may ask for very much. */
  readonly demanding: boolean;
}

/** Dates without which nobody knows when a component happens. Once broken they break clients. */
const DATES = ['DTSTART', 'DTEND', 'DUE', 'RECURRENCE-ID'];

/**
 * Checks that bytes are one calendar object as a calendar holds it (RFC 4791 §4.1), and tells what to keep of it.
 * Takes what real clients send: LF line ends, no PRODID or VERSION, properties that nobody knows.
 * @throws InvalidData rule 'data' if it is no iCalendar, 'version' if it is of another version (vCalendar 1.0),
 * 'object' if it is iCalendar, but not one object; a limit of calendar-limits.ts that it exceeds;
 * 'supported-rscale'
 */
export function checkCalendarObject(bytes: Uint8Array): CheckedObject {
  const calendar = readCalendar(bytes);
  checkCalendar(calendar);
  const components = mainComponents(calendar);
  const first = components[0];
  if (first === undefined) {
    throw new InvalidData(
      'object',
      calendar.root.line,
      'begins a calendar with nothing in it but time zones',
    );
  }
  const uid = uidOf(first);
  for (const component of components) {
    if (component.name !== first.name) {
      const what = `begins ${component.name}, but line ${first.line} ${first.name}: an object has components of one type`;
      throw new InvalidData('object', component.line, what);
    }
    if (uidOf(component) !== uid) {
      const line = property(component, 'UID')?.line ?? component.line;
      const what = `has another UID than line ${property(first, 'UID')?.line}: an object has components of one UID`;
      throw new InvalidData('object', line, what);
    }
    checkDates(component);
    checkScales(component);
    checkLimits(component);
  }
  const series = seriesAnywhere(calendar);
  return {
    facts: factsOf(calendar, series),
    components: [first.name],
    demanding: isDemanding(series, Date.now()),
  };
}

function checkScales(component: Component): void {
  for (const line of propertiesOf(component, 'RRULE')) {
    const scale = scaleOf(line.value);
    if (scale === undefined || SCALES.includes(scale)) continue;
    const what = `counts by the calendar ${scale}, which is not known here: ${SCALES.join(', ')} are`;
    throw new InvalidData('supported-rscale', line.line, what);
  }
}

function checkCalendar({ root }: Calendar): void {
  const version = property(root, 'VERSION');
  if (version !== undefined && !/^(?:2\.0|.*;2\.0)$/.test(version.value.trim())) {
    throw new InvalidData(
      'version',
      version.line,
      `has VERSION ${version.value.trim()}, where iCalendar has 2.0`,
    );
  }
  const method = property(root, 'METHOD');
  if (method !== undefined) {
    const what = 'has METHOD: a scheduling message is no calendar object';
    throw new InvalidData('object', method.line, what);
  }
}

function uidOf(component: Component): string {
  const uids = propertiesOf(component, 'UID');
  const [line, second] = uids;
  if (line === undefined || line.value.trim() === '') {
    throw new InvalidData('object', line?.line ?? component.line, `has ${component.name} without UID`);
  }
  if (second !== undefined) {
    throw new InvalidData(
      'data',
      second.line,
      `has a second UID in ${component.name} of line ${component.line}`,
    );
  }
  return line.value;
}

function checkDates(component: Component): void {
  for (const name of DATES) {
    const line = property(component, name);
    if (line !== undefined && parseDate(line.value, null) === null) {
      throw new InvalidData('data', line.line, `has ${name} that is no date: "${line.value.slice(0, 40)}"`);
    }
  }
}
