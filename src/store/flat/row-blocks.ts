import { Block } from './blocks.ts';
import { ETAG, type SavedColumns } from './columns.ts';
import type { MemberState } from './members.ts';
import { octetsOf, spellingOf, writeName } from './name-octets.ts';

/** A member as it is saved. */
export interface SavedMember {
  readonly name: string;
  readonly state: MemberState;
  readonly print: number;
}

/** Octets of a member: three numbers of 53 bits, five of 32, the etag. */
const WIDTH = 3 * 8 + 5 * 4 + ETAG;

/** Rows that are saved together: the members' columns, their names, and as JSON what only some of them have. */
export class RowBlock implements SavedColumns {
  readonly block: Block;
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

  private constructor(block: Block) {
    this.block = block;
    this.created = block.doubles();
    this.modified = block.doubles();
    this.print = block.doubles();
    this.seq = block.numbers();
    this.size = block.numbers();
    this.segment = block.signed();
    this.offset = block.numbers();
    this.spellings = block.numbers();
    this.etags = block.octetsEach(ETAG);
    this.names = block.texts();
    this.json = block.json();
  }

  get count(): number {
    return this.block.rows;
  }

  static of(members: readonly SavedMember[], json: string): RowBlock {
    const spellings = members.map(({ name }) => spellingOf(name));
    const names = spellings.reduce((sum, spelling) => sum + octetsOf(spelling), 0);
    const rows = new RowBlock(Block.make(members.length, WIDTH, names, Buffer.byteLength(json)));
    let start = 0;
    for (const [i, { name, state, print }] of members.entries()) {
      const spelling = spellings[i] ?? 0;
      rows.created[i] = state.created;
      rows.modified[i] = state.modified;
      rows.print[i] = print;
      rows.seq[i] = state.seq;
      rows.size[i] = state.size;
      rows.segment[i] = state.at[0];
      rows.offset[i] = state.at[1];
      rows.spellings[i] = spelling;
      rows.etags.write(state.etag, i * ETAG, ETAG, 'latin1');
      writeName(name, spelling, rows.names, start);
      start += octetsOf(spelling);
    }
    rows.json.write(json);
    rows.block.seal();
    return rows;
  }

  /** As `Block.at`. @throws SyntaxError */
  static at(all: Buffer, place: number): RowBlock | undefined {
    const block = Block.at(all, place, WIDTH);
    return block && new RowBlock(block);
  }
}
