import { randomInt } from 'node:crypto';
import { PAGE, PAGE_BITS } from './columns.ts';
import { isWide, octetsOf, readName, spellingOf, writeName } from './name-octets.ts';

/** Octets of a page's names at first, and its rows. */
const TEXT = 512;
const ROWS = 8;

/** Unknown to clients, so that nobody can choose names that collide. */
const SEED = randomInt(2 ** 32);
const FACTOR = randomInt(2 ** 31) * 2 + 1;

/** Names of up to PAGE rows, one after the other in one buffer. */
class NamePage {
  text: Buffer;
  starts: Uint32Array;
  /** See name-octets.ts; 0 for a row without a name. */
  spellings: Uint32Array;
  hashes: Uint32Array;
  #used = 0;
  /** Octets of `text` that belong to no row any more. */
  #dead = 0;
  #count = 0;

  /** @param before a page like which this one may become; undefined: most tables are small. */
  constructor(before: NamePage | undefined) {
    const rows = before ? PAGE : ROWS;
    this.text = Buffer.allocUnsafeSlow(before?.text.length ?? TEXT);
    this.starts = new Uint32Array(rows);
    this.spellings = new Uint32Array(rows);
    this.hashes = new Uint32Array(rows);
  }

  /** Gives a row a name. @returns where its octets go in `text`. */
  take(at: number, spelling: number, hash: number): number {
    if (at >= this.starts.length) this.#widen();
    const start = this.#used;
    this.#used += octetsOf(spelling);
    this.#count++;
    if (this.#used > this.text.length) this.#enlarge();
    this.starts[at] = start;
    this.spellings[at] = spelling;
    this.hashes[at] = hash;
    return start;
  }

  remove(at: number): void {
    this.#dead += octetsOf(this.spellings[at] ?? 0);
    this.spellings[at] = 0;
    this.#count--;
    if (this.#dead > TEXT && this.#dead * 2 > this.#used) this.#pack();
  }

  /** By half, but not beyond what a page of such names takes. */
  #enlarge(): void {
    const page = ((this.#used - this.#dead) / this.#count) * PAGE + this.#dead;
    const octets = Math.max(this.#used, Math.min(this.#used * 1.5, page));
    const text = Buffer.allocUnsafeSlow(Math.ceil(octets));
    text.set(this.text);
    this.text = text;
  }

  #widen(): void {
    const rows = Math.min(PAGE, this.starts.length * 2);
    this.starts = widened(this.starts, rows);
    this.spellings = widened(this.spellings, rows);
    this.hashes = widened(this.hashes, rows);
  }

  /** Without the names that are gone. */
  #pack(): void {
    const packed = Buffer.allocUnsafeSlow(Math.max(TEXT, Math.ceil((this.#used - this.#dead) * 1.25)));
    let used = 0;
    for (let at = 0; at < this.starts.length; at++) {
      const octets = octetsOf(this.spellings[at] ?? 0);
      const start = this.starts[at] ?? 0;
      packed.set(this.text.subarray(start, start + octets), used);
      this.starts[at] = used;
      used += octets;
    }
    this.text = packed;
    this.#used = used;
    this.#dead = 0;
  }
}

function widened(old: Uint32Array, rows: number): Uint32Array {
  const wider = new Uint32Array(rows);
  wider.set(old);
  return wider;
}

/**
 * Gives each name a row, a small number that stays with it: a map of strings to numbers that takes 60 octets for a usual
 * name and leaves nothing for the garbage collector to walk over.
 */
export class NameTable {
  /** How many names there are. */
  count = 0;
  /** All rows are below this. */
  limit = 0;
  readonly #pages: NamePage[] = [];
  readonly #free: number[] = [];
  /** Rows plus 1 at or after their hash's place, 0 for nothing; at most two thirds full. */
  #slots = new Int32Array(16);

  rowOf(name: string): number | undefined {
    const hash = hashOf(name);
    const last = this.#slots.length - 1;
    for (let at = hash & last; ; at = (at + 1) & last) {
      const row = (this.#slots[at] ?? 0) - 1;
      if (row < 0) return undefined;
      if (this.#hashAt(row) === hash && this.#isAt(row, name)) return row;
    }
  }

  nameAt(row: number): string | undefined {
    const page = this.#pages[row >>> PAGE_BITS];
    const spelling = page?.spellings[row & (PAGE - 1)] ?? 0;
    if (!page || spelling === 0) return undefined;
    return readName(page.text, page.starts[row & (PAGE - 1)] ?? 0, spelling);
  }

  /** The row of a name that has none yet. */
  add(name: string): number {
    const spelling = spellingOf(name);
    const row = this.#newRow();
    const page = this.#pages[row >>> PAGE_BITS] as NamePage;
    const hash = hashOf(name);
    const start = page.take(row & (PAGE - 1), spelling, hash);
    writeName(name, spelling, page.text, start);
    this.#place(row, hash);
    return row;
  }

  /** The row of a name, new or not, of which the octets stand in a text; as fast as numbers can be. */
  take(text: Buffer, start: number, spelling: number): number {
    if (isWide(spelling)) {
      const name = readName(text, start, spelling);
      return this.rowOf(name) ?? this.add(name);
    }
    const octets = octetsOf(spelling);
    const hash = hashOfOctets(text, start, octets);
    const last = this.#slots.length - 1;
    for (let at = hash & last; ; at = (at + 1) & last) {
      const row = (this.#slots[at] ?? 0) - 1;
      if (row < 0) break;
      if (this.#hashAt(row) === hash && this.#isWrittenAt(row, text, start, spelling)) return row;
    }
    const row = this.#newRow();
    const page = this.#pages[row >>> PAGE_BITS] as NamePage;
    const to = page.take(row & (PAGE - 1), spelling, hash);
    text.copy(page.text, to, start, start + octets);
    this.#place(row, hash);
    return row;
  }

  /** Makes room for so many names at once. */
  reserve(count: number): void {
    let slots = this.#slots.length;
    while (count * 3 > slots * 2) slots *= 2;
    if (slots > this.#slots.length) this.#widen(slots);
  }

  /** Gives the row free for another name. */
  remove(row: number): void {
    const page = this.#pages[row >>> PAGE_BITS];
    const at = row & (PAGE - 1);
    if (!page || (page.spellings[at] ?? 0) === 0) return;
    this.#vacate(row, page.hashes[at] ?? 0);
    page.remove(at);
    this.#free.push(row);
    this.count--;
  }

  #newRow(): number {
    this.reserve(this.count + 1);
    const row = this.#free.pop() ?? this.limit++;
    if (row >>> PAGE_BITS === this.#pages.length) this.#pages.push(new NamePage(this.#pages.at(-1)));
    this.count++;
    return row;
  }

  #hashAt(row: number): number {
    return this.#pages[row >>> PAGE_BITS]?.hashes[row & (PAGE - 1)] ?? 0;
  }

  #isAt(row: number, name: string): boolean {
    const page = this.#pages[row >>> PAGE_BITS] as NamePage;
    const spelling = page.spellings[row & (PAGE - 1)] ?? 0;
    if (isWide(spelling)) return this.nameAt(row) === name;
    if (octetsOf(spelling) !== name.length) return false;
    const start = page.starts[row & (PAGE - 1)] ?? 0;
    for (let i = 0; i < name.length; i++) if (page.text[start + i] !== name.charCodeAt(i)) return false;
    return true;
  }

  /** Whether a row's name is one of which the octets stand in a text, and then an ending. */
  isNamed(row: number, text: Buffer, start: number, spelling: number, ending: string): boolean {
    const page = this.#pages[row >>> PAGE_BITS] as NamePage;
    const own = page.spellings[row & (PAGE - 1)] ?? 0;
    const octets = octetsOf(spelling);
    if (isWide(own) || isWide(spelling)) return this.nameAt(row) === readName(text, start, spelling) + ending;
    if (octetsOf(own) !== octets + ending.length) return false;
    const begin = page.starts[row & (PAGE - 1)] ?? 0;
    for (let i = 0; i < octets; i++) if (page.text[begin + i] !== text[start + i]) return false;
    for (let i = 0; i < ending.length; i++)
      if (page.text[begin + octets + i] !== ending.charCodeAt(i)) return false;
    return true;
  }

  #isWrittenAt(row: number, text: Buffer, start: number, spelling: number): boolean {
    const page = this.#pages[row >>> PAGE_BITS] as NamePage;
    if (page.spellings[row & (PAGE - 1)] !== spelling) return false;
    const own = page.starts[row & (PAGE - 1)] ?? 0;
    const octets = octetsOf(spelling);
    return text.compare(page.text, own, own + octets, start, start + octets) === 0;
  }

  #place(row: number, hash: number): void {
    const last = this.#slots.length - 1;
    let at = hash & last;
    while (this.#slots[at] !== 0) at = (at + 1) & last;
    this.#slots[at] = row + 1;
  }

  /** Empties the row's slot, and moves up those behind it that had to step aside. */
  #vacate(row: number, hash: number): void {
    const last = this.#slots.length - 1;
    let hole = hash & last;
    while (this.#slots[hole] !== row + 1) hole = (hole + 1) & last;
    for (let at = (hole + 1) & last; this.#slots[at] !== 0; at = (at + 1) & last) {
      const wanted = this.#hashAt((this.#slots[at] ?? 0) - 1) & last;
      if (((at - wanted) & last) < ((at - hole) & last)) continue;
      this.#slots[hole] = this.#slots[at] ?? 0;
      hole = at;
    }
    this.#slots[hole] = 0;
  }

  #widen(slots: number): void {
    const before = this.#slots;
    this.#slots = new Int32Array(slots);
    for (const slot of before) if (slot !== 0) this.#place(slot - 1, this.#hashAt(slot - 1));
  }
}

function hashOf(name: string): number {
  let hash = SEED;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), FACTOR);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

/** As `hashOf` a name with an octet for each character. */
function hashOfOctets(text: Buffer, start: number, octets: number): number {
  let hash = SEED;
  for (let i = start; i < start + octets; i++) {
    hash = Math.imul(hash ^ (text[i] ?? 0), FACTOR);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}
