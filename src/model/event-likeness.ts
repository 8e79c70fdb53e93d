import { type Calendar, type Component, mainComponents, property, readCalendar } from './component.ts';
import type { ContentLine } from './contentline.ts';
import { ianaZone } from './iana-zone.ts';
import { InvalidData } from './invalid.ts';
import { fingerprint, type Likeness, looseText } from './likeness.ts';
import { unescapeText } from './text-value.ts';

/** What programs write for themselves. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  'UID',
  'DTSTAMP',
  'CREATED',
  'LAST-MODIFIED',
  'SEQUENCE',
  'X-MOZ-GENERATION',
  'X-MOZ-LASTACK',
]);
const TIMES: ReadonlySet<string> = new Set([
  'DTSTART',
  'DTEND',
  'DURATION',
  'DUE',
  'RRULE',
  'RDATE',
  'EXDATE',
  'RECURRENCE-ID',
]);

/**
 * How an event, task or journal entry is compared with others; null for what can't be read.
 *
 * Exact repeats say the same but for UID, stamps and other bookkeeping. Invitations are never that, since their UID is
 * how organizer and attendees know them. Near repeats have the same words in their titles and the same times.
 */
export function eventLikeness(bytes: Uint8Array): Likeness | null {
  const calendar = readableCalendar(bytes);
  if (calendar === null) return null;
  const components = mainComponents(calendar);
  const [first] = components;
  if (first === undefined) return null;
  const title = unescapeText(property(first, 'SUMMARY')?.value ?? '').trim();
  const invitation = components.some((one) => property(one, 'ORGANIZER') || property(one, 'ATTENDEE'));
  const times = components.map((one) =>
    [one.name, ...linesOf(one).filter(isTime).map(spell)].sort().join('|'),
  );
  const words = looseText(title);
  return {
    exact: invitation ? null : fingerprint(statements(calendar)),
    near: words === '' || !property(first, 'DTSTART') ? [] : [fingerprint([words, ...times])],
    title,
    members: [],
  };
}

/** Whether `kept` says everything that `other` says, so that nothing is lost with it. */
export function saysAllOf(kept: Uint8Array, other: Uint8Array): boolean {
  const [mine, theirs] = [readableCalendar(kept), readableCalendar(other)];
  if (mine === null || theirs === null) return false;
  const said = new Set(statements(mine));
  return statements(theirs).every((statement) => said.has(statement));
}

function readableCalendar(bytes: Uint8Array): Calendar | null {
  try {
    return readCalendar(bytes);
  } catch (error) {
    if (error instanceof InvalidData) return null;
    throw error;
  }
}

/** Each property with its component, and each alarm as a whole. Time zones of a known name say nothing of their own. */
function statements(calendar: Calendar): string[] {
  const zones = calendar.root.components.filter(
    (one) => one.name === 'VTIMEZONE' && ianaZone(property(one, 'TZID')?.value ?? '') === null,
  );
  const components = mainComponents(calendar).flatMap((one) => {
    const id = property(one, 'RECURRENCE-ID')?.value ?? '';
    const lines = linesOf(one).map(spell);
    return [...lines, ...one.components.map(wholeOf)].map((line) => `${one.name} ${id} ${line}`);
  });
  return [...components, ...zones.map(wholeOf)];
}

function wholeOf(component: Component): string {
  const inner = [...linesOf(component).map(spell), ...component.components.map(wholeOf)];
  return `${component.name}(${inner.sort().join('|')})`;
}

function linesOf(component: Component): ContentLine[] {
  return component.properties.filter(({ name }) => !BOOKKEEPING.has(name));
}

function isTime({ name }: ContentLine): boolean {
  return TIMES.has(name);
}

function spell({ name, params, value }: ContentLine): string {
  const said = params.map((param) => `${param.name}=${param.values.join(',').toUpperCase()}`).sort();
  return [name, ...said, unescapeText(value).trim()].join(';');
}
