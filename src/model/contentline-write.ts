/** Octets of a line without its break (RFC 5545 §3.1, RFC 6350 §3.2). */
const LINE_OCTETS = 75;
// A backslash too: readers that know the escapes of iOS would take a delimiter after it into the value.
const NEEDS_QUOTES = /[:;,\\]/;
const NEEDS_CARET = /[\n\r"^]/;
const CARET_ENCODED = /\r\n|[\n\r"^]/g;
/** Controls other than HTAB; no content line may hold them. */
const CONTROLS = /[\0-\x08\x0a-\x1f\x7f]/g;

const NON_ASCII = /[^\0-\x7f]/;

/** A parameter to be written. */
export interface WrittenParam {
  readonly name: string;
  readonly values: readonly string[];
}

/**
 * One content line with its CRLF, folded after at most 75 octets and never inside a UTF-8 sequence
 * (RFC 5545 §3.1, RFC 6350 §3.2). `text` is `NAME;PARAMS:value` without line breaks.
 */
export function foldLine(text: string): string {
  if (text.length <= LINE_OCTETS && !NON_ASCII.test(text)) return `${text}\r\n`;
  return `${(NON_ASCII.test(text) ? cutCharacters(text) : cutAscii(text)).join('\r\n ')}\r\n`;
}

/** The blank that begins a continuation counts, so all pieces but the first are an octet shorter. */
function cutAscii(text: string): string[] {
  const pieces = [text.slice(0, LINE_OCTETS)];
  for (let at = LINE_OCTETS; at < text.length; at += LINE_OCTETS - 1) {
    pieces.push(text.slice(at, at + LINE_OCTETS - 1));
  }
  return pieces;
}

function cutCharacters(text: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  let octets = 0;
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at) ?? 0;
    const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (octets + size > LINE_OCTETS) {
      pieces.push(text.slice(from, at));
      from = at;
      octets = 1;
    }
    octets += size;
    at += size === 4 ? 2 : 1;
  }
  pieces.push(text.slice(from));
  return pieces;
}

/**
 * A folded content line. `value` is raw, so escaped by the caller where its type asks for that.
 * Parameters are quoted and RFC 6868 encoded as needed; one without values is written as a bare word.
 */
export function writeContentLine(
  group: string | null,
  name: string,
  params: readonly WrittenParam[],
  value: string,
): string {
  let text = group === null ? name : `${group}.${name}`;
  for (const param of params) {
    text += `;${param.name}`;
    if (param.values.length > 0) text += `=${param.values.map(writeParamValue).join(',')}`;
  }
  return foldLine(`${text}:${value.replace(CONTROLS, '')}`);
}

/** A parameter value as it stands after `=`: quoted where it must be (RFC 5545 §3.1), RFC 6868 encoded. */
export function writeParamValue(value: string): string {
  const encoded = NEEDS_CARET.test(value) ? value.replace(CARET_ENCODED, encodeCaret) : value;
  const printable = encoded.replace(CONTROLS, '');
  return NEEDS_QUOTES.test(printable) ? `"${printable}"` : printable;
}

function encodeCaret(found: string): string {
  if (found === '"') return "^'";
  return found === '^' ? '^^' : '^n';
}
