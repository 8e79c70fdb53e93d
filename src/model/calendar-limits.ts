import { DAY, dayOf, SECOND } from './civil.ts';
import { type Component, propertiesOf } from './component.ts';
import { datesOfLine, formatUtc } from './date-value.ts';
import { InvalidData } from './invalid.ts';
import { parseRule } from './rrule.ts';

/**
 * What an object may ask of a calendar (RFC 4791 §5.2.6–5.2.9): more than anybody needs, less than makes work for
 * ever. Times are in ms UTC.
 */
export const LIMITS = {
  /** iCalendar has no dates outside of these two but the year 0. */
  minDateTime: dayOf(1, 1, 1) * DAY,
  maxDateTime: dayOf(10_000, 1, 1) * DAY - SECOND,
  /** Of a rule with COUNT and of RDATEs; what never ends, or ends by a date, is only computed as far as somebody asks. */
  maxInstances: 100_000,
  maxAttendeesPerInstance: 10_000,
} as const;

/** Before the least date there is nothing else. */
const YEAR_0 = /\b0000/;
const DATED = ['DTSTART', 'DTEND', 'DUE', 'RECURRENCE-ID', 'RDATE', 'EXDATE'];

/** @throws InvalidData naming the limit that a main component exceeds */
export function checkLimits(component: Component): void {
  for (const line of component.properties) {
    if (!DATED.includes(line.name) || !YEAR_0.test(line.value)) continue;
    if (datesOfLine(line).some(({ wall }) => wall < LIMITS.minDateTime)) {
      const what = `has a date before ${formatUtc(LIMITS.minDateTime)}`;
      throw new InvalidData('min-date-time', line.line, what);
    }
  }
  checkInstances(component);
  const attendees = propertiesOf(component, 'ATTENDEE');
  const tooMuch = attendees[LIMITS.maxAttendeesPerInstance];
  if (tooMuch !== undefined) {
    const what = `has attendee number ${LIMITS.maxAttendeesPerInstance + 1}, which is one too many`;
    throw new InvalidData('max-attendees-per-instance', tooMuch.line, what);
  }
}

function checkInstances(component: Component): void {
  let instances = 0;
  for (const line of component.properties) {
    if (line.name === 'RDATE') instances += line.value.split(',').length;
    else if (line.name === 'RRULE') {
      const count = parseRule(line.value)?.count ?? 0;
      if (Number.isFinite(count)) instances += count;
    }
    if (instances > LIMITS.maxInstances) {
      const what = `makes more than ${LIMITS.maxInstances} occurrences`;
      throw new InvalidData('max-instances', line.line, what);
    }
  }
}
