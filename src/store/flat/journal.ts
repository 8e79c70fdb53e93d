import path from 'node:path';
import type { Spot } from './catalog.ts';
import type { Disk, OpenFile } from './disk.ts';
import type { Place, SegmentRecord } from './entries.ts';
import { errorCode } from './error.ts';
import { encodeHead } from './record.ts';

/** Where the journal goes on: after the last record of a segment. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
  /** Sum of the last record. */
  readonly sum: string;
}

export type WriteFailureKind =
  /** What was written is cut off again; a later write may succeed. */
  | 'full'
  /** The same, and it has nothing to do with room on the disk. */
  | 'passing'
  /** Nobody knows what is on the disk. */
  | 'broken';

/** The journal could not take a batch. */
export class WriteFailure extends Error {
  override readonly name = 'WriteFailure';
  readonly kind: WriteFailureKind;

  constructor(kind: WriteFailureKind, cause: unknown) {
    super(`the journal can't be written: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.kind = kind;
  }
}

/** The disk took nothing or only a part, and says so: there is no doubt about what was durable before. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const PASSING = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

export function isFull(error: unknown): boolean {
  return FULL.has(errorCode(error));
}

function failureOf(error: unknown): WriteFailure {
  if (error instanceof WriteFailure) return error;
  if (isFull(error)) return new WriteFailure('full', error);
  return new WriteFailure(PASSING.has(errorCode(error)) ? 'passing' : 'broken', error);
}

export const SEGMENT_SIZE = 16 * 1024 * 1024;
/** Octets of room that are made at once: written in a moment, and enough for a hundred usual commits. */
const ROOM = 256 * 1024;
const DAY = 24 * 60 * 60 * 1000;
const NEWLINE = Buffer.from('\n');

export function segmentFile(folder: string, segment: number): string {
  return path.join(folder, `${String(segment).padStart(8, '0')}.journal`);
}

/** Number of the segment a file is, undefined if it is none. */
export function segmentOf(file: string): number | undefined {
  const match = /^(\d{8,10})\.journal$/.exec(file);
  return match ? Number(match[1]) : undefined;
}

/** A segment up to the end of its last record, which is a newline: without its room, see `Journal`. */
export function withoutRoom(segment: Buffer): Buffer {
  let end = segment.length;
  while (end > 0 && segment[end - 1] === 0) end--;
  return segment.subarray(0, end);
}

/** Records that go to the disk together. */
export class Batch {
  readonly segment: number;
  readonly start: number;
  readonly chunks: Uint8Array[] = [];
  end: number;
  sum: string;
  readonly #tag: string;

  constructor(position: Position, tag: string) {
    this.segment = position.segment;
    this.start = position.offset;
    this.end = position.offset;
    this.sum = position.sum;
    this.#tag = tag;
  }

  /** Adds a record; tells where its body will stand. @param size octets of the bodies. */
  add(value: object, bodies: readonly Uint8Array[], size: number): Omit<Spot, 'time'> {
    const head = encodeHead(this.#tag, this.sum, JSON.stringify(value), size);
    const body = this.end + head.bytes.length;
    this.chunks.push(head.bytes, ...bodies, NEWLINE);
    this.end = body + size + 1;
    this.sum = head.sum;
    return { segment: this.segment, body };
  }
}

/**
 * The end of the journal, where records are added. One batch at a time.
 *
 * A segment has room ahead, which is filled with zeros: a write there changes neither the file's size nor where it lies,
 * so that the disk has to take the records alone, and not what the file system notes about the file. A write that goes
 * beyond the room makes more of it. A segment that is left gives up its room, but nobody relies on that.
 */
export class Journal {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #store: string;
  readonly #newTag: () => string;
  #position: Position;
  #file: OpenFile | undefined;
  #tag = '';
  #turned = 0;
  /** Octets of the open segment, with its room. */
  #filled = 0;
  /** Octets after which a new segment begins. */
  readonly segmentSize: number;

  /**
   * Goes on after the last record, in a new segment. The segment is made when the first batch comes.
   * @param newTag random text; see record.ts.
   */
  constructor(
    disk: Disk,
    folder: string,
    store: string,
    position: Position,
    newTag: () => string,
    segmentSize: number = SEGMENT_SIZE,
  ) {
    this.#disk = disk;
    this.#folder = folder;
    this.#store = store;
    this.#position = position;
    this.#newTag = newTag;
    this.segmentSize = segmentSize;
  }

  /** Everything before it is durable. */
  get position(): Position {
    return this.#position;
  }

  /** Goes on in the segment where the journal ended, instead of in a new one. */
  async resume(tag: string, begun: number): Promise<void> {
    this.#file = await this.#disk.open(segmentFile(this.#folder, this.#position.segment), 'durable');
    this.#tag = tag;
    this.#turned = begun;
    this.#filled = this.#position.offset;
  }

  /** The next batch begins a new segment. */
  expire(): void {
    this.#turned = -Infinity;
  }

  /** Whether the next batch begins a new segment. */
  due(time: number): boolean {
    return !this.#file || this.#position.offset >= this.segmentSize || time - this.#turned >= DAY;
  }

  /**
   * Begins a new segment. It is durable, with its name, before anything in it is acknowledged.
   * @throws WriteFailure where there is no segment to go on in; else the old one grows.
   */
  async turn(time: number): Promise<void> {
    const segment = this.#position.segment + 1;
    try {
      await this.#begin(segment, time);
    } catch (error) {
      const failure = failureOf(error);
      await this.#disk.unlink(segmentFile(this.#folder, segment)).catch(() => undefined);
      if (failure.kind === 'broken' || !this.#file) throw failure;
    }
  }

  async #begin(segment: number, time: number): Promise<void> {
    const file = await this.#disk.open(segmentFile(this.#folder, segment), 'durable');
    if (!file) throw new Error(`the folder ${this.#folder} is gone`);
    const tag = this.#newTag();
    const batch = new Batch({ segment, offset: 0, sum: this.#position.sum }, tag);
    const record: SegmentRecord = { segment, store: this.#store, time, durable: this.durable };
    batch.add(record, [], 0);
    let filled = 0;
    try {
      await file.truncate(0);
      filled = await this.#write(file, batch, 0);
      await this.#disk.syncFolder(this.#folder);
    } catch (error) {
      // Whatever becomes of its name: what is not gone on in must not be taken for what comes after the old segment.
      await this.#cut(file, 0).finally(() => file.close().catch(() => undefined));
      throw error;
    }
    // All that is in it is on the disk.
    await this.close();
    this.#file = file;
    this.#tag = tag;
    this.#turned = time;
    this.#filled = filled;
    this.#position = { segment, offset: batch.end, sum: batch.sum };
  }

  get durable(): Place {
    return [this.#position.segment, this.#position.offset];
  }

  /** An empty batch that goes on where the journal ends. */
  batch(): Batch {
    return new Batch(this.#position, this.#tag);
  }

  /**
   * Makes a batch durable: one write, one wait for the disk.
   * @throws WriteFailure; then nothing of the batch has happened.
   */
  async append(batch: Batch): Promise<void> {
    const file = this.#file;
    if (!file) throw new WriteFailure('broken', new Error('no segment is open'));
    try {
      this.#filled = await this.#write(file, batch, this.#filled);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind !== 'broken') await this.#cut(file, batch.start);
      this.#filled = batch.start;
      throw failure;
    }
    this.#position = { segment: batch.segment, offset: batch.end, sum: batch.sum };
  }

  /**
   * Writes a batch, with new room behind it where it goes beyond what there is.
   * @param filled octets of the file
   * @returns how many there are then
   */
  async #write(file: OpenFile, { chunks, start, end }: Batch, filled: number): Promise<number> {
    if (end <= filled) {
      await file.write(chunks, start);
      return filled;
    }
    const room = Math.min(ROOM, this.segmentSize - end);
    if (room > 0) {
      try {
        await file.write([...chunks, new Uint8Array(room)], start);
        return end + room;
      } catch (error) {
        if (!isFull(error)) throw error;
        await this.#cut(file, start);
      }
    }
    await file.write(chunks, start);
    return end;
  }

  async #cut(file: OpenFile, size: number): Promise<void> {
    try {
      await file.truncate(size);
      await file.sync();
    } catch (error) {
      throw new WriteFailure('broken', error);
    }
  }

  /** Closes the segment, after its last record. Never throws: everything in it is on the disk already. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (!file) return;
    if (this.#filled > this.#position.offset)
      await this.#cut(file, this.#position.offset).catch(() => undefined);
    await file.close().catch(() => undefined);
  }
}
