import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import { LineParser, type Param, type ParsedLine } from './contentline-parse.ts';
import { InvalidData } from './invalid.ts';

export type { Param };

/** One logical line of iCalendar (RFC 5545 §3.1) or vCard (RFC 6350 §3.3), unfolded and decoded. */
export interface ContentLine extends ParsedLine {
  /** Physical line on which it starts, counted from 1. */
  readonly line: number;
  /** Octets [start, end) of the source, folds and the line break included. */
  readonly start: number;
  readonly end: number;
}

/** What becomes of octets that are not UTF-8: an error, or U+FFFD. */
export type Malformed = 'refuse' | 'replace';

const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;

const FOLD = /\r?\n[ \t]/g;
// Bounded, as a run of carriage returns would else be walked over from each of them.
const ODD_FOLD = /\r{0,8}\n[ \t]/g;

/**
 * Reads the content lines of iCalendar or vCard bytes in time linear in their length.
 * Lines end in CRLF, LF, or the CR CR LF that a text mode makes; a byte order mark and blank lines are passed over.
 * Folds are taken out before decoding, because RFC 5545 §3.1 lets them split a UTF-8 sequence. The strings of short
 * lines share the memory of the source: copy what is kept for long.
 * @throws InvalidData (rule 'data') at the first line that breaks the syntax.
 */
export function readContentLines(bytes: Uint8Array, malformed: Malformed = 'refuse'): ContentLine[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // An octet to a character, so that indexes are offsets into the source.
  const text = buffer.toString('latin1');
  refuseNul(text);
  const ascii = isAscii(buffer);
  // A fold inside a sequence makes the whole look malformed, so each line is looked at then.
  const strict = !ascii && malformed === 'refuse' && !isUtf8(buffer);
  const parser = new LineParser({ ascii, strict });

  const lines: ContentLine[] = [];
  let line = 1;
  let start = text.startsWith('\xef\xbb\xbf') ? 3 : 0;
  while (start < text.length) {
    let breaks = 1;
    let feed = text.indexOf('\n', start);
    while (feed !== -1 && isBlank(text.charCodeAt(feed + 1))) {
      feed = text.indexOf('\n', feed + 1);
      breaks += 1;
    }
    const end = feed === -1 ? text.length : feed + 1;
    const stop = endOfContent(text, start, end);
    const folded = breaks > 1 ? unfold(text.slice(start, stop)) : null;
    if (folded === null ? stop > start : folded !== '') {
      const { group, name, params, value } =
        folded === null
          ? parser.parse(text, start, stop, line)
          : parser.parse(folded, 0, folded.length, line);
      lines.push({ line, group, name, params, value, start, end });
    }
    line += breaks;
    start = end;
  }
  return lines;
}

function unfold(text: string): string {
  return text.replace(text.includes('\r\r\n') ? ODD_FOLD : FOLD, '');
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Where the content of [start, end) stops: before its line break. */
function endOfContent(text: string, start: number, end: number): number {
  let stop = end;
  if (stop > start && text.charCodeAt(stop - 1) === LF) stop -= 1;
  while (stop > start && text.charCodeAt(stop - 1) === CR) stop -= 1;
  return stop;
}

/** No line may hold NUL (RFC 5545 §3.1 CONTROL, RFC 6350 §3.3); it is what lost writes and UTF-16 look like. */
function refuseNul(text: string): void {
  const at = text.indexOf('\0');
  if (at === -1) return;
  let line = 1;
  let feed = text.indexOf('\n');
  while (feed !== -1 && feed < at) {
    line += 1;
    feed = text.indexOf('\n', feed + 1);
  }
  throw new InvalidData('data', line, 'holds a NUL octet, so it is not text in UTF-8');
}
