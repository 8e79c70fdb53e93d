import type { Facts, Properties } from '../types.ts';
import type { Place, Stored } from './entries.ts';
import type { Ending } from './names.ts';

/** A member's state as a value. */
export interface MemberState extends Stored {
  readonly at: Place;
  /** undefined: not computed yet. */
  readonly facts: Facts | undefined;
}

/** Stride and columns of the whole numbers. */
const WHOLE = { size: 0, seq: 1, segment: 2, offset: 3, stride: 4 };
/** Stride and columns of the numbers that need 53 bits. */
const WIDE = { created: 0, modified: 1, start: 2, end: 3, print: 4, stride: 5 };
const ETAG = 22;
const KNOWN = 1;
const RECURRING = 2;
/** The UID is the member's name without its ending. */
const NAMED_BY_UID = 4;

interface Rare {
  readonly properties?: Properties;
  readonly file?: string;
}

/**
 * The members of one collection: what is the same for all lies packed in columns, so that an object costs about
 * 200 octets of memory and scanning times touches nothing else.
 */
export class MemberTable {
  /** Octets of all members. */
  size = 0;
  /** Members whose facts are not known. */
  unknown = 0;
  readonly #ending: Ending;
  readonly #rows = new Map<string, number>();
  readonly #byUid = new Map<string, number>();
  /** Of members whose file's name is not told by their own. */
  readonly #byFile = new Map<string, number>();
  readonly #names: (string | undefined)[] = [];
  readonly #uids: (string | undefined)[] = [];
  readonly #rare = new Map<number, Rare>();
  readonly #free: number[] = [];
  /** The first stands for what can't be read. */
  readonly #components: string[] = [''];
  #whole = new Int32Array(4 * WHOLE.stride);
  #wide = new Float64Array(4 * WIDE.stride);
  #etags = Buffer.alloc(4 * ETAG);
  #flags = new Uint8Array(4);
  #component = new Uint8Array(4);

  constructor(ending: Ending) {
    this.#ending = ending;
  }

  get count(): number {
    return this.#rows.size;
  }

  names(): Iterable<string> {
    return this.#rows.keys();
  }

  /** The member with that file, where the member's name doesn't tell it. */
  byFile(file: string): string | undefined {
    const row = this.#byFile.get(file);
    return row === undefined ? undefined : this.#names[row];
  }

  has(name: string): boolean {
    return this.#rows.has(name);
  }

  get(name: string): MemberState | undefined {
    const row = this.#rows.get(name);
    if (row === undefined) return undefined;
    return {
      seq: this.#count(row, WHOLE.seq),
      etag: this.#etag(row),
      size: this.#count(row, WHOLE.size),
      created: this.#number(row, WIDE.created),
      modified: this.#number(row, WIDE.modified),
      at: [this.#whole[row * WHOLE.stride + WHOLE.segment] ?? 0, this.#count(row, WHOLE.offset)],
      facts: this.#facts(row),
      ...this.#rare.get(row),
    };
  }

  seqOf(name: string): number | undefined {
    const row = this.#rows.get(name);
    return row === undefined ? undefined : this.#count(row, WHOLE.seq);
  }

  /** Adds the segments and base files in which members' bytes are. */
  segments(to: Set<number>): void {
    for (let row = 0; row < this.#names.length; row++) {
      if (this.#names[row] !== undefined) to.add(this.#whole[row * WHOLE.stride + WHOLE.segment] ?? 0);
    }
  }

  segmentOf(name: string): number {
    const row = this.#rows.get(name);
    return row === undefined ? 0 : (this.#whole[row * WHOLE.stride + WHOLE.segment] ?? 0);
  }

  /** The print of its file as this store left it, 0 if unknown. */
  printOf(name: string): number {
    const row = this.#rows.get(name);
    return row === undefined ? 0 : this.#number(row, WIDE.print);
  }

  knows(name: string): boolean {
    const row = this.#rows.get(name);
    return row === undefined || ((this.#flags[row] ?? 0) & KNOWN) !== 0;
  }

  /** The member that has the UID. Sees only members whose facts are known. */
  byUid(uid: string): string | undefined {
    const named = this.#rows.get(uid + this.#ending);
    if (named !== undefined && ((this.#flags[named] ?? 0) & NAMED_BY_UID) !== 0) return uid + this.#ending;
    const row = this.#byUid.get(uid);
    return row === undefined ? undefined : this.#names[row];
  }

  /** Whether the member may be one of a component, or have an occurrence in [start, end). */
  fits(name: string, component: string | undefined, start: number, end: number): boolean {
    const row = this.#rows.get(name);
    if (row === undefined) return false;
    if (component !== undefined) {
      const own = this.#components[this.#component[row] ?? 0];
      if (own !== component && own !== '') return false;
    }
    return this.#number(row, WIDE.start) < end && this.#number(row, WIDE.end) >= start;
  }

  /** Stores the state of a name; the file's print stays as it was. */
  set(name: string, state: MemberState): void {
    const row = this.#rows.get(name) ?? this.#take(name);
    this.#forgetFacts(row);
    this.size += state.size - this.#count(row, WHOLE.size);
    const whole = row * WHOLE.stride;
    this.#whole[whole + WHOLE.size] = state.size;
    this.#whole[whole + WHOLE.seq] = state.seq;
    this.#whole[whole + WHOLE.segment] = state.at[0];
    this.#whole[whole + WHOLE.offset] = state.at[1];
    this.#wide[row * WIDE.stride + WIDE.created] = state.created;
    this.#wide[row * WIDE.stride + WIDE.modified] = state.modified;
    this.#etags.write(state.etag, row * ETAG, ETAG, 'latin1');
    this.#forgetFile(row);
    if (state.file !== undefined) this.#byFile.set(state.file, row);
    if (state.properties || state.file !== undefined) {
      this.#rare.set(row, {
        ...(state.properties && { properties: state.properties }),
        ...(state.file !== undefined && { file: state.file }),
      });
    } else this.#rare.delete(row);
    if (state.facts) this.#learn(row, name, state.facts);
  }

  setPrint(name: string, print: number): void {
    const row = this.#rows.get(name);
    if (row !== undefined) this.#wide[row * WIDE.stride + WIDE.print] = print;
  }

  /** The bytes are found elsewhere from now on. */
  setPlace(name: string, [segment, offset]: Place): void {
    const row = this.#rows.get(name);
    if (row === undefined) return;
    this.#whole[row * WHOLE.stride + WHOLE.segment] = segment;
    this.#whole[row * WHOLE.stride + WHOLE.offset] = offset;
  }

  /** Facts of a member's bytes; ignored if it has others by now. */
  setFacts(name: string, etag: string, facts: Facts): void {
    const row = this.#rows.get(name);
    if (row === undefined || this.#etag(row) !== etag) return;
    this.#forgetFacts(row);
    this.#learn(row, name, facts);
  }

  remove(name: string): void {
    const row = this.#rows.get(name);
    if (row === undefined) return;
    this.#forgetFacts(row);
    this.unknown--;
    this.size -= this.#count(row, WHOLE.size);
    this.#whole[row * WHOLE.stride + WHOLE.size] = 0;
    this.#wide[row * WIDE.stride + WIDE.print] = 0;
    this.#rows.delete(name);
    this.#forgetFile(row);
    this.#rare.delete(row);
    this.#names[row] = undefined;
    this.#free.push(row);
  }

  #take(name: string): number {
    const row = this.#free.pop() ?? this.#names.length;
    if (row >= this.#flags.length) this.#grow(Math.ceil(row * 1.5) + 4);
    this.#rows.set(name, row);
    this.#names[row] = name;
    this.#uids[row] = undefined;
    this.#flags[row] = 0;
    this.unknown++;
    return row;
  }

  #grow(rows: number): void {
    this.#whole = widened(this.#whole, new Int32Array(rows * WHOLE.stride));
    this.#wide = widened(this.#wide, new Float64Array(rows * WIDE.stride));
    this.#etags = widened(this.#etags, Buffer.alloc(rows * ETAG));
    this.#flags = widened(this.#flags, new Uint8Array(rows));
    this.#component = widened(this.#component, new Uint8Array(rows));
  }

  #learn(row: number, name: string, facts: Facts): void {
    this.unknown--;
    let flags = KNOWN;
    if (facts.recurring) flags |= RECURRING;
    this.#uids[row] = undefined;
    if (facts.uid !== null && facts.uid + this.#ending === name) flags |= NAMED_BY_UID;
    else if (facts.uid !== null) {
      this.#uids[row] = facts.uid;
      if (!this.#byUid.has(facts.uid)) this.#byUid.set(facts.uid, row);
    }
    this.#flags[row] = flags;
    this.#component[row] = this.#componentNumber(facts.component);
    this.#wide[row * WIDE.stride + WIDE.start] = facts.start;
    this.#wide[row * WIDE.stride + WIDE.end] = facts.end;
  }

  #forgetFacts(row: number): void {
    if (((this.#flags[row] ?? 0) & KNOWN) === 0) return;
    const uid = this.#uids[row];
    if (uid !== undefined && this.#byUid.get(uid) === row) this.#byUid.delete(uid);
    this.#uids[row] = undefined;
    this.#flags[row] = 0;
    this.unknown++;
  }

  #forgetFile(row: number): void {
    const file = this.#rare.get(row)?.file;
    if (file !== undefined && this.#byFile.get(file) === row) this.#byFile.delete(file);
  }

  #facts(row: number): Facts | undefined {
    const flags = this.#flags[row] ?? 0;
    if ((flags & KNOWN) === 0) return undefined;
    const name = this.#names[row] ?? '';
    return {
      uid:
        (flags & NAMED_BY_UID) !== 0
          ? name.slice(0, name.length - this.#ending.length)
          : (this.#uids[row] ?? null),
      component: this.#components[this.#component[row] ?? 0] ?? '',
      start: this.#number(row, WIDE.start),
      end: this.#number(row, WIDE.end),
      recurring: (flags & RECURRING) !== 0,
    };
  }

  /** There are about ten component names; what is beyond a column's width counts as unreadable. */
  #componentNumber(component: string): number {
    const known = this.#components.indexOf(component);
    if (known >= 0) return known;
    if (this.#components.length >= 255) return 0;
    return this.#components.push(component) - 1;
  }

  #etag(row: number): string {
    return this.#etags.toString('latin1', row * ETAG, row * ETAG + ETAG);
  }

  #count(row: number, column: number): number {
    return (this.#whole[row * WHOLE.stride + column] ?? 0) >>> 0;
  }

  #number(row: number, column: number): number {
    return this.#wide[row * WIDE.stride + column] ?? 0;
  }
}

function widened<T extends Int32Array | Float64Array | Uint8Array>(old: T, wider: T): T {
  wider.set(old);
  return wider;
}
