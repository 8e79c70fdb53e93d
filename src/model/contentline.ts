import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import { InvalidData } from './invalid.ts';

/** A parameter as written; one that is repeated comes repeatedly. */
export interface Param {
  /** Upper case. */
  readonly name: string;
  /** Without quotes, RFC 6868 decoded. Empty for the bare words of vCard 2.1 (`TEL;HOME:`). */
  readonly values: readonly string[];
}

/** One logical line of iCalendar (RFC 5545 §3.1) or vCard (RFC 6350 §3.3), unfolded and decoded. */
export interface ContentLine {
  /** Physical line on which it starts, counted from 1. */
  readonly line: number;
  /** `item1` of `item1.EMAIL:`, as written (RFC 6350 §3.3). */
  readonly group: string | null;
  /** Upper case. */
  readonly name: string;
  readonly params: readonly Param[];
  /** Raw: escapes untouched. */
  readonly value: string;
  /** Octets [start, end) of the source, folds and the line break included. */
  readonly start: number;
  readonly end: number;
}

/** What becomes of octets that are not UTF-8: an error, or U+FFFD. */
export type Malformed = 'refuse' | 'replace';

/** An octet each, so that indexes are offsets into the source whatever the encoding. */
interface Source {
  readonly text: string;
  readonly ascii: boolean;
  /** Octets that are not UTF-8 are to be looked for. A fold inside a sequence makes the whole look malformed. */
  readonly suspect: boolean;
}

const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;
const QUOTE = 34;
const COMMA = 44;
const DOT = 46;
const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const BACKSLASH = 92;

/** RFC 5545 §3.1 iana-token, and what producers put into X- names besides (`X-messaging/xmpp-All` of KAddressBook). */
const NAME_CHARS = Uint8Array.from({ length: 256 }, (_, code) =>
  /[A-Za-z0-9_/-]/.test(String.fromCharCode(code)) ? 1 : 0,
);
const FOLD = /\r?\n[ \t]/g;
// Bounded, as a run of carriage returns would else be walked over from each of them.
const ODD_FOLD = /\r{0,8}\n[ \t]/g;
const ESCAPED = /\\([;,])/g;
const NON_ASCII = /[^\0-\x7f]/;
const UNPRINTABLE = /[^ -~]/g;
/** RFC 6868 §3.2; other characters after a circumflex leave both as they are. */
const CARET = /\^([n^'])/g;
const CARET_MEANS: Readonly<Record<string, string>> = { n: '\n', '^': '^', "'": '"' };

/**
 * Reads the content lines of iCalendar or vCard bytes in time linear in their length.
 * Lines end in CRLF, LF, or CR CR LF as text modes make it; a byte order mark and blank lines are passed over. Folds are taken out before decoding,
 * because RFC 5545 §3.1 lets them split a UTF-8 sequence.
 * @throws InvalidData (rule 'data') at the first line that breaks the syntax.
 */
export function readContentLines(bytes: Uint8Array, malformed: Malformed = 'refuse'): ContentLine[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ascii = isAscii(buffer);
  const source: Source = {
    text: buffer.toString('latin1'),
    ascii,
    suspect: !ascii && malformed === 'refuse' && !isUtf8(buffer),
  };
  const { text } = source;
  refuseNul(text);

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
    if (breaks === 1) {
      if (stop > start) lines.push(parse(source, text, start, stop, line, start, end));
    } else {
      const unfolded = unfold(text.slice(start, stop));
      if (unfolded !== '') lines.push(parse(source, unfolded, 0, unfolded.length, line, start, end));
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
  for (let feed = text.indexOf('\n'); feed !== -1 && feed < at; feed = text.indexOf('\n', feed + 1))
    line += 1;
  throw new InvalidData('data', line, 'holds a NUL octet, so it is not text in UTF-8');
}

/** Parses the content line text[from, to); `start` and `end` say where it stands in the source. */
function parse(
  source: Source,
  text: string,
  from: number,
  to: number,
  line: number,
  start: number,
  end: number,
): ContentLine {
  let nameFrom = from;
  let nameTo = from;
  for (; nameTo < to; nameTo += 1) {
    const code = text.charCodeAt(nameTo);
    if (NAME_CHARS[code] === 1) continue;
    if (code !== DOT) break;
    nameFrom = nameTo + 1;
  }
  const delimiter = text.charCodeAt(nameTo);
  if (nameTo === nameFrom || nameFrom === from + 1 || (delimiter !== COLON && delimiter !== SEMICOLON)) {
    throw new InvalidData('data', line, whyNoName(text.slice(from, to)));
  }
  const params: Param[] = [];
  const colon = delimiter === COLON ? nameTo : readParams(source, text, nameTo, to, line, params);
  return {
    line,
    group: nameFrom === from ? null : text.slice(from, nameFrom - 1),
    name: text.slice(nameFrom, nameTo).toUpperCase(),
    params,
    value: decode(source, text.slice(colon + 1, to), line),
    start,
    end,
  };
}

function whyNoName(content: string): string {
  if (isBlank(content.charCodeAt(0)))
    return 'begins with a blank, but there is no line before it to continue';
  const shown = JSON.stringify(content.slice(0, 40).replace(UNPRINTABLE, '?'));
  if (!content.includes(':')) return `has no colon: ${shown}`;
  return `does not begin with a property name and a colon: ${shown}`;
}

/**
 * Reads `;NAME=value,"value";…` from the semicolon at `at` into `params`.
 * Returns where the colon before the property's value stands.
 */
function readParams(
  source: Source,
  text: string,
  at: number,
  to: number,
  line: number,
  params: Param[],
): number {
  while (text.charCodeAt(at) === SEMICOLON) {
    const from = at + 1;
    at = from;
    while (at < to && NAME_CHARS[text.charCodeAt(at)] === 1) at += 1;
    // `DTSTART;;VALUE=DATE:` and `TEL;:` lose nothing when read without the empty parameter.
    if (at === from && (text.charCodeAt(at) === SEMICOLON || text.charCodeAt(at) === COLON)) continue;
    const name = text.slice(from, at).toUpperCase();
    const values: string[] = [];
    if (text.charCodeAt(at) === EQUALS) {
      do {
        at = readParamValue(source, text, at + 1, to, line, values);
      } while (text.charCodeAt(at) === COMMA);
    }
    const delimiter = text.charCodeAt(at);
    if (at < to && (name === '' || (delimiter !== COLON && delimiter !== SEMICOLON))) {
      throw new InvalidData(
        'data',
        line,
        `has a parameter that can't be read: it is number ${params.length + 1}`,
      );
    }
    params.push({ name, values });
  }
  if (at >= to) throw new InvalidData('data', line, 'has no colon after its parameters');
  return at;
}

/** Reads one value of a parameter into `values`; returns where the delimiter after it stands. */
function readParamValue(
  source: Source,
  text: string,
  from: number,
  to: number,
  line: number,
  values: string[],
): number {
  let at = from;
  if (text.charCodeAt(from) === QUOTE) {
    at = text.indexOf('"', from + 1);
    if (at === -1 || at >= to) {
      throw new InvalidData('data', line, 'has a quoted parameter value without a closing quote');
    }
    values.push(decodeParam(source, text.slice(from + 1, at), line));
    return at + 1;
  }
  // A quote inside an unquoted value (`CN=John "Jack" Smith`) is against the grammar, but harmless. So is a delimiter
  // after a backslash: iOS 26 writes `X-APPLE-STRUCTURED-LOCATION;X-TITLE=Hauptstraße 1-5\; 4041 Linz:`.
  let escaped = false;
  for (; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (code === COLON || code === SEMICOLON || code === COMMA) break;
    if (code === BACKSLASH && isEscapable(text.charCodeAt(at + 1))) {
      escaped = true;
      at += 1;
    }
  }
  const value = text.slice(from, at);
  values.push(decodeParam(source, escaped ? value.replace(ESCAPED, '$1') : value, line));
  return at;
}

/** Not the colon, which may be the one before the property's value. */
function isEscapable(code: number): boolean {
  return code === SEMICOLON || code === COMMA;
}

function decodeParam(source: Source, latin1: string, line: number): string {
  const value = decode(source, latin1, line);
  return value.includes('^') ? value.replace(CARET, (_, code: string) => CARET_MEANS[code] ?? '') : value;
}

/** Octets held one to a character → text. */
function decode(source: Source, latin1: string, line: number): string {
  if (source.ascii || !NON_ASCII.test(latin1)) return latin1;
  const octets = Buffer.from(latin1, 'latin1');
  if (source.suspect && !isUtf8(octets)) {
    throw new InvalidData('data', line, 'holds octets that are not UTF-8');
  }
  return octets.toString('utf8');
}
