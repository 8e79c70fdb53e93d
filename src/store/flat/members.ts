import type { Facts, Properties } from '../types.ts';
import type { Rows } from './changelog.ts';
import type { Place, Stored } from './entries.ts';
import { NameTable, PAGE, PAGE_BITS } from './name-table.ts';
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

/** Columns of neighbouring rows. The first page of a table begins small: most collections are. */
class Page {
  readonly rows: number;
  readonly whole: Int32Array;
  readonly wide: Float64Array;
  readonly etags: Buffer;
  readonly flags: Uint8Array;
  readonly component: Uint8Array;

  constructor(rows: number, before?: Page) {
    this.rows = rows;
    this.whole = new Int32Array(rows * WHOLE.stride);
    this.wide = new Float64Array(rows * WIDE.stride);
    this.etags = Buffer.alloc(rows * ETAG);
    this.flags = new Uint8Array(rows);
    this.component = new Uint8Array(rows);
    if (!before) return;
    this.whole.set(before.whole);
    this.wide.set(before.wide);
    this.etags.set(before.etags);
    this.flags.set(before.flags);
    this.component.set(before.component);
  }
}

/**
 * The members of one collection: what is the same for all lies packed in columns, so that an object costs about
 * 150 octets of memory and scanning times touches nothing else. A member keeps its row as long as it is there.
 */
export class MemberTable implements Rows {
  /** Octets of all members. */
  size = 0;
  /** Members whose facts are not known. */
  unknown = 0;
  readonly #ending: Ending;
  readonly #names = new NameTable();
  readonly #pages: Page[] = [];
  /** UIDs of members whose names don't tell them. */
  readonly #uids = new Map<number, string>();
  readonly #byUid = new Map<string, number>();
  /** Of members whose file's name is not told by their own. */
  readonly #byFile = new Map<string, number>();
  readonly #rare = new Map<number, Rare>();
  /** The first stands for what can't be read. */
  readonly #components: string[] = [''];

  constructor(ending: Ending) {
    this.#ending = ending;
  }

  get count(): number {
    return this.#names.count;
  }

  /** Rows are numbered from 0 to this; not all of them have a member. */
  get limit(): number {
    return this.#names.limit;
  }

  rowOf(name: string): number | undefined {
    return this.#names.rowOf(name);
  }

  nameAt(row: number): string | undefined {
    return this.#names.nameAt(row);
  }

  /** 0 where no member has the row. */
  seqAt(row: number): number {
    return row < this.limit ? this.#count(row, WHOLE.seq) : 0;
  }

  /** Every member there throughout comes exactly once, whatever changes meanwhile. */
  *names(): Generator<string> {
    for (let row = 0; row < this.limit; row++) {
      const name = this.nameAt(row);
      if (name !== undefined) yield name;
    }
  }

  /** The member with that file, where the member's name doesn't tell it. */
  byFile(file: string): string | undefined {
    const row = this.#byFile.get(file);
    return row === undefined ? undefined : this.nameAt(row);
  }

  has(name: string): boolean {
    return this.rowOf(name) !== undefined;
  }

  get(name: string): MemberState | undefined {
    const row = this.rowOf(name);
    return row === undefined ? undefined : this.#state(row, name);
  }

  #state(row: number, name: string): MemberState {
    return {
      seq: this.#count(row, WHOLE.seq),
      etag: this.#etag(row),
      size: this.#count(row, WHOLE.size),
      created: this.#number(row, WIDE.created),
      modified: this.#number(row, WIDE.modified),
      at: [this.#segment(row), this.#count(row, WHOLE.offset)],
      facts: this.#facts(row, name),
      ...this.#rare.get(row),
    };
  }

  seqOf(name: string): number | undefined {
    const row = this.rowOf(name);
    return row === undefined ? undefined : this.#count(row, WHOLE.seq);
  }

  sizeOf(name: string): number {
    const row = this.rowOf(name);
    return row === undefined ? 0 : this.#count(row, WHOLE.size);
  }

  /** Adds the segments and base files in which members' bytes are. */
  segments(to: Set<number>): void {
    for (let row = 0; row < this.limit; row++) if (this.seqAt(row) !== 0) to.add(this.#segment(row));
  }

  segmentOf(name: string): number {
    const row = this.rowOf(name);
    return row === undefined ? 0 : this.#segment(row);
  }

  /** The print of its file as this store left it, 0 if unknown. */
  printOf(name: string): number {
    const row = this.rowOf(name);
    return row === undefined ? 0 : this.#number(row, WIDE.print);
  }

  knows(name: string): boolean {
    const row = this.rowOf(name);
    return row === undefined || this.#has(row, KNOWN);
  }

  /** Names of members whose facts are not known. */
  *unknownNames(): Generator<string> {
    for (let row = 0; row < this.limit; row++) {
      const name = this.lacksFacts(row) ? this.nameAt(row) : undefined;
      if (name !== undefined) yield name;
    }
  }

  /** Whether the row has a member whose facts are not known. */
  lacksFacts(row: number): boolean {
    return this.seqAt(row) !== 0 && !this.#has(row, KNOWN);
  }

  etagAt(row: number): string {
    return this.#etag(row);
  }

  /** Facts of the member in a row. */
  learn(row: number, facts: Facts): void {
    const name = this.nameAt(row);
    if (name !== undefined) this.#learn(row, name, facts);
  }

  /** The member that has the UID. Sees only members whose facts are known. */
  byUid(uid: string): string | undefined {
    const named = this.rowOf(uid + this.#ending);
    if (named !== undefined && this.#has(named, NAMED_BY_UID)) return uid + this.#ending;
    const row = this.#byUid.get(uid);
    return row === undefined ? undefined : this.nameAt(row);
  }

  /** Whether the row has a member that may be one of a component, or have an occurrence in [start, end). */
  fits(row: number, component: string | undefined, start: number, end: number): boolean {
    if (this.seqAt(row) === 0) return false;
    if (component !== undefined) {
      const own = this.#components[this.#page(row).component[row & (PAGE - 1)] ?? 0];
      if (own !== component && own !== '') return false;
    }
    return this.#number(row, WIDE.start) < end && this.#number(row, WIDE.end) >= start;
  }

  /** Stores the state of a name; the file's print stays as it was. */
  set(name: string, state: MemberState): void {
    const row = this.rowOf(name) ?? this.#take(name);
    const page = this.#page(row);
    const at = row & (PAGE - 1);
    this.#forgetFacts(row);
    this.size += state.size - this.#count(row, WHOLE.size);
    const whole = at * WHOLE.stride;
    page.whole[whole + WHOLE.size] = state.size;
    page.whole[whole + WHOLE.seq] = state.seq;
    page.whole[whole + WHOLE.segment] = state.at[0];
    page.whole[whole + WHOLE.offset] = state.at[1];
    page.wide[at * WIDE.stride + WIDE.created] = state.created;
    page.wide[at * WIDE.stride + WIDE.modified] = state.modified;
    page.etags.write(state.etag, at * ETAG, ETAG, 'latin1');
    this.#forgetFile(row);
    if (state.file !== undefined) this.#byFile.set(state.file, row);
    if (state.properties || state.file !== undefined) {
      this.#rare.set(row, {
        ...(state.properties && { properties: state.properties }),
        ...(state.file !== undefined && { file: state.file }),
      });
    } else if (this.#rare.size > 0) this.#rare.delete(row);
    if (state.facts) this.#learn(row, name, state.facts);
  }

  setPrint(name: string, print: number): void {
    const row = this.rowOf(name);
    if (row !== undefined) this.#setWide(row, WIDE.print, print);
  }

  /** The bytes are found elsewhere from now on. */
  setPlace(name: string, [segment, offset]: Place): void {
    const row = this.rowOf(name);
    if (row === undefined) return;
    const { whole } = this.#page(row);
    whole[(row & (PAGE - 1)) * WHOLE.stride + WHOLE.segment] = segment;
    whole[(row & (PAGE - 1)) * WHOLE.stride + WHOLE.offset] = offset;
  }

  /** Facts of a member's bytes; ignored if it has others by now. */
  setFacts(name: string, etag: string, facts: Facts): void {
    const row = this.rowOf(name);
    if (row === undefined || this.#etag(row) !== etag) return;
    this.#forgetFacts(row);
    this.#learn(row, name, facts);
  }

  remove(name: string): void {
    const row = this.rowOf(name);
    if (row === undefined) return;
    this.#forgetFacts(row);
    this.unknown--;
    this.size -= this.#count(row, WHOLE.size);
    const { whole } = this.#page(row);
    whole[(row & (PAGE - 1)) * WHOLE.stride + WHOLE.size] = 0;
    whole[(row & (PAGE - 1)) * WHOLE.stride + WHOLE.seq] = 0;
    this.#setWide(row, WIDE.print, 0);
    this.#forgetFile(row);
    this.#rare.delete(row);
    this.#names.remove(row);
  }

  #take(name: string): number {
    const row = this.#names.add(name);
    const index = row >>> PAGE_BITS;
    const page = this.#pages[index];
    const at = row & (PAGE - 1);
    if (!page) this.#pages.push(new Page(index === 0 ? 8 : PAGE));
    else if (at >= page.rows) this.#pages[index] = new Page(Math.min(PAGE, page.rows * 2), page);
    this.unknown++;
    return row;
  }

  #learn(row: number, name: string, facts: Facts): void {
    this.unknown--;
    let flags = KNOWN;
    if (facts.recurring) flags |= RECURRING;
    if (facts.uid !== null && facts.uid + this.#ending === name) flags |= NAMED_BY_UID;
    else if (facts.uid !== null) {
      this.#uids.set(row, facts.uid);
      if (!this.#byUid.has(facts.uid)) this.#byUid.set(facts.uid, row);
    }
    const page = this.#page(row);
    page.flags[row & (PAGE - 1)] = flags;
    page.component[row & (PAGE - 1)] = this.#componentNumber(facts.component);
    this.#setWide(row, WIDE.start, facts.start);
    this.#setWide(row, WIDE.end, facts.end);
  }

  #forgetFacts(row: number): void {
    if (!this.#has(row, KNOWN)) return;
    const uid = this.#uids.get(row);
    if (uid !== undefined) {
      this.#uids.delete(row);
      if (this.#byUid.get(uid) === row) this.#byUid.delete(uid);
    }
    this.#page(row).flags[row & (PAGE - 1)] = 0;
    this.unknown++;
  }

  #forgetFile(row: number): void {
    const file = this.#rare.get(row)?.file;
    if (file !== undefined && this.#byFile.get(file) === row) this.#byFile.delete(file);
  }

  #facts(row: number, name: string): Facts | undefined {
    if (!this.#has(row, KNOWN)) return undefined;
    return {
      uid: this.#has(row, NAMED_BY_UID)
        ? name.slice(0, name.length - this.#ending.length)
        : (this.#uids.get(row) ?? null),
      component: this.#components[this.#page(row).component[row & (PAGE - 1)] ?? 0] ?? '',
      start: this.#number(row, WIDE.start),
      end: this.#number(row, WIDE.end),
      recurring: this.#has(row, RECURRING),
    };
  }

  /** There are about ten component names; what is beyond a column's width counts as unreadable. */
  #componentNumber(component: string): number {
    const known = this.#components.indexOf(component);
    if (known >= 0) return known;
    if (this.#components.length >= 255) return 0;
    return this.#components.push(component) - 1;
  }

  #page(row: number): Page {
    return this.#pages[row >>> PAGE_BITS] as Page;
  }

  #has(row: number, flag: number): boolean {
    return ((this.#page(row).flags[row & (PAGE - 1)] ?? 0) & flag) !== 0;
  }

  #etag(row: number): string {
    const start = (row & (PAGE - 1)) * ETAG;
    return this.#page(row).etags.toString('latin1', start, start + ETAG);
  }

  /** Negative in a base file. */
  #segment(row: number): number {
    return this.#page(row).whole[(row & (PAGE - 1)) * WHOLE.stride + WHOLE.segment] ?? 0;
  }

  #count(row: number, column: number): number {
    return (this.#page(row).whole[(row & (PAGE - 1)) * WHOLE.stride + column] ?? 0) >>> 0;
  }

  #number(row: number, column: number): number {
    return this.#page(row).wide[(row & (PAGE - 1)) * WIDE.stride + column] ?? 0;
  }

  #setWide(row: number, column: number, value: number): void {
    this.#page(row).wide[(row & (PAGE - 1)) * WIDE.stride + column] = value;
  }
}
