import type { CardText } from '../model/card-text.ts';

/** Room for this many cards at first, and for this many octets of their texts. */
const CARDS = 64;
const OCTETS = 16 * 1024;

/**
 * The texts of an address book's cards, one after the other in one buffer, so that looking for words in all of them is
 * one walk over memory.
 */
export class SearchTexts {
  #octets: Buffer = Buffer.alloc(OCTETS);
  /** Where the text of each row ends. */
  #ends = new Uint32Array(CARDS);
  /** undefined for a row whose card has another text by now, or is gone. */
  readonly #names: (string | undefined)[] = [];
  readonly #rows = new Map<string, number>();
  /** Cards that say too much: they may match whatever is looked for. */
  readonly #cut = new Set<string>();
  #live = 0;

  /** Octets that are held. */
  get size(): number {
    return this.#octets.length;
  }

  /** Cards, each with its text, in no order. */
  *[Symbol.iterator](): Generator<readonly [name: string, text: Uint8Array, cut: boolean]> {
    for (const [name, row] of this.#rows)
      yield [name, this.#octets.subarray(this.#start(row), this.#ends[row]), this.#cut.has(name)];
  }

  get count(): number {
    return this.#rows.size;
  }

  /** The same without what no longer counts, where that is most of it. */
  packed(): SearchTexts {
    if (this.#start(this.#names.length) <= OCTETS + 2 * this.#live) return this;
    const packed = new SearchTexts();
    for (const [name, text, cut] of this) packed.put(name, text, cut);
    return packed;
  }

  set(name: string, { text, cut }: CardText): void {
    this.put(name, Buffer.from(text), cut);
  }

  /** As `set`, of a text in UTF-8. */
  put(name: string, text: Uint8Array, cut: boolean): void {
    this.delete(name);
    const row = this.#names.length;
    const start = this.#start(row);
    this.#makeRoom(row + 1, start + text.length);
    this.#octets.set(text, start);
    this.#ends[row] = start + text.length;
    this.#names.push(name);
    this.#rows.set(name, row);
    this.#live += text.length;
    if (cut) this.#cut.add(name);
  }

  delete(name: string): void {
    const row = this.#rows.get(name);
    if (row === undefined) return;
    this.#rows.delete(name);
    this.#cut.delete(name);
    this.#names[row] = undefined;
    this.#live -= (this.#ends[row] ?? 0) - this.#start(row);
  }

  /** Names of the cards that have at least one of the texts. */
  find(texts: readonly string[]): ReadonlySet<string> {
    const found = new Set(this.#cut);
    for (const text of texts) this.#findOne(Buffer.from(text), found);
    return found;
  }

  #findOne(text: Buffer, found: Set<string>): void {
    const used = this.#octets.subarray(0, this.#start(this.#names.length));
    for (let at = used.indexOf(text); at >= 0; ) {
      const row = this.#rowAt(at);
      const end = this.#ends[row] ?? used.length;
      const name = this.#names[row];
      // What begins in one card and ends in the next is in neither.
      const inside = at + text.length <= end;
      if (inside && name !== undefined) found.add(name);
      at = used.indexOf(text, inside ? end : at + 1);
    }
  }

  /** The row whose text has the octet at `at`. */
  #rowAt(at: number): number {
    let low = 0;
    let high = this.#names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #start(row: number): number {
    return row === 0 ? 0 : (this.#ends[row - 1] ?? 0);
  }

  #makeRoom(rows: number, octets: number): void {
    if (rows > this.#ends.length) {
      const wider = new Uint32Array(Math.ceil(rows * 1.5));
      wider.set(this.#ends);
      this.#ends = wider;
    }
    if (octets <= this.#octets.length) return;
    const wider = Buffer.alloc(Math.ceil(octets * 1.5));
    wider.set(this.#octets);
    this.#octets = wider;
  }
}
