import type { PropertyName } from '../store/types.ts';
import { declarations, tag } from './names.ts';

/** A stretch of serialised XML: text that is escaped, or an object's octets (UTF-8), which are not yet. */
export type Piece = string | Uint8Array;

/** Text where there is nothing else. */
type Markup = string | readonly Piece[];

/**
 * Serialised XML that needs no more escaping, but for objects' octets: they stay what is stored until they are written
 * (octets.ts). Prefixes are those of names.ts, declared by the root element.
 */
export class Xml {
  readonly markup: Markup;

  constructor(markup: Markup) {
    this.markup = markup;
  }

  get pieces(): readonly Piece[] {
    return typeof this.markup === 'string' ? [this.markup] : this.markup;
  }

  get text(): string {
    if (typeof this.markup === 'string') return this.markup;
    return this.markup
      .map((piece) => (typeof piece === 'string' ? piece : escapeText(textOf(piece))))
      .join('');
  }
}

/** Octets are character data in UTF-8. */
export type Content = Xml | string | number | undefined | readonly Xml[] | Uint8Array;

/**
 * XML with interpolated values: strings, numbers and octets are escaped, `Xml` is taken as it is, undefined is nothing.
 */
export function xml(parts: TemplateStringsArray, ...values: readonly Content[]): Xml {
  const written = new Written(parts[0] as string);
  for (let i = 0; i < values.length; i++) {
    written.add(values[i]);
    written.text += parts[i + 1] as string;
  }
  return written.xml();
}

/** An element of any name around its content. */
export function element(name: PropertyName, content?: Content): Xml {
  const { open, close } = tag(name);
  const start = `<${open}>`;
  const written = new Written(start);
  written.add(content);
  if (written.isText && written.text.length === start.length) return new Xml(`<${open}/>`);
  written.text += `</${close}>`;
  return written.xml();
}

/** `<D:href>`s of several paths. */
export function hrefs(paths: Iterable<string>): readonly Xml[] {
  return Array.from(paths, (path) => xml`<D:href>${path}</D:href>`);
}

/** What stands in the `<D:href>`s of serialised XML. */
export function hrefsIn(value: Xml | undefined): readonly string[] {
  return Array.from((value?.text ?? '').matchAll(hrefElement), ([, href = '']) =>
    href.replaceAll('&amp;', '&'),
  );
}

/** An href as davd writes it; one that was stored as part of an element declares its namespace itself. */
export const hrefElement = /<D:href(?: [^>]*)?>([^<]*)<\/D:href>/g;

/** A whole document whose root declares the fixed prefixes. */
export function document(root: string, content: Content): string {
  return `${prolog}<${root}${declarations}>${xml`${content}`.text}</${root}>`;
}

export const prolog = '<?xml version="1.0" encoding="utf-8"?>\n';

export const xmlHeaders = { 'content-type': 'application/xml; charset=utf-8' } as const;

/** Gathers content, text in as few pieces as there can be. */
class Written {
  /** What follows the pieces. */
  text: string;
  readonly #pieces: Piece[] = [];

  constructor(text: string) {
    this.text = text;
  }

  /** There is nothing but text. */
  get isText(): boolean {
    return this.#pieces.length === 0;
  }

  add(value: Content): void {
    if (value === undefined) return;
    if (typeof value === 'string') this.text += escapeText(value);
    else if (typeof value === 'number') this.text += value;
    else if (value instanceof Xml) this.#addMarkup(value.markup);
    else if (value instanceof Uint8Array) this.#addOctets(value);
    else for (const { markup } of value) this.#addMarkup(markup);
  }

  xml(): Xml {
    if (this.isText) return new Xml(this.text);
    this.#pieces.push(this.text);
    return new Xml(this.#pieces);
  }

  #addMarkup(markup: Markup): void {
    if (typeof markup === 'string') this.text += markup;
    else {
      for (const piece of markup) {
        if (typeof piece === 'string') this.text += piece;
        else this.#addOctets(piece);
      }
    }
  }

  #addOctets(octets: Uint8Array): void {
    if (octets.length === 0) return;
    this.#pieces.push(this.text, octets);
    this.text = '';
  }
}

/** UTF-8 as text; what is none in it becomes U+FFFD. */
export function textOf(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString();
}

/** `special` or CR. */
const anySpecial = /[&<>\r\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF\uD800-\uDFFF]/u;
/** Markup, and what XML 1.0 §2.2 cannot hold (with `u`, the surrogate range matches lone ones only). */
const special = /[&<>\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF\uD800-\uDFFF]/u;
const everySpecial = new RegExp(special, 'gu');

/**
 * Character data. CR is written as a reference, so that line ends in calendar-data survive XML's normalisation;
 * characters XML 1.0 cannot hold are dropped (one of them makes iOS ask for the same batch for ever).
 */
export function escapeText(text: string): string {
  // Most texts have none, and to look for one costs a third of a replacement that finds none. CR by itself, as parts of
  // objects have one in each line.
  if (!anySpecial.test(text)) return text;
  const plain = special.test(text) ? text.replace(everySpecial, replacement) : text;
  return plain.replaceAll('\r', '&#13;');
}

function replacement(c: string): string {
  if (c === '&') return '&amp;';
  if (c === '<') return '&lt;';
  return c === '>' ? '&gt;' : '';
}
