import { Buffer } from 'node:buffer';
import { type ContentLine, type Malformed, readContentLines } from './contentline.ts';
import { InvalidData } from './invalid.ts';
import { unescapeText } from './text-value.ts';

/** One vCard (RFC 6350, RFC 2426) as its content lines. */
export interface Card {
  readonly begin: ContentLine;
  /** All between BEGIN and END, VERSION included, in order. */
  readonly properties: readonly ContentLine[];
  readonly end: ContentLine;
}

/** What the store keeps of an address object; the times say that it has none. */
export interface AddressFacts {
  /** Null where the card has no UID. */
  readonly uid: string | null;
  /** '' for bytes that are no card. */
  readonly component: 'VCARD' | '';
  readonly start: number;
  readonly end: number;
  readonly recurring: boolean;
}

/** A property's name as filters and selections give it: without a group it means the property in any group. */
export interface PropertyPattern {
  /** Lower case; null: any group or none. */
  readonly group: string | null;
  /** Upper case. */
  readonly name: string;
}

const VERSION_2_1 = /^(?:[A-Z0-9-]{1,80}\.)?VERSION[^:\n]{0,80}:[ \t]{0,80}2\.1[ \t\r]{0,80}$/im;

/**
 * Takes bytes apart as exactly one vCard of any version.
 * @throws InvalidData: rule 'data' where they are no card, 'object' where they are more than one.
 */
export function readCard(bytes: Uint8Array, malformed: Malformed = 'refuse'): Card {
  const lines = readContentLines(bytes, malformed);
  const begin = lines[0];
  if (begin === undefined) throw new InvalidData('data', 1, 'is empty where BEGIN:VCARD is expected');
  if (begin.name !== 'BEGIN') {
    throw new InvalidData('data', begin.line, `has ${begin.name} where BEGIN:VCARD is expected`);
  }
  if (!isVcard(begin)) {
    throw new InvalidData('data', begin.line, `begins ${quote(begin.value)}, which is not a VCARD`);
  }
  const at = lines.findIndex((line, index) => index > 0 && (line.name === 'END' || line.name === 'BEGIN'));
  const end = lines[at];
  if (end === undefined) {
    const last = lines.at(-1) ?? begin;
    throw new InvalidData('data', last.line, 'is the last one, but END:VCARD is missing');
  }
  if (end.name === 'BEGIN') {
    throw new InvalidData('data', end.line, `begins ${quote(end.value)} before END:VCARD`);
  }
  if (!isVcard(end)) {
    throw new InvalidData('data', end.line, `ends ${quote(end.value)} where END:VCARD is expected`);
  }
  const after = lines[at + 1];
  if (after !== undefined) {
    if (after.name === 'BEGIN' && isVcard(after)) {
      throw new InvalidData('object', after.line, 'begins a second card, and an address object holds one');
    }
    throw new InvalidData('data', after.line, `has ${after.name} after END:VCARD`);
  }
  return { begin, properties: lines.slice(1, at), end };
}

/** The card that stored bytes hold, whatever their encoding; null where they can't be read as one. */
export function readableCard(bytes: Uint8Array): Card | null {
  try {
    return readCard(bytes, 'replace');
  } catch (error) {
    if (error instanceof InvalidData) return null;
    throw error;
  }
}

function isVcard(line: ContentLine): boolean {
  return line.value.trim().toUpperCase() === 'VCARD';
}

function quote(value: string): string {
  return JSON.stringify(value.trim().slice(0, 40));
}

/**
 * Tests what a client wants to store as an address object (RFC 6352 §5.1).
 * Real clients leave out what the RFCs demand, and their cards are kept as sent: N (Thunderbird, groups), FN, and UID:
 * CardDAV-Sync sends cards without one (https://github.com/sabre-io/dav/issues/343).
 * @throws InvalidData: rule 'data' for what is no vCard, 'object' for more than one card or UID, 'version' for
 * vCard 2.1 and what is unknown.
 */
export function checkAddressObject(bytes: Uint8Array): { readonly facts: AddressFacts } {
  let card: Card;
  try {
    card = readCard(bytes);
  } catch (error) {
    // Soft line breaks and bare values of vCard 2.1 look like broken syntax: say what is really wrong.
    throw lineOfVersion21(bytes) ?? error;
  }
  checkVersion(card);
  return { facts: factsOf(uidOf(card)) };
}

function lineOfVersion21(bytes: Uint8Array): InvalidData | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const found = VERSION_2_1.exec(text);
  if (found === null) return null;
  return wrongVersion(text.slice(0, found.index).split('\n').length, '2.1');
}

function wrongVersion(line: number, version: string): InvalidData {
  return new InvalidData(
    'version',
    line,
    `says version ${quote(version)}, and only 3.0 and 4.0 can be stored`,
  );
}

function checkVersion(card: Card): void {
  const versions = card.properties.filter((line) => line.name === 'VERSION');
  const first = versions[0];
  if (first === undefined) {
    throw new InvalidData('data', card.end.line, 'ends a card that has no VERSION');
  }
  for (const line of versions) {
    const version = line.value.trim();
    if (version !== '3.0' && version !== '4.0') throw wrongVersion(line.line, version);
    if (version !== first.value.trim()) {
      throw new InvalidData('data', line.line, `says version ${version} after ${first.value.trim()}`);
    }
  }
}

/** @throws InvalidData where the card has two. */
function uidOf(card: Card): string | null {
  let uid: string | null = null;
  for (const line of card.properties) {
    if (line.name !== 'UID') continue;
    const value = unescapeText(line.value).trim();
    if (value === '' || value === uid) continue;
    if (uid !== null) throw new InvalidData('object', line.line, 'has a second UID');
    uid = value;
  }
  return uid;
}

function factsOf(uid: string | null): AddressFacts {
  return {
    // A copy: V8 keeps the whole source alive for a slice of it, a photo included.
    uid: uid === null ? null : Buffer.from(uid).toString(),
    component: 'VCARD',
    start: Number.NEGATIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
    recurring: false,
  };
}

/** Facts of any bytes, also those that an edit on disk has broken. Never throws. */
export function addressFacts(bytes: Uint8Array): AddressFacts {
  try {
    return factsOf(uidOf(readCard(bytes, 'replace')));
  } catch {
    return { ...factsOf(null), component: '' };
  }
}

/** `item1.TEL` or `TEL` as in RFC 6352 §10.4.2 and §10.5.1. */
export function propertyPattern(name: string): PropertyPattern {
  const dot = name.lastIndexOf('.');
  return {
    group: dot === -1 ? null : name.slice(0, dot).toLowerCase(),
    name: name.slice(dot + 1).toUpperCase(),
  };
}

/** A pattern with a group means exactly that group, one without any (RFC 6352 §10.5.1). */
export function matchesPattern(line: ContentLine, pattern: PropertyPattern): boolean {
  if (line.name !== pattern.name) return false;
  return pattern.group === null || line.group?.toLowerCase() === pattern.group;
}

/**
 * All values of a parameter, null where the property has none. Types are taken apart where they stand in one
 * (`TYPE="voice,home"`, RFC 6350 §6.4.1) or without a name (`TEL;HOME:`).
 */
export function paramValues(line: Pick<ContentLine, 'params'>, name: string): string[] | null {
  const isTypes = name === 'TYPE';
  const found = line.params.filter((param) => param.name === name || (isTypes && param.values.length === 0));
  if (found.length === 0) return null;
  return found.flatMap((param) => {
    if (!isTypes) return param.values;
    return param.values.length === 0 ? [param.name] : param.values.flatMap((value) => value.split(','));
  });
}
