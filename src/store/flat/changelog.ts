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

const SLACK = 64;

/**
 * The order in which the names of a collection or a home changed last. Each change of a name takes the next number and
 * makes its earlier one void, so walking from a number on meets every name that changed since exactly once.
 */
export class ChangeLog {
  /** The latest number given out. */
  seq = 0;
  /** Tombstones up to this number are forgotten: what changed since an earlier one can't be told. */
  floor = 0;
  #seqs = new Uint32Array(8);
  #names: string[] = [];
  #packs = 0;
  /** Numbers came that were not rising. */
  #mixed = false;
  readonly #gone = new Map<string, Tombstone>();
  /** The number of a name that is there. */
  readonly #seqOf: (name: string) => number | undefined;
  readonly #live: () => number;

  /** @param live how many names are there. */
  constructor(seqOf: (name: string) => number | undefined, live: () => number) {
    this.#seqOf = seqOf;
    this.#live = live;
  }

  /**
   * The name appeared or changed. Numbers come in rising order, but for a replay: the saved state has the changes that were
   * made while it was saved as far as they were met.
   */
  there(seq: number, name: string): void {
    this.#gone.delete(name);
    this.#push(seq, name);
  }

  bury(seq: number, name: string, time: number): void {
    this.#gone.set(name, { seq, time });
    this.#push(seq, name);
  }

  tombstone(name: string): Tombstone | undefined {
    return this.#gone.get(name);
  }

  /** Name and tombstone of what is gone. */
  tombstones(): Iterable<[string, Tombstone]> {
    return this.#gone;
  }

  /** The latest number of a name, there or gone; 0 if it never was. */
  latest(name: string): number {
    return this.#seqOf(name) ?? this.#gone.get(name)?.seq ?? 0;
  }

  /** Latest changes after `seq`, oldest first. Names may change while the walk is paused. */
  *since(seq: number): Generator<Step> {
    if (this.#mixed) this.#sort();
    let after = seq;
    let packs = this.#packs;
    let i = this.#firstAfter(seq);
    for (;;) {
      if (packs !== this.#packs) {
        packs = this.#packs;
        i = this.#firstAfter(after);
      }
      const name = this.#names[i];
      if (name === undefined) return;
      after = this.#seqs[i++] ?? 0;
      if (this.latest(name) === after) yield { seq: after, name, gone: this.#gone.has(name) };
    }
  }

  /** Forgets what went before `time`. */
  forget(time: number): void {
    for (const [name, gone] of this.#gone) {
      if (gone.time >= time) continue;
      this.#gone.delete(name);
      this.floor = Math.max(this.floor, gone.seq);
    }
  }

  #push(seq: number, name: string): void {
    const used = this.#names.length;
    if (used > SLACK && used > 2 * (this.#live() + this.#gone.size)) this.#pack();
    if (this.#names.length === this.#seqs.length) {
      const wider = new Uint32Array(Math.ceil(this.#seqs.length * 1.5));
      wider.set(this.#seqs);
      this.#seqs = wider;
    }
    if (seq < (this.#seqs[this.#names.length - 1] ?? 0)) this.#mixed = true;
    this.#seqs[this.#names.length] = seq;
    this.#names.push(name);
    if (seq > this.seq) this.seq = seq;
  }

  #pack(): void {
    this.#packs++;
    let kept = 0;
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.#names[i];
      const seq = this.#seqs[i] ?? 0;
      if (name === undefined || this.latest(name) !== seq) continue;
      this.#names[kept] = name;
      this.#seqs[kept] = seq;
      kept++;
    }
    this.#names.length = kept;
    this.#seqs = this.#seqs.slice(0, Math.max(8, Math.ceil(kept * 1.25)));
  }

  #sort(): void {
    this.#mixed = false;
    this.#packs++;
    const names = new Map(this.#names.map((name, i) => [this.#seqs[i] ?? 0, name]));
    const seqs = this.#seqs.subarray(0, this.#names.length).sort();
    this.#names = Array.from(seqs, (seq) => names.get(seq) ?? '');
  }

  #firstAfter(seq: number): number {
    let low = 0;
    let high = this.#names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#seqs[middle] ?? 0) > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
