import { hash } from 'node:crypto';

/** The ending of item files, '' for folders. */
export type Ending = '.ics' | '.vcf' | '';

export interface FileName {
  readonly file: string;
  /** The client's name can't be told from the file's: whoever stores the file must keep both. */
  readonly listed: boolean;
}

const LONGEST = 200;
const READABLE = 100;
/** The client's name lacks the ending: no escape begins so, since an escape goes on with two hex digits. */
const ADDED = '%';
/** Before what makes a name one of its kind; for the same reason never part of another name. */
export const HASHED = '%~';

/** What most names are made of: nothing in them is escaped. */
const PLAIN = /^[\w@-][\w.@-]*$/;
/** Forbidden in file names somewhere, or unreadable in a listing. */
const ESCAPED = /[%/\\:*?"<>|\p{Cc}\p{Cs}]/gu;

/**
 * The file's name for a client's name: letters of any script stay as they are, what a file system or a terminal could
 * stumble over becomes %XX of its UTF-8. Two names never share a file.
 *
 * @param name not empty; a path segment, decoded.
 * @param caseless the folder takes two spellings of a letter (A and a, é and e + accent) for one: then all names but
 *   the small, composed ones carry a hash.
 */
export function fileNameOf(name: string, ending: Ending, caseless = false): FileName {
  const escaped = escapeName(name, ending);
  const long = Buffer.byteLength(escaped) > LONGEST;
  if (!long && !(caseless && fold(escaped) !== escaped)) return { file: escaped, listed: false };
  const readable = shortened(escaped.slice(0, escaped.length - ending.length));
  const digest = hash('sha256', wtf8(name), 'hex').slice(0, 32);
  return { file: `${readable}${HASHED}${digest}${ending}`, listed: true };
}

/** The client's name of a file, undefined where no unlisted name has this file. */
export function nameOfFile(file: string, ending: Ending): string | undefined {
  if (!file.endsWith(ending)) return undefined;
  let stem = file.slice(0, file.length - ending.length);
  let tail: string = ending;
  if (ending !== '' && stem.endsWith(ADDED)) {
    stem = stem.slice(0, -ADDED.length);
    tail = '';
  }
  const name = unescapeName(stem) + tail;
  if (name === '') return undefined;
  const again = fileNameOf(name, ending);
  return !again.listed && again.file === file ? name : undefined;
}

/** Spellings that a folder without case, or with one normal form, takes for the same name. */
export function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function escapeName(name: string, ending: Ending): string {
  if (ending === '') return escapeText(name).replace(/[. ]+$/, hexed);
  const complete = name.endsWith(ending) && name.length > ending.length;
  return complete ? escapeText(name.slice(0, -ending.length)) + ending : escapeText(name) + ADDED + ending;
}

function escapeText(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(ESCAPED, hexed).replace(/^\./, hexed);
}

function hexed(text: string): string {
  return wtf8(text).reduce((hex, octet) => `${hex}%${octet.toString(16).toUpperCase().padStart(2, '0')}`, '');
}

/** Half a surrogate pair, or a run of other octets. */
const ESCAPES = /%ED%[AB][0-9A-F]%[89AB][0-9A-F]|(?:(?!%ED%[AB])%[0-9A-F]{2})+/g;

function unescapeName(text: string): string {
  return text.replace(ESCAPES, (escapes) => fromWtf8(Buffer.from(escapes.replaceAll('%', ''), 'hex')));
}

/** UTF-8 where half a surrogate pair, which UTF-8 can't hold, has the three octets its number would have. */
function wtf8(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.charCodeAt(0);
    parts.push(
      character.isWellFormed()
        ? Buffer.from(character)
        : Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]),
    );
  }
  return Buffer.concat(parts);
}

function fromWtf8(octets: Buffer): string {
  const [first = 0, second = 0, third = 0] = octets;
  if (first !== 0xed || second < 0xa0) return octets.toString();
  return String.fromCharCode(((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f));
}

/** The beginning of an escaped name, not cut within an escape or a character. */
function shortened(escaped: string): string {
  let kept = '';
  let size = 0;
  for (const piece of escaped.match(/(?:%[0-9A-F]{2})+|%|[^%]/gu) ?? []) {
    size += Buffer.byteLength(piece);
    if (size > READABLE) break;
    kept += piece;
  }
  return kept;
}
