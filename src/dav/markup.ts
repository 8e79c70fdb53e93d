import type { PropertyName } from '../store/types.ts';
import { declarations, tag } from './names.ts';

/** Serialised XML that needs no more escaping. Prefixes are those of names.ts, declared by the root element. */
export class Xml {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Xml | string | number | undefined | readonly Xml[];

/** XML with interpolated values: strings and numbers are escaped, `Xml` is taken as it is, undefined is nothing. */
export function xml(parts: TemplateStringsArray, ...values: readonly Content[]): Xml {
  let text = parts[0] as string;
  for (let i = 0; i < values.length; i++) text += markup(values[i]) + parts[i + 1];
  return new Xml(text);
}

/** An element of any name around its content. */
export function element(name: PropertyName, content?: Content): Xml {
  const { open, close } = tag(name);
  const inner = markup(content);
  return new Xml(inner === '' ? `<${open}/>` : `<${open}>${inner}</${close}>`);
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
  return `${prolog}<${root}${declarations}>${markup(content)}</${root}>`;
}

export const prolog = '<?xml version="1.0" encoding="utf-8"?>\n';

export const xmlHeaders = { 'content-type': 'application/xml; charset=utf-8' } as const;

function markup(value: Content): string {
  if (value === undefined) return '';
  if (value instanceof Xml) return value.text;
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  let text = '';
  for (const one of value) text += one.text;
  return text;
}

/** Markup, and what XML 1.0 §2.2 cannot hold (with `u`, the surrogate range matches lone ones only). */
const special = /[&<>\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF\uD800-\uDFFF]/u;
const everySpecial = new RegExp(special, 'gu');

/**
 * Character data. CR is written as a reference, so that line ends in calendar-data survive XML's normalisation;
 * characters XML 1.0 cannot hold are dropped (one of them makes iOS ask for the same batch for ever).
 */
export function escapeText(text: string): string {
  // Most texts have none, and to look for one costs a third of a replacement that finds none. CR by itself, as
  // calendar-data has one in each line.
  const plain = special.test(text) ? text.replace(everySpecial, replacement) : text;
  return plain.includes('\r') ? plain.replaceAll('\r', '&#13;') : plain;
}

function replacement(c: string): string {
  if (c === '&') return '&amp;';
  if (c === '<') return '&lt;';
  return c === '>' ? '&gt;' : '';
}
