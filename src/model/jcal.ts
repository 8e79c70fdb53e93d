import { isDeepStrictEqual } from 'node:util';
import ICAL from 'ical.js';
import { InvalidData } from './invalid.ts';

/** Characters that are converted: about 0.1 s of work. What is larger is had as text/calendar alone. */
const LARGEST = 256 * 1024;

/** iCalendar text as jCal (RFC 7265). @throws InvalidData where ical.js can't read it, or it is too large */
export function toJCal(text: string): string {
  if (text.length > LARGEST) throw new InvalidData('data', 1, 'begins an object that is too large for jCal');
  return JSON.stringify(parse(text));
}

/**
 * jCal as iCalendar text with CRLF line ends. Taken only where the text means the same again, so that nothing of
 * what a client sends is lost on the way.
 * @throws InvalidData
 */
export function fromJCal(json: string): string {
  if (json.length > LARGEST) {
    throw new InvalidData('data', 1, `is jCal of more than ${LARGEST} characters: send it as text/calendar`);
  }
  const jcal = readJson(json);
  const text = stringify(jcal);
  if (!isDeepStrictEqual(JSON.parse(toJCal(text)), jcal)) {
    throw new InvalidData('data', 1, 'is jCal that loses something as iCalendar: send it as text/calendar');
  }
  return text;
}

function readJson(json: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new InvalidData('data', 1, 'is no JSON');
  }
  if (!Array.isArray(value) || value[0] !== 'vcalendar' || value.length !== 3) {
    throw new InvalidData('data', 1, 'is no jCal: ["vcalendar", [properties], [components]]');
  }
  return value;
}

/** ical.js throws plain errors of all kinds on odd input. */
function parse(text: string): unknown {
  try {
    return ICAL.parse(text);
  } catch (error) {
    throw new InvalidData('data', 1, `can't be written as jCal: ${messageOf(error)}`);
  }
}

function stringify(jcal: unknown[]): string {
  try {
    return `${ICAL.stringify(jcal).trimEnd()}\r\n`;
  } catch (error) {
    throw new InvalidData('data', 1, `is jCal that can't be written as iCalendar: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
