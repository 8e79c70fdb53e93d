/** XML bodies of requests without what people wrote: elements and attributes stay, texts are masked. */

import { maskText } from './mask-text.ts';

/** How texts of some elements are masked otherwise. */
export interface XmlMasks {
  readonly href: (path: string) => string;
  readonly token: (token: string) => string;
  readonly object: (text: string) => string;
}

/** Elements whose texts are of the protocol. */
const KEPT = new Set(['nresults', 'sync-level', 'calendar-order', 'calendar-color', 'addressbook-color']);

const PIECE = /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<[^>]*>|[^<]+/g;

export function maskXml(source: string, masks: XmlMasks): string {
  let element = '';
  return source.replace(PIECE, (piece: string, cdata: string | undefined) => {
    if (piece.startsWith('<!--')) return '';
    if (cdata === undefined && piece.startsWith('<')) {
      element = /^<(?:[\w.-]+:)?([\w.-]+)/.exec(piece)?.[1] ?? '';
      return piece;
    }
    const text = cdata ?? unescaped(piece);
    if (text.trim() === '') return piece;
    return escaped(maskElement(element, text, masks));
  });
}

function maskElement(element: string, text: string, { href, token, object }: XmlMasks): string {
  if (KEPT.has(element)) return text;
  if (element === 'href') return href(text.trim());
  if (element === 'sync-token') return token(text.trim());
  return text.trim().startsWith('BEGIN:') ? object(text) : maskText(text);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

export function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name: string) => {
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    if (decimal || hex) return code <= 0x10ffff ? String.fromCodePoint(code) : '';
    return ENTITIES[name] ?? whole;
  });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
