/** Rows that lie together in memory. */
export const PAGE_BITS = 12;
export const PAGE = 1 << PAGE_BITS;
/** Octets of an etag. */
export const ETAG = 22;
/** Octets of a row: five numbers of 53 bits, four of 32, the etag, two of 8. */
const ROW = 5 * 8 + 4 * 4 + ETAG + 2;

/** The columns that are saved, of members whose names stand in the same order one after the other in `names`. */
export interface SavedColumns
  extends Pick<Columns, 'created' | 'modified' | 'print' | 'seq' | 'size' | 'segment' | 'offset' | 'etags'> {
  readonly names: Buffer;
  /** How long each name is; see name-octets.ts. */
  readonly spellings: Uint32Array;
}

/**
 * What is the same for all members, in columns for neighbouring rows. They lie in one piece of memory, large enough that
 * the system gives it apart from what comes and goes.
 */
export class Columns {
  readonly rows: number;
  /** ms since 1970 UTC, as is `modified`. */
  readonly created: Float64Array;
  readonly modified: Float64Array;
  /** Bounds of all occurrences. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Of the file as this store left it, 0 if unknown. */
  readonly print: Float64Array;
  /** 0 for a row without a member. */
  readonly seq: Uint32Array;
  readonly size: Uint32Array;
  /** Negative in a base file. */
  readonly segment: Int32Array;
  readonly offset: Uint32Array;
  readonly etags: Buffer;
  readonly flags: Uint8Array;
  readonly component: Uint8Array;

  /** @param rows a multiple of eight, so that each column begins where its numbers may. */
  constructor(rows: number) {
    const memory = new ArrayBuffer(rows * ROW);
    let at = 0;
    const next = (octets: number) => {
      at += rows * octets;
      return at - rows * octets;
    };
    this.rows = rows;
    this.created = new Float64Array(memory, next(8), rows);
    this.modified = new Float64Array(memory, next(8), rows);
    this.start = new Float64Array(memory, next(8), rows);
    this.end = new Float64Array(memory, next(8), rows);
    this.print = new Float64Array(memory, next(8), rows);
    this.seq = new Uint32Array(memory, next(4), rows);
    this.size = new Uint32Array(memory, next(4), rows);
    this.segment = new Int32Array(memory, next(4), rows);
    this.offset = new Uint32Array(memory, next(4), rows);
    this.etags = Buffer.from(memory, next(ETAG), rows * ETAG);
    this.flags = new Uint8Array(memory, next(1), rows);
    this.component = new Uint8Array(memory, next(1), rows);
  }

  /** With more rows. */
  widened(rows: number): Columns {
    const wider = new Columns(rows);
    wider.created.set(this.created);
    wider.modified.set(this.modified);
    wider.start.set(this.start);
    wider.end.set(this.end);
    wider.print.set(this.print);
    wider.seq.set(this.seq);
    wider.size.set(this.size);
    wider.segment.set(this.segment);
    wider.offset.set(this.offset);
    wider.etags.set(this.etags);
    wider.flags.set(this.flags);
    wider.component.set(this.component);
    return wider;
  }

  etag(at: number): string {
    return this.etags.toString('latin1', at * ETAG, (at + 1) * ETAG);
  }
}
