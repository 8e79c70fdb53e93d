import type { Facts, Properties } from '../types.ts';
import type { Rows } from './changelog.ts';
import { Columns, ETAG, PAGE, PAGE_BITS, type SavedColumns } from './columns.ts';
import type { Place, Stored } from './entries.ts';
import type { FactsBlock } from './facts-blocks.ts';
import { readName } from './name-octets.ts';
import { NameTable } from './name-table.ts';
import type { Ending } from './names.ts';

/** A member's state as a value. */
export interface MemberState extends Stored {
  readonly at: Place;
  /** undefined: not computed yet. */
  readonly facts: Facts | undefined;
}

const IN_PAGE = PAGE - 1;
const KNOWN = 1;
const RECURRING = 2;
/** The UID is the member's name without its ending. */
const NAMED_BY_UID = 4;

/** What few members have. */
export interface Rare {
  readonly properties?: Properties;
  readonly file?: string;
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
  readonly #pages: Columns[] = [];
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
    return row < this.limit ? (this.#page(row).seq[row & IN_PAGE] ?? 0) : 0;
  }

  /** Every member there throughout comes exactly once, whatever changes meanwhile. */
  *names(): Generator<string> {
    for (let row = 0; row < this.limit; row++) {
      const name = this.nameAt(row);
      if (name !== undefined) yield name;
    }
  }

  /** Its file, where that is not told by the member's name. */
  fileOf(name: string): string | undefined {
    const row = this.#rare.size > 0 ? this.rowOf(name) : undefined;
    return row === undefined ? undefined : this.#rare.get(row)?.file;
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
    const page = this.#page(row);
    const at = row & IN_PAGE;
    return {
      seq: page.seq[at] ?? 0,
      etag: page.etag(at),
      size: page.size[at] ?? 0,
      created: page.created[at] ?? 0,
      modified: page.modified[at] ?? 0,
      at: [page.segment[at] ?? 0, page.offset[at] ?? 0],
      facts: this.#facts(row, name),
      ...this.#rare.get(row),
    };
  }

  seqOf(name: string): number | undefined {
    const row = this.rowOf(name);
    return row === undefined ? undefined : (this.#page(row).seq[row & IN_PAGE] ?? 0);
  }

  sizeOf(name: string): number {
    const row = this.rowOf(name);
    return row === undefined ? 0 : (this.#page(row).size[row & IN_PAGE] ?? 0);
  }

  /** Adds the segments and base files in which members' bytes are. */
  segments(to: Set<number>): void {
    for (let row = 0; row < this.limit; row++)
      if (this.seqAt(row) !== 0) to.add(this.#page(row).segment[row & IN_PAGE] ?? 0);
  }

  segmentOf(name: string): number {
    const row = this.rowOf(name);
    return row === undefined ? 0 : (this.#page(row).segment[row & IN_PAGE] ?? 0);
  }

  /** The print of its file as this store left it, 0 if unknown. */
  printOf(name: string): number {
    const row = this.rowOf(name);
    return row === undefined ? 0 : (this.#page(row).print[row & IN_PAGE] ?? 0);
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

  /** What a function makes of the etag of the member in a row, which it finds at a place of a column. */
  atEtag<T>(row: number, look: (etags: Buffer, place: number) => T): T {
    return look(this.#page(row).etags, row & IN_PAGE);
  }

  /** Whether the member in a row has the etag at a place of a column. */
  hasEtag(row: number, etags: Buffer, place: number): boolean {
    const own = this.#page(row).etags;
    const at = (row & IN_PAGE) * ETAG;
    const other = place * ETAG;
    // A call of Buffer.compare takes longer than all of this.
    for (let i = 0; i < ETAG; i++) if (own[at + i] !== etags[other + i]) return false;
    return true;
  }

  /**
   * Facts of the member in a row, as they were kept.
   * @param i which ones.
   * @param start where the UID begins.
   */
  learn(row: number, kept: FactsBlock, i: number, start: number): void {
    const spelling = kept.spellings[i] ?? 0;
    const named = kept.hasUid(i) && this.#names.isNamed(row, kept.uids, start, spelling, this.#ending);
    const uid = kept.hasUid(i) && !named ? readName(kept.uids, start, spelling) : null;
    this.#setFacts(
      row,
      kept.component(i),
      kept.start[i] ?? 0,
      kept.end[i] ?? 0,
      kept.recurring(i),
      named,
      uid,
    );
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
      const own = this.#components[this.#page(row).component[row & IN_PAGE] ?? 0];
      if (own !== component && own !== '') return false;
    }
    const page = this.#page(row);
    return (page.start[row & IN_PAGE] ?? 0) < end && (page.end[row & IN_PAGE] ?? 0) >= start;
  }

  /** Stores the state of a name; the file's print stays as it was. */
  set(name: string, state: MemberState): void {
    const row = this.rowOf(name) ?? this.#take(name);
    const page = this.#page(row);
    const at = row & IN_PAGE;
    this.#forgetFacts(row);
    this.size += state.size - (page.size[at] ?? 0);
    page.size[at] = state.size;
    page.seq[at] = state.seq;
    page.segment[at] = state.at[0];
    page.offset[at] = state.at[1];
    page.created[at] = state.created;
    page.modified[at] = state.modified;
    page.etags.write(state.etag, at * ETAG, ETAG, 'latin1');
    this.#setRare(row, state);
    if (state.facts) this.#learn(row, name, state.facts);
  }

  /** Makes room for so many members at once. */
  reserve(count: number): void {
    this.#names.reserve(count);
  }

  /**
   * Stores a member as it was saved; its facts are unknown.
   * @param i which one.
   * @param start where its name begins.
   */
  restore(saved: SavedColumns, i: number, start: number, rare: Rare): void {
    const known = this.#names.count;
    const row = this.#names.take(saved.names, start, saved.spellings[i] ?? 0);
    if (this.#names.count > known) this.#makeRoom(row);
    else this.#forgetFacts(row);
    const page = this.#page(row);
    const at = row & IN_PAGE;
    const size = saved.size[i] ?? 0;
    this.size += size - (page.size[at] ?? 0);
    page.size[at] = size;
    page.seq[at] = saved.seq[i] ?? 0;
    page.segment[at] = saved.segment[i] ?? 0;
    page.offset[at] = saved.offset[i] ?? 0;
    page.created[at] = saved.created[i] ?? 0;
    page.modified[at] = saved.modified[i] ?? 0;
    page.print[at] = saved.print[i] ?? 0;
    saved.etags.copy(page.etags, at * ETAG, i * ETAG, (i + 1) * ETAG);
    this.#setRare(row, rare);
  }

  setPrint(name: string, print: number): void {
    const row = this.rowOf(name);
    if (row !== undefined) this.#page(row).print[row & IN_PAGE] = print;
  }

  /** The bytes are found elsewhere from now on. */
  setPlace(name: string, [segment, offset]: Place): void {
    const row = this.rowOf(name);
    if (row === undefined) return;
    const page = this.#page(row);
    page.segment[row & IN_PAGE] = segment;
    page.offset[row & IN_PAGE] = offset;
  }

  /** Facts of a member's bytes; ignored if it has others by now. */
  setFacts(name: string, etag: string, facts: Facts): void {
    const row = this.rowOf(name);
    if (row === undefined || this.#page(row).etag(row & IN_PAGE) !== etag) return;
    this.#forgetFacts(row);
    this.#learn(row, name, facts);
  }

  remove(name: string): void {
    const row = this.rowOf(name);
    if (row === undefined) return;
    this.#forgetFacts(row);
    this.unknown--;
    const page = this.#page(row);
    const at = row & IN_PAGE;
    this.size -= page.size[at] ?? 0;
    page.size[at] = 0;
    page.seq[at] = 0;
    page.print[at] = 0;
    this.#forgetFile(row);
    this.#rare.delete(row);
    this.#names.remove(row);
  }

  #take(name: string): number {
    const row = this.#names.add(name);
    this.#makeRoom(row);
    return row;
  }

  /** Of a row that was just taken. */
  #makeRoom(row: number): void {
    const index = row >>> PAGE_BITS;
    const page = this.#pages[index];
    if (!page) this.#pages.push(new Columns(index === 0 ? 8 : PAGE));
    else if ((row & IN_PAGE) >= page.rows) this.#pages[index] = page.widened(Math.min(PAGE, page.rows * 2));
    this.unknown++;
  }

  #setRare(row: number, { properties, file }: Rare): void {
    this.#forgetFile(row);
    if (file !== undefined) this.#byFile.set(file, row);
    if (properties || file !== undefined)
      this.#rare.set(row, { ...(properties && { properties }), ...(file !== undefined && { file }) });
    else if (this.#rare.size > 0) this.#rare.delete(row);
  }

  #learn(row: number, name: string, { uid, component, start, end, recurring }: Facts): void {
    const named = uid !== null && uid + this.#ending === name;
    this.#setFacts(row, component, start, end, recurring, named, named ? null : uid);
  }

  /** @param named the UID is told by the name. @param uid what is not. */
  #setFacts(
    row: number,
    component: string,
    start: number,
    end: number,
    recurring: boolean,
    named: boolean,
    uid: string | null,
  ): void {
    this.unknown--;
    if (uid !== null) {
      this.#uids.set(row, uid);
      if (!this.#byUid.has(uid)) this.#byUid.set(uid, row);
    }
    const page = this.#page(row);
    const at = row & IN_PAGE;
    page.flags[at] = KNOWN | (recurring ? RECURRING : 0) | (named ? NAMED_BY_UID : 0);
    page.component[at] = this.#componentNumber(component);
    page.start[at] = start;
    page.end[at] = end;
  }

  #forgetFacts(row: number): void {
    if (!this.#has(row, KNOWN)) return;
    const uid = this.#uids.get(row);
    if (uid !== undefined) {
      this.#uids.delete(row);
      if (this.#byUid.get(uid) === row) this.#byUid.delete(uid);
    }
    this.#page(row).flags[row & IN_PAGE] = 0;
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
      component: this.#components[this.#page(row).component[row & IN_PAGE] ?? 0] ?? '',
      start: this.#page(row).start[row & IN_PAGE] ?? 0,
      end: this.#page(row).end[row & IN_PAGE] ?? 0,
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

  #page(row: number): Columns {
    return this.#pages[row >>> PAGE_BITS] as Columns;
  }

  #has(row: number, flag: number): boolean {
    return ((this.#page(row).flags[row & IN_PAGE] ?? 0) & flag) !== 0;
  }
}
