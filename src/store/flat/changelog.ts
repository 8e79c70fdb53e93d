export interface Tombstone {
  readonly seq: number;
  /** ms since 1970 UTC. */
  readonly time: number;
}

/** One name's latest change: there or gone. */
export interface Step {
  readonly seq: number;
  readonly name: string;
  readonly gone: boolean;
}

/** The names that are there, each with a row that it keeps as long as it is, and the number of its latest change. */
export interface Rows {
  readonly count: number;
  /** All rows are below this. */
  readonly limit: number;
  rowOf(name: string): number | undefined;
  nameAt(row: number): string | undefined;
  /** 0 where no name has the row. */
  seqAt(row: number): number;
}

const SLACK = 64;
/** In place of a row: the name is gone. */
const GONE = -1;
/** Rows and numbers fit into a double together. */
const MOST_ROWS = 2 ** 21;

/**
 * The order in which the names of a collection or a home changed last. Each change of a name takes the next number and
 * makes its earlier one void, so walking from a number on meets every name that changed since exactly once.
 */
export class ChangeLog {
  /** The latest number given out. */
  seq = 0;
  /** Tombstones up to this number are forgotten: what changed since an earlier one can't be told. */
  floor = 0;
  readonly #there: Rows;
  /** The log: numbers in rising order, each with its row. */
  #seqs = new Uint32Array(8);
  #rows = new Int32Array(8);
  #length = 0;
  #shifts = 0;
  readonly #gone = new Map<string, Tombstone>();
  readonly #goneBySeq = new Map<number, string>();

  constructor(there: Rows) {
    this.#there = there;
  }

  /** The name, which is there, appeared or changed. */
  there(seq: number, name: string): void {
    this.#forgetGone(name);
    this.#push(seq, this.#there.rowOf(name) ?? GONE);
  }

  bury(seq: number, name: string, time: number): void {
    this.#forgetGone(name);
    this.#setGone(name, { seq, time });
    this.#push(seq, GONE);
  }

  /** Takes what is there, and these names that are gone, for all that happened. */
  restore(tombstones: Iterable<readonly [name: string, tombstone: Tombstone]>): void {
    for (const [name, tombstone] of tombstones) this.#setGone(name, tombstone);
    const count = this.#there.count + this.#gone.size;
    this.#seqs = new Uint32Array(Math.max(8, count));
    this.#rows = new Int32Array(Math.max(8, count));
    this.#length = 0;
    let isOrdered = true;
    let highest = 0;
    const add = (seq: number, row: number) => {
      isOrdered &&= seq > highest;
      highest = Math.max(highest, seq);
      this.#seqs[this.#length] = seq;
      this.#rows[this.#length++] = row;
    };
    for (let row = 0; row < this.#there.limit; row++) {
      const seq = this.#there.seqAt(row);
      if (seq > 0) add(seq, row);
    }
    for (const seq of this.#goneBySeq.keys()) add(seq, GONE);
    if (!isOrdered) this.#sort();
    this.seq = Math.max(this.seq, highest);
  }

  /** By number, as one list of doubles, which have room for both. */
  #sort(): void {
    const steps = new Float64Array(this.#length);
    for (let i = 0; i < steps.length; i++)
      steps[i] = (this.#seqs[i] ?? 0) * MOST_ROWS + (this.#rows[i] ?? GONE) + 1;
    for (const [i, step] of steps.sort().entries()) {
      this.#seqs[i] = Math.floor(step / MOST_ROWS);
      this.#rows[i] = (step % MOST_ROWS) - 1;
    }
  }

  tombstone(name: string): Tombstone | undefined {
    return this.#gone.get(name);
  }

  /** Name and tombstone of what is gone. */
  tombstones(): Iterable<[string, Tombstone]> {
    return this.#gone;
  }

  get goneCount(): number {
    return this.#gone.size;
  }

  /** The latest number of a name, there or gone; 0 if it never was. */
  latest(name: string): number {
    const row = this.#there.rowOf(name);
    return row === undefined ? (this.#gone.get(name)?.seq ?? 0) : this.#there.seqAt(row);
  }

  /** Latest changes after `seq`, oldest first. Names may change while the walk is paused. */
  *since(seq: number): Generator<Step> {
    let after = seq;
    let shifts = this.#shifts;
    let i = this.#firstAfter(seq);
    for (;;) {
      if (shifts !== this.#shifts) {
        shifts = this.#shifts;
        i = this.#firstAfter(after);
      }
      if (i >= this.#length) return;
      const row = this.#rows[i] ?? GONE;
      after = this.#seqs[i++] ?? 0;
      const name = this.#nameOf(after, row);
      if (name !== undefined) yield { seq: after, name, gone: row === GONE };
    }
  }

  /** Forgets what went before `time`. */
  forget(time: number): void {
    for (const [name, gone] of this.#gone) {
      if (gone.time >= time) continue;
      this.#forgetGone(name);
      this.floor = Math.max(this.floor, gone.seq);
    }
  }

  /** The name that changed last with this number; undefined where the change is void by now. */
  #nameOf(seq: number, row: number): string | undefined {
    if (row === GONE) return this.#goneBySeq.get(seq);
    return this.#there.seqAt(row) === seq ? this.#there.nameAt(row) : undefined;
  }

  #isVoid(seq: number, row: number): boolean {
    return row === GONE ? !this.#goneBySeq.has(seq) : this.#there.seqAt(row) !== seq;
  }

  #setGone(name: string, tombstone: Tombstone): void {
    this.#gone.set(name, tombstone);
    this.#goneBySeq.set(tombstone.seq, name);
  }

  #forgetGone(name: string): void {
    const gone = this.#gone.get(name);
    if (!gone) return;
    this.#gone.delete(name);
    this.#goneBySeq.delete(gone.seq);
  }

  #push(seq: number, row: number): void {
    if (this.#length > SLACK && this.#length > 2 * (this.#there.count + this.#gone.size)) this.#pack();
    if (this.#length === this.#seqs.length) {
      this.#seqs = widened(this.#seqs, new Uint32Array(Math.ceil(this.#length * 1.25)));
      this.#rows = widened(this.#rows, new Int32Array(this.#seqs.length));
    }
    const at = this.#firstAfter(seq);
    if (at < this.#length) this.#makeRoom(at);
    this.#seqs[at] = seq;
    this.#rows[at] = row;
    this.#length++;
    if (seq > this.seq) this.seq = seq;
  }

  /** What was saved in the middle of a checkpoint may be later than what is replayed after it. */
  #makeRoom(at: number): void {
    this.#shifts++;
    this.#seqs.copyWithin(at + 1, at, this.#length);
    this.#rows.copyWithin(at + 1, at, this.#length);
  }

  #pack(): void {
    this.#shifts++;
    let kept = 0;
    for (let i = 0; i < this.#length; i++) {
      const row = this.#rows[i] ?? GONE;
      const seq = this.#seqs[i] ?? 0;
      if (this.#isVoid(seq, row)) continue;
      this.#rows[kept] = row;
      this.#seqs[kept++] = seq;
    }
    this.#length = kept;
    const room = Math.max(8, Math.ceil(kept * 1.25));
    this.#seqs = this.#seqs.slice(0, room);
    this.#rows = this.#rows.slice(0, room);
  }

  #firstAfter(seq: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#seqs[middle] ?? 0) > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function widened<T extends Uint32Array | Int32Array>(old: T, wider: T): T {
  wider.set(old);
  return wider;
}
