import { crc32 } from 'node:zlib';
import type { OpenFile } from './disk.ts';

/** Octets before the columns: the block's own octets, their CRC-32, rows, octets of texts and of JSON, and a 0. */
const HEAD = 24;
/** Octets that are read at once, unless a block has more: a few blocks, and little enough to leave no trace in memory. */
const PIECE = 120 * 1024;

/**
 * Rows that stand in a file together: a head, columns with as much for each row, texts, JSON. Little-endian, as all machines
 * are on which davd runs; a multiple of eight octets, so that numbers lie where they may as long as columns of wide ones
 * come first.
 */
export class Block {
  readonly octets: Buffer;
  readonly rows: number;
  /** Octets of texts and of JSON. */
  readonly #texts: number;
  readonly #json: number;
  #at = HEAD;

  private constructor(octets: Buffer, rows: number, texts: number, json: number) {
    this.octets = octets;
    this.rows = rows;
    this.#texts = texts;
    this.#json = json;
  }

  /** An empty one. @param width octets of a row in all columns. */
  static make(rows: number, width: number, texts: number, json: number): Block {
    const octets = Buffer.alloc(sizeOf(rows, width, texts, json));
    new Uint32Array(octets.buffer, octets.byteOffset).set([octets.length, 0, rows, texts, json]);
    return new Block(octets, rows, texts, json);
  }

  /**
   * The block at a place that is a multiple of eight.
   * @returns undefined where the octets end before it does.
   * @throws SyntaxError where it is none, or damaged.
   */
  static at(all: Buffer, place: number, width: number): Block | undefined {
    if (place + HEAD > all.length) return undefined;
    const length = all.readUInt32LE(place);
    const rows = all.readUInt32LE(place + 8);
    const texts = all.readUInt32LE(place + 12);
    const json = all.readUInt32LE(place + 16);
    if (length !== sizeOf(rows, width, texts, json)) throw new SyntaxError('this is no block');
    if (place + length > all.length) return undefined;
    const octets = all.subarray(place, place + length);
    if (octets.readUInt32LE(4) !== sumOf(octets)) throw new SyntaxError('a block has changed');
    return new Block(octets, rows, texts, json);
  }

  /** Columns in their order, each asked for once. */
  doubles(): Float64Array {
    return new Float64Array(
      this.octets.buffer,
      this.octets.byteOffset + this.#next(8 * this.rows),
      this.rows,
    );
  }

  numbers(): Uint32Array {
    return new Uint32Array(this.octets.buffer, this.octets.byteOffset + this.#next(4 * this.rows), this.rows);
  }

  signed(): Int32Array {
    return new Int32Array(this.octets.buffer, this.octets.byteOffset + this.#next(4 * this.rows), this.rows);
  }

  /** A column of so many octets for each row. */
  octetsEach(width: number): Buffer {
    return this.octets.subarray(this.#next(width * this.rows), this.#at);
  }

  /** After the columns. */
  texts(): Buffer {
    return this.octets.subarray(this.#next(this.#texts), this.#at);
  }

  /** After the texts. */
  json(): Buffer {
    return this.octets.subarray(this.#next(this.#json), this.#at);
  }

  /** All of it is there. */
  seal(): void {
    this.octets.writeUInt32LE(sumOf(this.octets), 4);
  }

  #next(octets: number): number {
    this.#at += octets;
    return this.#at - octets;
  }
}

/**
 * The blocks of a file up to `limit`. Each lies where the one before was.
 * @param at finds one in octets; see `Block.at`.
 * @throws SyntaxError where they are damaged, or end in the middle of one.
 */
export async function* readBlocks<T extends { readonly block: Block }>(
  file: OpenFile,
  limit: number,
  at: (octets: Buffer, place: number) => T | undefined,
): AsyncGenerator<T> {
  const room = new Uint8Array(PIECE);
  for (let position = 0, wanted = PIECE; position < limit; ) {
    const piece = aligned(await file.read(position, Math.min(wanted, limit - position), room));
    if (piece.length === 0 && limit === Infinity) return;
    let place = 0;
    for (let one = at(piece, place); one; one = at(piece, place)) {
      yield one;
      place += one.block.octets.length;
    }
    if (place === 0 && piece.length < wanted) throw new SyntaxError('blocks are missing');
    wanted = place === 0 ? wanted * 2 : PIECE;
    position += place;
  }
}

/** Numbers can be read only where they begin at a multiple of their length. */
function aligned(octets: Uint8Array): Buffer {
  const { buffer, byteOffset, length } = octets.byteOffset % 8 === 0 ? octets : new Uint8Array(octets);
  return Buffer.from(buffer, byteOffset, length);
}

function sizeOf(rows: number, width: number, texts: number, json: number): number {
  return Math.ceil((HEAD + rows * width + texts + json) / 8) * 8;
}

function sumOf(octets: Buffer): number {
  return crc32(octets.subarray(8));
}
