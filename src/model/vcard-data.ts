import { Buffer } from 'node:buffer';
import type { ContentLine } from './contentline.ts';
import { writeContentLine } from './contentline-write.ts';
import { matchesPattern, propertyPattern, readableCard } from './vcard.ts';

/** One CARDDAV:prop of an address-data request (RFC 6352 §10.4.2). */
export interface SelectedProp {
  /** `TEL` in any group, or `item1.TEL` in exactly that one. */
  readonly name: string;
  /** Name and parameters are wanted without the value. */
  readonly novalue: boolean;
}

/**
 * The part of a card that a client asked for (RFC 6352 §10.4): BEGIN, VERSION, which tells how to read the rest, END,
 * and the properties named, each as it stands in the source. Nothing else is added: the answer may be no valid card.
 * Bytes that can't be read as a card come back whole: what a client stored is still served.
 */
export function selectAddressData(bytes: Uint8Array, props: readonly SelectedProp[]): Uint8Array {
  const card = readableCard(bytes);
  if (card === null) return bytes;
  const patterns = props.map(({ name, novalue }) => ({ pattern: propertyPattern(name), novalue }));
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const asStored = (line: ContentLine) => source.subarray(line.start, line.end);

  const pieces: Uint8Array[] = [asStored(card.begin)];
  for (const line of card.properties) {
    const wanted = patterns.filter(({ pattern }) => matchesPattern(line, pattern));
    if (line.name === 'VERSION' || wanted.some(({ novalue }) => !novalue)) pieces.push(asStored(line));
    else if (wanted.length > 0) {
      pieces.push(Buffer.from(writeContentLine(line.group, line.name, line.params, '')));
    }
  }
  pieces.push(asStored(card.end));
  return Buffer.concat(pieces);
}
