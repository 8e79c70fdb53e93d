import { Slices } from '../../slices.ts';
import type { Disk, OpenFile } from './disk.ts';
import type { CommitRecord, Place } from './entries.ts';
import { segmentFile } from './journal.ts';
import type { PastReader } from './past.ts';
import { decodeHead, decodeJson, LONGEST_HEAD, type RecordHead } from './record.ts';
import { segmentNumbers, segmentTime } from './recover.ts';
import type { History } from './state-index.ts';
import type { Lost, Vault } from './vault.ts';

/** A commit as it stands in the journal area. */
export interface PastRecord {
  readonly record: CommitRecord;
  readonly segment: number;
  /** Offset of the body; with the segment it names the record for ever. */
  readonly body: number;
}

/** Which records are asked for; a cheap look at their JSON, which may let through more. */
export type MayConcern = (json: Buffer) => boolean;

export interface PastRecordsParts {
  readonly disk: Disk;
  /** Of the journal. */
  readonly folder: string;
  readonly vault: Vault;
  readonly pasts: PastReader;
  /** Up to where the journal is durable. */
  readonly durable: () => Place;
  /** What the journal area is made of now. */
  readonly history: () => History;
}

/** One read of the disk. */
const WINDOW = 1024 * 1024;
/** Records that are decoded together. */
const PAGE = 200;

/**
 * Where the past is read: what records a segment has, and what bytes stand at a place. Everything about how old segments
 * are kept is behind it. Memory is bounded by a window of a segment, whatever the history's size.
 */
export class PastRecords {
  readonly #parts: PastRecordsParts;

  constructor(parts: PastRecordsParts) {
    this.#parts = parts;
  }

  /** Segments whose records can be read, newest first. */
  async segments(): Promise<readonly number[]> {
    const { disk, folder, pasts, history } = this.#parts;
    const { first } = history();
    const whole = (await segmentNumbers(disk, folder)).filter((segment) => segment >= first);
    const left = (await pasts.sources()).filter((source) => source > 0 && source < first);
    return [...left.sort((a, b) => a - b), ...whole].reverse();
  }

  /** When a segment was begun, ms since 1970 UTC: nothing in it is older; undefined where it can't be read. */
  async begun(segment: number): Promise<number | undefined> {
    const { disk, folder, pasts } = this.#parts;
    return this.#hasLeft(segment) ? (await pasts.index(segment))?.begun : segmentTime(disk, folder, segment);
  }

  /** Records of a segment, newest first, in pages. Ends where it is damaged. */
  async *records(
    segment: number,
    mayConcern: MayConcern = () => true,
  ): AsyncGenerator<readonly PastRecord[]> {
    if (this.#hasLeft(segment)) {
      yield* this.#remembered(segment, mayConcern);
      return;
    }
    const open = await this.#open(segment);
    if (!open) return;
    try {
      const heads = await this.#heads(open, segment);
      for (let end = heads.length; end > 0; end -= PAGE) {
        const page = heads.slice(Math.max(0, end - PAGE), end);
        const found = await decoded(open, segment, page, mayConcern);
        if (found.length > 0) yield found.reverse();
      }
    } finally {
      await open.close();
    }
  }

  /** The record whose body begins there. */
  async record(segment: number, body: number): Promise<PastRecord | undefined> {
    if (this.#hasLeft(segment)) {
      const commit = await this.#parts.pasts.commit([segment, body]);
      return commit && { ...commit, segment };
    }
    const open = await this.#open(segment);
    if (!open) return undefined;
    try {
      const head = (await this.#heads(open, segment)).find((one) => one.body === body);
      return head && (await decoded(open, segment, [head], () => true))[0];
    } finally {
      await open.close();
    }
  }

  /** Whether bytes of a place can still be had. */
  async keeps(place: Place, etag: string): Promise<boolean> {
    return this.stays(place) || this.#parts.pasts.has(place, etag);
  }

  /**
   * Whether bytes stay at this place for as long as a member says that they are there. The retention looks for such
   * members after whatever was planned with this answer.
   */
  stays([segment]: Place): boolean {
    const { first, bases } = this.#parts.history();
    return segment > 0 ? segment >= first : bases.some(({ base }) => base === -segment);
  }

  /** Bytes in the order asked, undefined where they are no longer kept. */
  async bytes(wanted: readonly Lost[]): Promise<(Uint8Array | undefined)[]> {
    const { vault, pasts } = this.#parts;
    const found = await vault.find(wanted);
    return Promise.all(
      found.map((bytes, i) => bytes ?? (wanted[i] && pasts.read(wanted[i].at, wanted[i].etag))),
    );
  }

  /** Nothing was committed before what is told of it. */
  async isFirst(segment: number): Promise<boolean> {
    if (!this.#hasLeft(segment)) return segment <= 1;
    return (await this.#parts.pasts.index(segment))?.begun === 0;
  }

  /** It is remembered, if at all. */
  #hasLeft(segment: number): boolean {
    return segment < this.#parts.history().first;
  }

  async *#remembered(segment: number, mayConcern: MayConcern): AsyncGenerator<readonly PastRecord[]> {
    let page: PastRecord[] = [];
    for await (const entry of this.#parts.pasts.entries(segment)) {
      if (!('record' in entry) || !mayConcern(Buffer.from(JSON.stringify(entry.record)))) continue;
      page.push({ ...entry, segment });
      if (page.length < PAGE) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  async #open(segment: number): Promise<OpenFile | undefined> {
    const { disk, folder } = this.#parts;
    return disk.open(segmentFile(folder, segment), 'read');
  }

  /** Heads of all commits of a segment, oldest first. */
  async #heads(file: OpenFile, segment: number): Promise<RecordHead[]> {
    const [last, durable] = this.#parts.durable();
    const end = segment < last ? await file.size() : segment === last ? durable : 0;
    const heads: RecordHead[] = [];
    const slices = new Slices();
    let window = Buffer.alloc(0);
    let start = 0;
    for (let at = 0; at < end; ) {
      if (at + LONGEST_HEAD > start + window.length) {
        window = Buffer.from(await file.read(at, Math.min(WINDOW, end - at)));
        start = at;
      }
      const head = decodeHead(window, at - start);
      if (!head || start + head.end > end) break;
      // The first record of a segment is no commit.
      if (at > 0) heads.push(shifted(head, start));
      at = start + head.end;
      if (slices.over) await slices.pause();
    }
    return heads;
  }
}

function shifted(head: RecordHead, by: number): RecordHead {
  const { start, json, body, end } = head;
  return { ...head, start: start + by, json: json + by, body: body + by, end: end + by };
}

/** Decodes records that follow one another; what lies together is read together. */
async function decoded(
  file: OpenFile,
  segment: number,
  heads: readonly RecordHead[],
  mayConcern: MayConcern,
): Promise<PastRecord[]> {
  const records: PastRecord[] = [];
  const slices = new Slices();
  let window = Buffer.alloc(0);
  let start = 0;
  const last = heads.at(-1)?.body ?? 0;
  for (const head of heads) {
    if (head.body > start + window.length) {
      const length = Math.max(head.body - head.start, Math.min(WINDOW, last - head.start));
      window = Buffer.from(await file.read(head.start, length));
      start = head.start;
    }
    const own = shifted(head, -start);
    if (mayConcern(window.subarray(own.json, own.body - 1))) {
      const raw = decodeJson(window, own);
      if (raw) records.push({ record: raw.value as CommitRecord, segment, body: head.body });
    }
    if (slices.over) await slices.pause();
  }
  return records;
}
