import { refuse } from '../dav/errors.ts';
import type { Representation } from '../dav/protocol.ts';
import { acceptance } from '../http/accept.ts';
import type { Req } from '../http/types.ts';
import { calendarData, type WantedData } from '../model/calendar-data.ts';
import { InvalidData } from '../model/invalid.ts';
import { fromJCal, toJCal } from '../model/jcal.ts';
import { UTC } from '../model/zone.ts';
import { preconditions } from './preconditions.ts';

export const jcalType = 'application/calendar+json';

/**
 * What a reader gets who wants something else than what is stored: jCal (RFC 7265), more or fewer time zones (RFC
 * 7809). What can't be had so is given as it is.
 */
export function represent(bytes: Uint8Array, req: Req): Representation | undefined {
  const accept = req.headers['accept'];
  const asJson = acceptance(accept, jcalType) > acceptance(accept, 'text/calendar');
  const timezones = timezonesFor(req);
  if (!asJson && timezones === undefined) return undefined;
  try {
    const text = timezones
      ? // Nothing is read in the floating zone: no part depends on times.
        calendarData(bytes, { timezones }, UTC)
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
    if (!asJson) return { bytes: Buffer.from(text) };
    return { bytes: Buffer.from(toJCal(text)), contentType: `${jcalType}; charset=utf-8` };
  } catch (error) {
    if (error instanceof InvalidData) return undefined;
    throw error;
  }
}

/** RFC 7809 §3.1.3: whether definitions of time zones are wanted; without a word, what is stored. */
export function timezonesFor({ headers }: Req): WantedData['timezones'] {
  const header = headers['caldav-timezones']?.trim().toUpperCase();
  if (header === 'T') return 'all';
  return header === 'F' ? 'unknown' : undefined;
}

/** jCal that a client sends, as the iCalendar that is stored; undefined for anything else. @throws DavError */
export function decode(bytes: Uint8Array, contentType: string | undefined): Uint8Array | undefined {
  if (contentType?.split(';')[0]?.trim().toLowerCase() !== jcalType) return undefined;
  try {
    return Buffer.from(fromJCal(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (error) {
    if (error instanceof InvalidData) throw refuse(preconditions.validCalendarData, error.message);
    if (error instanceof TypeError) throw refuse(preconditions.validCalendarData, 'the jCal is not UTF-8');
    throw error;
  }
}
