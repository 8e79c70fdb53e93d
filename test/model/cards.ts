/** A card of the given version and lines, with CRLF. */
export function cardOf(version: string, ...lines: string[]): string {
  return ['BEGIN:VCARD', `VERSION:${version}`, ...lines, 'END:VCARD', ''].join('\r\n');
}

/** The lines between VERSION and END of what `cardOf` makes, unfolded. */
export function linesOf(card: string | Uint8Array): string[] {
  const text = typeof card === 'string' ? card : new TextDecoder().decode(card);
  return text.replaceAll('\r\n ', '').split('\r\n').slice(2, -2);
}
