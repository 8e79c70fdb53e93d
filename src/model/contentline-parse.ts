import { Buffer, isUtf8 } from 'node:buffer';
import { InvalidData } from './invalid.ts';

/** A parameter as written; one that is repeated comes repeatedly. */
export interface Param {
  /** Upper case. */
  readonly name: string;
  /** Without quotes, RFC 6868 decoded. Empty for the bare words of vCard 2.1 (`TEL;HOME:`). */
  readonly values: readonly string[];
}

/** What a content line says: RFC 5545 §3.1, RFC 6350 §3.3. */
export interface ParsedLine {
  /** `item1` of `item1.EMAIL:`, as written (RFC 6350 §3.3). */
  readonly group: string | null;
  /** Upper case. */
  readonly name: string;
  readonly params: readonly Param[];
  /** Raw: escapes untouched. */
  readonly value: string;
}

/** How octets become text. */
export interface Encoding {
  /** All octets are ASCII, so that nothing has to be decoded. */
  readonly ascii: boolean;
  /** Octets that are not UTF-8 are refused; else they become U+FFFD. */
  readonly strict: boolean;
}

const QUOTE = 34;
const COMMA = 44;
const DOT = 46;
const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const BACKSLASH = 92;
const NONE: readonly Param[] = [];
/** Of one line: a hundred times what any program writes. */
const MOST_PARAMS = 1000;

/** RFC 5545 §3.1 iana-token, and what is in X- names besides (`X-messaging/xmpp-All` of KAddressBook). */
const NAME_CHARS = Uint8Array.from({ length: 256 }, (_, code) =>
  /[A-Za-z0-9_/-]/.test(String.fromCharCode(code)) ? 1 : 0,
);
const ESCAPED = /\\([;,])/g;
const NON_ASCII = /[^\0-\x7f]/;
const UNPRINTABLE = /[^ -~]/g;
/** RFC 6868 §3.2; other characters after a circumflex leave both as they are. */
const CARET = /\^([n^'])/g;
const CARET_MEANS: Readonly<Record<string, string>> = { n: '\n', '^': '^', "'": '"' };

/** Parses the content lines of one source, one after the other. */
export class LineParser {
  readonly #encoding: Encoding;
  /** The line is text[#at, #to), an octet to a character; #at moves on. */
  #text = '';
  #at = 0;
  #to = 0;
  #line = 0;

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  /**
   * Parses the unfolded line text[from, to), an octet to a character; `line` is its number.
   * @throws InvalidData (rule 'data')
   */
  parse(text: string, from: number, to: number, line: number): ParsedLine {
    this.#text = text;
    this.#at = from;
    this.#to = to;
    this.#line = line;
    let dot = -1;
    for (; this.#code() !== -1; this.#at += 1) {
      const code = this.#code();
      if (code === DOT) dot = this.#at;
      else if (NAME_CHARS[code] !== 1) break;
    }
    const nameFrom = dot + 1 || from;
    const nameTo = this.#at;
    const isDelimited = this.#code() === COLON || this.#code() === SEMICOLON;
    if (nameTo === nameFrom || dot === from || !isDelimited) this.#refuse(whyNoName(text.slice(from, to)));
    const params = this.#params();
    return {
      group: dot === -1 ? null : text.slice(from, dot),
      name: text.slice(nameFrom, nameTo).toUpperCase(),
      params,
      value: this.#decode(text.slice(this.#at + 1, to)),
    };
  }

  /** The next character, -1 at the end of the line. */
  #code(): number {
    return this.#at < this.#to ? this.#text.charCodeAt(this.#at) : -1;
  }

  /** Reads `;NAME=value,"value";…` up to the colon before the property's value. */
  #params(): readonly Param[] {
    if (this.#code() === COLON) return NONE;
    const params: Param[] = [];
    while (this.#code() === SEMICOLON) {
      const from = this.#at + 1;
      do this.#at += 1;
      while (NAME_CHARS[this.#code()] === 1);
      // `DTSTART;;VALUE=DATE:` and `TEL;:` lose nothing when read without the empty parameter.
      if (this.#at === from && (this.#code() === SEMICOLON || this.#code() === COLON)) continue;
      const name = this.#text.slice(from, this.#at).toUpperCase();
      const values: string[] = [];
      if (this.#code() === EQUALS) {
        do values.push(this.#paramValue());
        while (this.#code() === COMMA);
      }
      const code = this.#code();
      if (code !== -1 && (name === '' || (code !== COLON && code !== SEMICOLON))) {
        this.#refuse(`has a parameter that can't be read: it is number ${params.length + 1}`);
      }
      if (params.length === MOST_PARAMS) this.#refuse(`has more than ${MOST_PARAMS} parameters`);
      params.push({ name, values });
    }
    if (this.#code() === -1) this.#refuse('has no colon after its parameters');
    return params;
  }

  /** Reads a value from the `=` or `,` before it to the delimiter after it. */
  #paramValue(): string {
    this.#at += 1;
    return this.#decodeParam(this.#code() === QUOTE ? this.#quotedValue() : this.#plainValue());
  }

  #quotedValue(): string {
    const from = this.#at + 1;
    const close = this.#text.indexOf('"', from);
    if (close === -1 || close >= this.#to) {
      this.#refuse('has a quoted parameter value without a closing quote');
    }
    this.#at = close + 1;
    return this.#text.slice(from, close);
  }

  /**
   * A quote inside an unquoted value (`CN=John "Jack" Smith`) is against the grammar, but harmless. So is a delimiter
   * after a backslash: iOS 26 writes `X-APPLE-STRUCTURED-LOCATION;X-TITLE=Hauptstraße 1-5\; 4041 Linz:`. A colon
   * after one ends the value, as it may be the one that the line needs.
   */
  #plainValue(): string {
    const from = this.#at;
    let escaped = false;
    for (; ; this.#at += 1) {
      const code = this.#code();
      if (code === -1 || code === COLON || code === SEMICOLON || code === COMMA) break;
      if (code !== BACKSLASH) continue;
      const next = this.#text.charCodeAt(this.#at + 1);
      if (next !== SEMICOLON && next !== COMMA) continue;
      escaped = true;
      this.#at += 1;
    }
    const value = this.#text.slice(from, this.#at);
    return escaped ? value.replace(ESCAPED, '$1') : value;
  }

  #decodeParam(octets: string): string {
    const value = this.#decode(octets);
    return value.includes('^') ? value.replace(CARET, (_, code: string) => CARET_MEANS[code] ?? '') : value;
  }

  #decode(octets: string): string {
    if (this.#encoding.ascii || !NON_ASCII.test(octets)) return octets;
    const bytes = Buffer.from(octets, 'latin1');
    if (this.#encoding.strict && !isUtf8(bytes)) this.#refuse('holds octets that are not UTF-8');
    return bytes.toString('utf8');
  }

  #refuse(what: string): never {
    throw new InvalidData('data', this.#line, what);
  }
}

function whyNoName(content: string): string {
  const shown = JSON.stringify(content.slice(0, 40).replace(UNPRINTABLE, '?'));
  if (/^[ \t]/.test(content)) return 'begins with a blank, but there is no line before it to continue';
  if (!content.includes(':')) return `has no colon: ${shown}`;
  return `does not begin with a property name and a colon: ${shown}`;
}
