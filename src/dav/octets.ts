/** Serialised XML as the octets that are sent. */

import { isAscii, isUtf8 } from 'node:buffer';
import { escapeText, type Piece, textOf, type Xml } from './markup.ts';

/** Octets of an object that are escaped at once, and what one of them becomes at most. */
const STRETCH = 8 * 1024;
const LONGEST = 5;
/** Octets that a character of text becomes at most. */
const WIDEST = 3;
/** Room for the first octets, which are often all, and for a chunk that becomes longer or follows. */
const FIRST_ROOM = 16 * 1024;
const ROOM = 80 * 1024;
const NO_ROOM = Buffer.alloc(0);
/** The first octet of U+FFFE and U+FFFF, which XML cannot hold, and of others that are as rare. */
const RARE = 0xef;

/** The pieces of some XML, objects' octets in stretches that are quickly escaped. */
export function stretches({ pieces }: Xml): Iterable<Piece> {
  return pieces.some(isLong) ? cut(pieces) : pieces;
}

function isLong(piece: Piece): boolean {
  return typeof piece !== 'string' && piece.length > STRETCH;
}

function* cut(pieces: readonly Piece[]): Generator<Piece> {
  for (const piece of pieces) {
    if (typeof piece === 'string') yield piece;
    else yield* stretchesOf(isUtf8(piece) ? piece : Buffer.from(textOf(piece)));
  }
}

/** Cut between characters. */
function* stretchesOf(octets: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < octets.length; ) {
    let end = Math.min(at + STRETCH, octets.length);
    while (isInside(octets[end])) end--;
    yield octets.subarray(at, end);
    at = end;
  }
}

/** Whether an octet of UTF-8 goes on with a character that began before. */
function isInside(octet: number | undefined): boolean {
  return octet !== undefined && (octet & 0xc0) === 0x80;
}

/** Whether `escapeOctets` can do it. */
function isUsual(octets: Uint8Array): boolean {
  return isAscii(octets) || (isUtf8(octets) && !octets.includes(RARE));
}

/** Gathers pieces for a chunk of an answer: text as long as there is nothing else, octets from then on. */
export class Chunk {
  #text = '';
  #room = NO_ROOM;
  #filled = 0;
  /** Of what is made next. */
  #size = FIRST_ROOM;

  /** About as many octets are gathered. */
  get length(): number {
    return this.#filled + this.#text.length;
  }

  /** @param piece text, or a stretch of octets */
  add(piece: Piece): void {
    if (typeof piece === 'string') this.#text += piece;
    else if (!isUsual(piece)) this.#text += escapeText(textOf(piece));
    else {
      this.#write();
      this.#reserve(piece.length * LONGEST);
      this.#filled = escapeOctets(piece, this.#room, this.#filled);
    }
  }

  /** What was gathered; the next chunk begins. */
  take(): string | Uint8Array {
    const text = this.#text;
    if (this.#filled === 0) {
      this.#text = '';
      return text;
    }
    this.#write();
    const octets = this.#room.subarray(0, this.#filled);
    this.#room = NO_ROOM;
    this.#filled = 0;
    return octets;
  }

  /** Makes octets of the text. */
  #write(): void {
    this.#reserve(this.#text.length * WIDEST);
    this.#filled += this.#room.write(this.#text, this.#filled);
    this.#text = '';
  }

  #reserve(octets: number): void {
    const needed = this.#filled + octets;
    if (needed <= this.#room.length) return;
    const wider = Buffer.allocUnsafeSlow(Math.max(needed, this.#size));
    this.#room.copy(wider, 0, 0, this.#filled);
    this.#room = wider;
    this.#size = ROOM;
  }
}

/** 1 for octets that may not stay as they are. */
const special = new Uint8Array(256);
/** What each becomes, LONGEST octets of which so many count. */
const escaped = new Uint8Array(256 * LONGEST);
const lengths = new Uint8Array(256);

for (let octet = 0; octet < 0x80; octet++) {
  const character = String.fromCharCode(octet);
  const text = escapeText(character);
  if (text === character) continue;
  special[octet] = 1;
  escaped.set(Buffer.from(text), octet * LONGEST);
  lengths[octet] = text.length;
}

/**
 * As `escapeText`, of octets of UTF-8 without RARE.
 * @param at where in `to` the first octet goes; there is room for LONGEST octets for each
 * @returns where the next one goes
 */
function escapeOctets(from: Uint8Array, to: Uint8Array, at: number): number {
  let next = at;
  for (let i = 0; i < from.length; i++) {
    const octet = from[i] as number;
    to[next] = octet;
    if (special[octet] === 0) next++;
    else {
      // Without a loop, as each line has one of them.
      const row = octet * LONGEST;
      to[next] = escaped[row] as number;
      to[next + 1] = escaped[row + 1] as number;
      to[next + 2] = escaped[row + 2] as number;
      to[next + 3] = escaped[row + 3] as number;
      to[next + 4] = escaped[row + 4] as number;
      next += lengths[octet] as number;
    }
  }
  return next;
}
