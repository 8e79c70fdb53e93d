import { type ContentLine, readContentLines } from './contentline.ts';
import { dateOfLine } from './date-value.ts';
import { InvalidData } from './invalid.ts';
import { unescapeText } from './text-value.ts';

/** By what a person knows an object again. */
export interface Headline {
  /** Upper-case name of its main component: VEVENT, VTODO, VCARD …; '' where it can't be read. */
  readonly component: string;
  /** SUMMARY or FN; '' if none. */
  readonly title: string;
  /** When it begins or is due, `YYYY-MM-DD` as its own clock shows; null if it doesn't say. */
  readonly date: string | null;
  readonly uid: string | null;
}

/** Components that are about something else, or say how it is announced. */
const ASIDE = new Set(['VTIMEZONE', 'VALARM']);

/** Of the first component. Never throws, and costs one pass over the lines. */
export function headlineOf(bytes: Uint8Array): Headline {
  try {
    return read(readContentLines(bytes, 'replace'));
  } catch (error) {
    if (error instanceof InvalidData) return { component: '', title: '', date: null, uid: null };
    throw error;
  }
}

function read(lines: readonly ContentLine[]): Headline {
  let component = '';
  let aside = 0;
  const first = new Map<string, ContentLine>();
  for (const line of lines) {
    const value = line.value.toUpperCase();
    if (line.name === 'BEGIN' && ASIDE.has(value)) aside++;
    else if (line.name === 'END' && ASIDE.has(value)) aside--;
    else if (aside > 0) continue;
    else if (line.name === 'BEGIN' && value !== 'VCALENDAR' && component === '') component = value;
    else if (line.name === 'END' && value === component) break;
    else if (component !== '' && !first.has(line.name)) first.set(line.name, line);
  }
  const title = first.get(component === 'VCARD' ? 'FN' : 'SUMMARY');
  const uid = first.get('UID');
  const begins = dateOfLine(first.get('DTSTART') ?? first.get('DUE'));
  return {
    component,
    title: title ? unescapeText(title.value).trim() : '',
    date: begins && new Date(begins.wall).toISOString().slice(0, 10),
    uid: uid ? unescapeText(uid.value) : null,
  };
}
