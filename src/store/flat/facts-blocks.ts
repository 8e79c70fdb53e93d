import type { Facts } from '../types.ts';
import { Block } from './blocks.ts';
import { ETAG } from './columns.ts';
import { octetsOf, spellingOf, writeName } from './name-octets.ts';

/** Facts of the bytes that have an etag. */
export interface KeptFacts {
  readonly etag: string;
  readonly facts: Facts;
}

interface Said {
  /** Version of what made the facts. */
  readonly facts: string;
  readonly components: readonly string[];
}

/** Octets of a row: the bounds, how long the UID is, the etag, flags, component. */
const WIDTH = 2 * 8 + 4 + ETAG + 1 + 1;
const RECURRING = 1;
const HAS_UID = 2;

/** Facts that are kept together: columns, UIDs, and as JSON their version and the components' names. */
export class FactsBlock {
  readonly block: Block;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Of the UIDs; see name-octets.ts. */
  readonly spellings: Uint32Array;
  readonly etags: Buffer;
  readonly uids: Buffer;
  readonly #flags: Buffer;
  readonly #component: Buffer;
  readonly #said: Said;

  private constructor(block: Block, said?: Said) {
    this.block = block;
    this.start = block.doubles();
    this.end = block.doubles();
    this.spellings = block.numbers();
    this.etags = block.octetsEach(ETAG);
    this.#flags = block.octetsEach(1);
    this.#component = block.octetsEach(1);
    this.uids = block.texts();
    this.#said = said ?? JSON.parse(block.json().toString());
  }

  get version(): string {
    return this.#said.facts;
  }

  get count(): number {
    return this.block.rows;
  }

  recurring(i: number): boolean {
    return ((this.#flags[i] ?? 0) & RECURRING) !== 0;
  }

  hasUid(i: number): boolean {
    return ((this.#flags[i] ?? 0) & HAS_UID) !== 0;
  }

  component(i: number): string {
    return this.#said.components[this.#component[i] ?? 0] ?? '';
  }

  static of(version: string, kept: readonly KeptFacts[]): FactsBlock {
    const spellings = kept.map(({ facts }) => spellingOf(facts.uid ?? ''));
    const uids = spellings.reduce((sum, spelling) => sum + octetsOf(spelling), 0);
    // There are about ten; what is beyond a column's width counts as unreadable, as in memory.
    const components = [...new Set(['', ...kept.map(({ facts }) => facts.component)])].slice(0, 256);
    const said: Said = { facts: version, components };
    const json = Buffer.from(JSON.stringify(said));
    const block = Block.make(kept.length, WIDTH, uids, json.length);
    const made = new FactsBlock(block, said);
    let start = 0;
    for (const [i, { etag, facts }] of kept.entries()) {
      const spelling = spellings[i] ?? 0;
      made.start[i] = facts.start;
      made.end[i] = facts.end;
      made.spellings[i] = spelling;
      made.etags.write(etag, i * ETAG, ETAG, 'latin1');
      made.#flags[i] = (facts.recurring ? RECURRING : 0) | (facts.uid === null ? 0 : HAS_UID);
      made.#component[i] = Math.max(0, components.indexOf(facts.component));
      writeName(facts.uid ?? '', spelling, made.uids, start);
      start += octetsOf(spelling);
    }
    block.json().set(json);
    block.seal();
    return made;
  }

  /** As `Block.at`. @throws SyntaxError */
  static at(all: Buffer, place: number): FactsBlock | undefined {
    const block = Block.at(all, place, WIDTH);
    return block && new FactsBlock(block);
  }
}
