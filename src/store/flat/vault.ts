import type { Disk, OpenFile } from './disk.ts';
import type { Place } from './entries.ts';
import { errorCode, StoreError } from './error.ts';
import { segmentFile } from './journal.ts';
import { Recent } from './recent.ts';
import { etagOfAny } from './record.ts';

/** Bytes that stood somewhere, and may be gone. */
export interface Lost {
  readonly etag: string;
  readonly size: number;
  readonly at: Place;
}

/** What is to be read. */
export interface Wanted extends Lost {
  /** Path of the object's own file, where the bytes should stand too. Seldom asked for: the journal has nearly everything. */
  readonly file: () => string;
}

const RECENT = 16 * 1024 * 1024;
const OPEN_FILES = 32;
const PARALLEL = 4;
/** One read of the disk takes what lies together: gaps up to this are read and thrown away. */
const GAP = 16 * 1024;
const RUN = 1024 * 1024;

/** Reads of base files, where old versions are kept compressed; see base.ts. */
export type ReadBase = (place: Place, etag: string) => Promise<Uint8Array | undefined>;

interface OpenSegment {
  readonly file: Promise<OpenFile | undefined>;
  readers: number;
  /** To be closed when nobody reads any more. */
  dropped: boolean;
}

/**
 * Gives the bytes of objects: from memory, the journal (one read, and never an edit nobody has looked at yet), or their
 * own file. Nothing leaves it that doesn't match its etag.
 */
export class Vault {
  readonly #disk: Disk;
  readonly #journalFolder: string;
  readonly #readBase: ReadBase;
  readonly #recent = new Recent(RECENT);
  readonly #open = new Map<number, OpenSegment>();
  #reading = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #ongoing = new Set<Promise<unknown>>();

  constructor(disk: Disk, journalFolder: string, readBase: ReadBase) {
    this.#disk = disk;
    this.#journalFolder = journalFolder;
    this.#readBase = readBase;
  }

  /** Bytes that were just written. */
  keep(etag: string, bytes: Uint8Array): void {
    this.#recent.put(etag, bytes);
  }

  /**
   * Bytes for work that goes through many objects: they are not kept in memory, where they would drive out what clients
   * ask for, and be garbage that is seen late.
   * @throws StoreError 'damaged' where neither journal nor file has them; the system's error where that can't be told.
   */
  read(wanted: Wanted): Promise<Uint8Array> {
    return this.#track(this.#read(wanted));
  }

  /**
   * Bytes in the order asked, for a client; what lies together in the journal is read together.
   * @throws StoreError 'damaged'
   */
  readAll(wanted: readonly Wanted[]): Promise<readonly Uint8Array[]> {
    return this.#track(this.#readAll(wanted));
  }

  /** The bytes at their place in the journal area, read anew; undefined where they aren't there. */
  stored(wanted: Lost): Promise<Uint8Array | undefined> {
    return this.#track(this.#fromJournal(wanted));
  }

  /** Resolves when whatever is being read now has been. */
  async passed(): Promise<void> {
    await Promise.allSettled([...this.#ongoing]);
  }

  async #track<T>(reading: Promise<T>): Promise<T> {
    this.#ongoing.add(reading);
    try {
      return await reading;
    } finally {
      this.#ongoing.delete(reading);
    }
  }

  async #read(wanted: Wanted): Promise<Uint8Array> {
    const recent = this.#recent.get(wanted.etag);
    if (recent) return recent;
    let failure: unknown;
    const note = (error: unknown) => {
      failure ??= error;
      return unreadable(error);
    };
    const bytes = (await this.#fromJournal(wanted).catch(note)) ?? (await this.#fromFile(wanted).catch(note));
    if (!bytes) throw failure ?? missing(wanted);
    return bytes;
  }

  async #readAll(wanted: readonly Wanted[]): Promise<readonly Uint8Array[]> {
    const recent = wanted.map(({ etag }) => this.#recent.get(etag));
    if (recent.every((bytes) => bytes !== undefined)) return recent;
    const [only] = wanted;
    if (only && wanted.length === 1) return [await this.#readKept(only)];
    const found = await this.#fromRuns(wanted.filter((_, i) => !recent[i]));
    return Promise.all(wanted.map((one, i) => recent[i] ?? found.get(one.etag) ?? this.#readKept(one)));
  }

  async #readKept(wanted: Wanted): Promise<Uint8Array> {
    const bytes = await this.#read(wanted);
    this.#recent.put(wanted.etag, bytes);
    return bytes;
  }

  /** As `readAll`; undefined where they can't be found. */
  find(wanted: readonly Lost[]): Promise<(Uint8Array | undefined)[]> {
    return this.#track(this.#find(wanted));
  }

  async #find(wanted: readonly Lost[]): Promise<(Uint8Array | undefined)[]> {
    const recent = wanted.map(({ etag }) => this.#recent.get(etag));
    const found = await this.#fromRuns(wanted.filter((_, i) => !recent[i]));
    return Promise.all(
      wanted.map((one, i) => recent[i] ?? found.get(one.etag) ?? this.#fromJournal(one).catch(unreadable)),
    );
  }

  /** What could be read together, by etag. */
  async #fromRuns(wanted: readonly Lost[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    await Promise.all(runsOf(wanted).map((run) => this.#readRun(run, found)));
    return found;
  }

  /** The segment is deleted: who reads from it reads on, and then its file is closed. */
  async forget(segment: number): Promise<void> {
    const open = this.#open.get(segment);
    if (!open) return;
    this.#open.delete(segment);
    open.dropped = true;
    if (open.readers === 0) await (await open.file)?.close();
  }

  async close(): Promise<void> {
    for (const segment of [...this.#open.keys()]) await this.forget(segment);
  }

  async #readRun(run: readonly Lost[], found: Map<string, Uint8Array>): Promise<void> {
    const first = run[0];
    const last = run.at(-1);
    if (!first || !last || first.at[0] < 0) return;
    const start = first.at[1];
    const length = last.at[1] + last.size - start;
    const octets = await this.#segment(first.at[0], start, length).catch(unreadable);
    if (!octets) return;
    for (const { at, size, etag } of run) {
      const bytes = octets.subarray(at[1] - start, at[1] - start + size);
      if (await matches(bytes, etag)) found.set(etag, bytes);
    }
  }

  async #fromJournal({ at, size, etag }: Lost): Promise<Uint8Array | undefined> {
    const bytes = await (at[0] < 0 ? this.#readBase(at, etag) : this.#segment(at[0], at[1], size));
    return bytes && (await matches(bytes, etag)) ? bytes : undefined;
  }

  async #fromFile({ file, etag }: Wanted): Promise<Uint8Array | undefined> {
    const bytes = await this.#disk.readFile(file());
    return bytes && (await matches(bytes, etag)) ? bytes : undefined;
  }

  async #segment(segment: number, position: number, length: number): Promise<Uint8Array | undefined> {
    const open = this.#opened(segment);
    open.readers++;
    await this.#turn();
    try {
      return await (await open.file)?.read(position, length);
    } finally {
      open.readers--;
      if (open.dropped && open.readers === 0) open.file.then((file) => file?.close()).catch(() => undefined);
      this.#reading--;
      this.#waiting.shift()?.();
    }
  }

  /** Waits until fewer than PARALLEL reads are under way: the journal's writes need a thread of the same pool. */
  async #turn(): Promise<void> {
    while (this.#reading >= PARALLEL) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#reading++;
  }

  #opened(segment: number): OpenSegment {
    const known = this.#open.get(segment);
    if (known) {
      this.#open.delete(segment);
      this.#open.set(segment, known);
      return known;
    }
    const file = this.#disk.open(segmentFile(this.#journalFolder, segment), 'read');
    const fresh: OpenSegment = { file, readers: 0, dropped: false };
    this.#open.set(segment, fresh);
    file.catch(() => this.#open.delete(segment));
    for (const [oldest, open] of this.#open) {
      if (this.#open.size <= OPEN_FILES) break;
      if (open.readers === 0 && open !== fresh) this.forget(oldest).catch(() => undefined);
    }
    return fresh;
  }
}

/** What the disk can't read may stand elsewhere; anything else (too many open files) is no damage, and is thrown. */
function unreadable(error: unknown): undefined {
  if (!['EIO', 'EISDIR', 'EACCES', 'EUCLEAN', 'EBADMSG'].includes(errorCode(error))) throw error;
  return undefined;
}

async function matches(bytes: Uint8Array, etag: string): Promise<boolean> {
  const own = etagOfAny(bytes);
  return (typeof own === 'string' ? own : await own) === etag;
}

function missing({ file }: Wanted): StoreError {
  return new StoreError(
    'damaged',
    `reading "${file()}": neither the file nor the journal has the bytes that were stored; restore the file from a backup`,
  );
}

/** Cuts what is wanted into stretches of a segment that are read at once. */
function runsOf(wanted: readonly Lost[]): Lost[][] {
  const sorted = [...wanted].sort((a, b) => a.at[0] - b.at[0] || a.at[1] - b.at[1]);
  const runs: Lost[][] = [];
  let run: Lost[] = [];
  let start = 0;
  let end = 0;
  let segment = 0;
  for (const one of sorted) {
    const [own, offset] = one.at;
    const near = own === segment && own > 0 && offset - end <= GAP && offset + one.size - start <= RUN;
    if (!near) {
      run = [];
      runs.push(run);
      segment = own;
      start = offset;
      end = offset;
    }
    run.push(one);
    end = Math.max(end, offset + one.size);
  }
  return runs;
}
