import { Buffer } from 'node:buffer';
import type { ContentLine } from './contentline.ts';
import { writeContentLine } from './contentline-write.ts';
import { type Card, readableCard } from './vcard.ts';
import {
  addFormattedName,
  addName,
  dropDerived,
  joinLabels,
  joinSortString,
  splitLabels,
  splitSortAs,
  translateEach,
} from './vcard-convert-card.ts';
import { propertyTo3, propertyTo4 } from './vcard-convert-rules.ts';
import type { Property } from './vcard-property.ts';

export const CARD_VERSIONS = ['3.0', '4.0'] as const;
export type CardVersion = (typeof CARD_VERSIONS)[number];

const DECLARATION = /^BEGIN:VCARD\r?\nVERSION:(\d\.\d)\r?\n[^ \t]/i;
const ODD_BREAK = /[^\r]\n|\r\r\n/;
const ANY_BREAK = /\r{0,8}\n/g;
const NON_ASCII = /[^\0-\x7f]/;

/**
 * A card in another version (RFC 2426, RFC 6350), nothing lost: what the version has no words for travels in `X-`
 * properties and parameters, and converting back gives the same meaning. Properties that need no change keep their
 * very bytes. Bytes that already are in that version, or that can't be read as a card of the other one, come back
 * unchanged: what a client stored is still served.
 */
export function toVersion(bytes: Uint8Array, version: CardVersion): Uint8Array {
  if (declaredVersion(bytes) === version) return bytes;
  const card = readableCard(bytes);
  if (card === null) return bytes;
  const from = versionOf(card);
  if (from === null || from === version) return bytes;
  const properties = card.properties.filter(({ name }) => name !== 'VERSION');
  return write(bytes, card, version, version === '4.0' ? cardTo4(properties) : cardTo3(properties));
}

/** What a card says in its second line, where most say it: a download of thousands need not be taken apart. */
function declaredVersion(bytes: Uint8Array): string | undefined {
  return DECLARATION.exec(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', 0, 40),
  )?.[1];
}

/** The version of a card, null for one that is not known and for what is no card. */
export function cardVersion(bytes: Uint8Array): CardVersion | null {
  const card = readableCard(bytes);
  return card && versionOf(card);
}

function versionOf(card: Card): CardVersion | null {
  const said = card.properties.find(({ name }) => name === 'VERSION')?.value.trim();
  return CARD_VERSIONS.find((version) => version === said) ?? null;
}

function cardTo4(properties: readonly Property[]): Property[] {
  const complete = addFormattedName(dropDerived(properties, 'N'));
  return translateEach(joinLabels(joinSortString(complete)), propertyTo4);
}

function cardTo3(properties: readonly Property[]): Property[] {
  const said = dropDerived(translateEach(properties, propertyTo3), 'FN');
  return addName(splitSortAs(splitLabels(said)));
}

/** Properties that are still those of the card are copied from its bytes. All lines end in CRLF. */
function write(
  bytes: Uint8Array,
  card: Card,
  version: CardVersion,
  properties: readonly Property[],
): Uint8Array {
  // An octet to a character, as what is copied need not be UTF-8.
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const places = new Map<Property, ContentLine>(card.properties.map((line) => [line, line]));
  const hasOddBreaks = ODD_BREAK.test(source);

  let text = `BEGIN:VCARD\r\nVERSION:${version}\r\n`;
  for (const property of properties) {
    const place = places.get(property);
    if (place === undefined) {
      text += octets(writeContentLine(property.group, property.name, property.params, property.value));
    } else {
      const copied = source.slice(place.start, place.end);
      text += hasOddBreaks ? copied.replace(ANY_BREAK, '\r\n') : copied;
    }
  }
  return Buffer.from(`${text}END:VCARD\r\n`, 'latin1');
}

function octets(text: string): string {
  return NON_ASCII.test(text) ? Buffer.from(text).toString('latin1') : text;
}
