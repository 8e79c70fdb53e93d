/** What the store must know of the objects it keeps. */

import type { Evaluator } from './caldav/evaluation/evaluator.ts';
import { calendarFacts, checkCalendarObject } from './model/calendar-object.ts';
import { InvalidData } from './model/invalid.ts';
import { addressFacts, checkAddressObject } from './model/vcard.ts';
import { TooMuch } from './model/work.ts';
import type { Fault } from './store/trouble.ts';
import type { Facts, FactsOf, Kind } from './store/types.ts';

export const factsOf: FactsOf = (kind, bytes) =>
  kind === 'calendar' ? calendarFacts(bytes) : addressFacts(bytes);

/**
 * Tests an object that somebody wrote with an editor: what a client could store is good.
 * @param evaluator absent: large objects are tested here as well.
 */
export async function inspect(kind: Kind, bytes: Uint8Array, evaluator?: Evaluator): Promise<Facts | Fault> {
  try {
    if (kind === 'addressbook') return checkAddressObject(bytes).facts;
    const checked = evaluator ? evaluator.ask('check', { bytes }) : checkCalendarObject(bytes);
    return (await checked).facts;
  } catch (error) {
    if (error instanceof InvalidData) return { line: error.line, what: error.message };
    if (error instanceof TooMuch) return { line: null, what: error.message, passing: true };
    throw error;
  }
}
