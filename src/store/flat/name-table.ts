import { randomInt } from 'node:crypto';

/** Rows that lie together in memory. */
export const PAGE_BITS = 10;
export const PAGE = 1 << PAGE_BITS;
/** Octets of a page's names at first; a page holds some 40 octets for each. */
const TEXT = 512;

/** Unknown to clients, so that nobody can choose names that collide. */
const SEED = randomInt(2 ** 32);
const FACTOR = randomInt(2 ** 31) * 2 + 1;

/** Names of up to PAGE rows, one after the other in one buffer. */
class NamePage {
  text = Buffer.allocUnsafeSlow(TEXT);
  used = 0;
  /** Octets of `text` that belong to no row any more. */
  dead = 0;
  readonly starts = new Uint32Array(PAGE);
  /** Twice the octets, and 1 where each character has two; 0 for a row without a name. */
  readonly lengths = new Uint32Array(PAGE);
  readonly hashes = new Uint32Array(PAGE);
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
    const length = page?.lengths[row & (PAGE - 1)] ?? 0;
    if (!page || length === 0) return undefined;
    const start = page.starts[row & (PAGE - 1)] ?? 0;
    const end = start + (length >>> 1);
    return length & 1 ? page.text.toString('utf16le', start, end) : page.text.toString('latin1', start, end);
  }

  /** The row of a name that has none yet. */
  add(name: string): number {
    if ((this.count + 1) * 3 > this.#slots.length * 2) this.#widen();
    const row = this.#free.pop() ?? this.limit++;
    if (row >>> PAGE_BITS === this.#pages.length) this.#pages.push(new NamePage());
    const page = this.#pages[row >>> PAGE_BITS] as NamePage;
    const hash = hashOf(name);
    write(page, row & (PAGE - 1), name);
    page.hashes[row & (PAGE - 1)] = hash;
    this.#place(row, hash);
    this.count++;
    return row;
  }

  /** Gives the row free for another name. */
  remove(row: number): void {
    const page = this.#pages[row >>> PAGE_BITS];
    const at = row & (PAGE - 1);
    if (!page || page.lengths[at] === 0) return;
    this.#vacate(row, page.hashes[at] ?? 0);
    page.dead += (page.lengths[at] ?? 0) >>> 1;
    page.lengths[at] = 0;
    this.#free.push(row);
    this.count--;
    if (page.dead > TEXT && page.dead * 2 > page.used) pack(page);
  }

  #hashAt(row: number): number {
    return this.#pages[row >>> PAGE_BITS]?.hashes[row & (PAGE - 1)] ?? 0;
  }

  #isAt(row: number, name: string): boolean {
    const page = this.#pages[row >>> PAGE_BITS] as NamePage;
    const length = page.lengths[row & (PAGE - 1)] ?? 0;
    if (length & 1) return this.nameAt(row) === name;
    if (length >>> 1 !== name.length) return false;
    const start = page.starts[row & (PAGE - 1)] ?? 0;
    for (let i = 0; i < name.length; i++) if (page.text[start + i] !== name.charCodeAt(i)) return false;
    return true;
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

  #widen(): void {
    const rows = this.#slots.filter((slot) => slot !== 0);
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (const slot of rows) this.#place(slot - 1, this.#hashAt(slot - 1));
  }
}

function write(page: NamePage, at: number, name: string): void {
  const wide = /[^\0-\xff]/.test(name);
  const octets = wide ? name.length * 2 : name.length;
  if (page.used + octets > page.text.length) {
    const larger = Buffer.allocUnsafeSlow(Math.ceil((page.used + octets) * 1.5));
    larger.set(page.text.subarray(0, page.used));
    page.text = larger;
  }
  page.text.write(name, page.used, octets, wide ? 'utf16le' : 'latin1');
  page.starts[at] = page.used;
  page.lengths[at] = octets * 2 + (wide ? 1 : 0);
  page.used += octets;
}

/** Without the names that are gone. */
function pack(page: NamePage): void {
  const packed = Buffer.allocUnsafeSlow(Math.max(TEXT, Math.ceil((page.used - page.dead) * 1.25)));
  let used = 0;
  for (let at = 0; at < PAGE; at++) {
    const octets = (page.lengths[at] ?? 0) >>> 1;
    const start = page.starts[at] ?? 0;
    packed.set(page.text.subarray(start, start + octets), used);
    page.starts[at] = used;
    used += octets;
  }
  page.text = packed;
  page.used = used;
  page.dead = 0;
}

function hashOf(name: string): number {
  let hash = SEED;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), FACTOR);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}
