import { crc32 } from 'node:zlib';
import { ETAG, type SavedColumns } from './columns.ts';
import type { MemberState } from './members.ts';
import { octetsOf, spellingOf, writeName } from './name-octets.ts';

/** A member as it is saved. */
export interface SavedMember {
  readonly name: string;
  readonly state: MemberState;
  readonly print: number;
}

/** Octets of a block before its columns: its own octets, their CRC-32, how many members, octets of names and of JSON. */
const HEAD = 24;
/** Octets of a member: three numbers of 53 bits, five of 32, the etag. */
const MEMBER = 3 * 8 + 5 * 4 + ETAG;

/**
 * Rows that are saved together: a head, the members' columns, their names, and as JSON what only some of them have.
 * Little-endian, as all machines are on which davd runs; a multiple of eight octets, so that numbers lie where they may.
 */
export class RowBlock implements SavedColumns {
  readonly octets: Buffer;
  readonly count: number;
  readonly created: Float64Array;
  readonly modified: Float64Array;
  readonly print: Float64Array;
  readonly seq: Uint32Array;
  readonly size: Uint32Array;
  readonly segment: Int32Array;
  readonly offset: Uint32Array;
  readonly spellings: Uint32Array;
  readonly etags: Buffer;
  readonly names: Buffer;
  readonly json: Buffer;

  private constructor(octets: Buffer, count: number, names: number, json: number) {
    const { buffer, byteOffset } = octets;
    let at = HEAD;
    const next = (length: number) => {
      at += length;
      return at - length;
    };
    const column = (width: number) => byteOffset + next(count * width);
    this.octets = octets;
    this.count = count;
    this.created = new Float64Array(buffer, column(8), count);
    this.modified = new Float64Array(buffer, column(8), count);
    this.print = new Float64Array(buffer, column(8), count);
    this.seq = new Uint32Array(buffer, column(4), count);
    this.size = new Uint32Array(buffer, column(4), count);
    this.segment = new Int32Array(buffer, column(4), count);
    this.offset = new Uint32Array(buffer, column(4), count);
    this.spellings = new Uint32Array(buffer, column(4), count);
    this.etags = octets.subarray(next(count * ETAG), at);
    this.names = octets.subarray(next(names), at);
    this.json = octets.subarray(next(json), at);
  }

  static of(members: readonly SavedMember[], json: string): RowBlock {
    const spellings = members.map(({ name }) => spellingOf(name));
    const names = spellings.reduce((sum, spelling) => sum + octetsOf(spelling), 0);
    const text = Buffer.from(json);
    const octets = Buffer.alloc(sizeOf(members.length, names, text.length));
    const block = new RowBlock(octets, members.length, names, text.length);
    let start = 0;
    for (const [i, { name, state, print }] of members.entries()) {
      const spelling = spellings[i] ?? 0;
      block.created[i] = state.created;
      block.modified[i] = state.modified;
      block.print[i] = print;
      block.seq[i] = state.seq;
      block.size[i] = state.size;
      block.segment[i] = state.at[0];
      block.offset[i] = state.at[1];
      block.spellings[i] = spelling;
      block.etags.write(state.etag, i * ETAG, ETAG, 'latin1');
      writeName(name, spelling, block.names, start);
      start += octetsOf(spelling);
    }
    block.json.set(text);
    new Uint32Array(octets.buffer, octets.byteOffset).set([
      octets.length,
      0,
      members.length,
      names,
      text.length,
    ]);
    octets.writeUInt32LE(sumOf(octets), 4);
    return block;
  }

  /**
   * The block at a place that is a multiple of eight.
   * @returns undefined where the octets end before it does.
   * @throws SyntaxError where it is none, or damaged.
   */
  static at(all: Buffer, place: number): RowBlock | undefined {
    if (place + HEAD > all.length) return undefined;
    const length = all.readUInt32LE(place);
    const count = all.readUInt32LE(place + 8);
    const names = all.readUInt32LE(place + 12);
    const json = all.readUInt32LE(place + 16);
    if (length !== sizeOf(count, names, json)) throw new SyntaxError('these are no rows');
    if (place + length > all.length) return undefined;
    const octets = all.subarray(place, place + length);
    if (octets.readUInt32LE(4) !== sumOf(octets)) throw new SyntaxError('rows have changed');
    return new RowBlock(octets, count, names, json);
  }
}

function sizeOf(members: number, names: number, json: number): number {
  return Math.ceil((HEAD + members * MEMBER + names + json) / 8) * 8;
}

function sumOf(octets: Buffer): number {
  return crc32(octets.subarray(8));
}
