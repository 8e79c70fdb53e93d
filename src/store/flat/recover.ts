import path from 'node:path';
import type { Spot } from './catalog.ts';
import type { Disk } from './disk.ts';
import type { CommitRecord, Place, SegmentRecord } from './entries.ts';
import { StoreError } from './error.ts';
import { type Position, segmentFile, segmentOf, withoutRoom } from './journal.ts';
import { decodeRecord, etagOf, NO_SUM, type RawRecord, recordStarts, recordsFrom } from './record.ts';

/** Octets that the first record of a segment has at most. */
const LONGEST_FIRST = 1024;

/** Where the journal goes on after a replay. */
export interface JournalEnd {
  readonly position: Position;
  /** Of the last segment; absent where there is none. */
  readonly last?: { readonly tag: string; readonly time: number };
  /** Octets of a write that was never acknowledged and is cut off now. */
  readonly cut: number;
  /** Segments in which bytes of objects have changed since they were safe. What happened is known all the same. */
  readonly rotten: readonly string[];
}

interface Segment {
  readonly number: number;
  readonly file: string;
  /** Without its room. */
  readonly octets: Buffer;
  /** Octets of zeros behind them. */
  readonly room: number;
}

/**
 * Reads the journal from a position on and cuts off what a crash left half written.
 *
 * @param from undefined: from the first segment on that counts.
 * @param first number of that segment.
 * @param durable up to where a checkpoint saw it safe.
 * @param take called for each commit, in order.
 * @param begin called before each segment with how many were read, of how many.
 * @throws StoreError 'damaged' where something that was durable can't be read.
 */
export async function replayJournal(
  disk: Disk,
  folder: string,
  from: Position | undefined,
  first: number,
  durable: Place,
  take: (record: CommitRecord, spot: Spot) => void,
  begin: (done: number, of: number) => void = () => undefined,
): Promise<JournalEnd> {
  const all = await segmentNumbers(disk, folder);
  const numbers = all.filter((number) => number >= (from?.segment ?? first));
  let position: Position = from ?? { segment: (numbers[0] ?? 1) - 1, offset: 0, sum: NO_SUM };
  let last: { tag: string; time: number } | undefined;
  let cut = 0;
  const rotten: string[] = [];
  let safe = durable;
  let tail: { segment: Segment; end: number } | undefined;
  const chained = from && from.segment > 0;
  if (chained && numbers[0] !== from.segment) throw lost(segmentFile(folder, from.segment), 'it is gone');

  for (const [done, number] of numbers.entries()) {
    begin(done, numbers.length);
    if (number > position.segment + 1) throw lost(segmentFile(folder, position.segment + 1), 'it is gone');
    const file = segmentFile(folder, number);
    const segment = { number, file, ...(await octetsOf(disk, file)) };
    const known = chained || last !== undefined;
    const next = numbers.includes(number + 1) ? await firstClaim(disk, folder, number + 1) : durable;
    const claim = before(next, durable) ? durable : next;
    const read = readSegment(segment, number === position.segment ? position : undefined, claim, take);
    if (read?.rotten) rotten.push(file);
    if (read && known && number > position.segment && read.previous !== position.sum) {
      throw lost(segmentFile(folder, position.segment), 'its end is gone');
    }
    const end = read?.end ?? 0;
    if (end > segment.octets.length) throw lost(file, 'its end is gone');
    if (end < segment.octets.length || end === 0) {
      await requireTorn(disk, folder, segment, end, read?.tag, numbers);
      if (before([number, end], durable)) throw lost(file, `octet ${end} on is damaged`);
      await cutOff(disk, folder, segment, end);
      cut += segment.octets.length - end;
    } else if (segment.room > 0) {
      if (before([number, end], next)) throw lost(file, `octet ${end} on is damaged`);
      await cutOff(disk, folder, segment, end);
    }
    if (!read) break;
    position = { segment: number, offset: end, sum: read.sum };
    last = { tag: read.tag, time: read.time };
    if (before(safe, read.durable)) safe = read.durable;
    tail = { segment, end };
  }
  if (tail && before(safe, [tail.segment.number, tail.end])) await makeSafe(disk, folder, tail, safe);
  if (before([position.segment, position.offset], durable)) {
    throw lost(segmentFile(folder, position.segment), 'its end is gone');
  }
  return { position, ...(last && { last }), cut, rotten };
}

/** None where it is gone. Not copied: a segment is large. */
async function octetsOf(disk: Disk, file: string): Promise<Pick<Segment, 'octets' | 'room'>> {
  const { buffer, byteOffset, length } = (await disk.readFile(file)) ?? new Uint8Array(0);
  const all = Buffer.from(buffer, byteOffset, length);
  const octets = withoutRoom(all);
  return { octets, room: all.length - octets.length };
}

function before(a: Place, b: Place): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

/** When a segment was begun, ms since 1970 UTC; undefined where it can't be read. */
export async function segmentTime(disk: Disk, folder: string, segment: number): Promise<number | undefined> {
  const file = await disk.open(segmentFile(folder, segment), 'read');
  if (!file) return undefined;
  try {
    const first = decodeRecord(Buffer.from(await file.read(0, LONGEST_FIRST)), 0);
    return first && (first.value as SegmentRecord).time;
  } finally {
    await file.close();
  }
}

/** What the first record of a segment says was on the disk. */
async function firstClaim(disk: Disk, folder: string, segment: number): Promise<Place> {
  const file = await disk.open(segmentFile(folder, segment), 'read');
  try {
    const first = decodeRecord(Buffer.from((await file?.read(0, LONGEST_FIRST)) ?? []), 0);
    return first ? durableOf(first) : [0, 0];
  } finally {
    await file?.close();
  }
}

/** Of all segments in the folder, in order. */
export async function segmentNumbers(disk: Disk, folder: string): Promise<number[]> {
  const files = (await disk.readdir(folder)) ?? [];
  return files.flatMap(({ name }) => segmentOf(name) ?? []).sort((a, b) => a - b);
}

interface SegmentRead {
  /** Octets that are valid. */
  readonly end: number;
  readonly sum: string;
  /** Sum before its first record. */
  readonly previous: string;
  readonly tag: string;
  readonly time: number;
  /** Up to where its last record says that everything was on the disk. */
  readonly durable: Place;
  /** Bytes of objects in it have changed. */
  readonly rotten: boolean;
}

/**
 * @param claim up to where something outside of the segment says that everything was on the disk.
 * @returns undefined where not even the first record is whole.
 */
function readSegment(
  { number, octets }: Segment,
  begin: Position | undefined,
  claim: Place,
  take: (record: CommitRecord, spot: Spot) => void,
): SegmentRead | undefined {
  const first = decodeRecord(octets, 0);
  if (!first) return undefined;
  const { tag, previous } = first;
  const { time } = first.value as SegmentRecord;
  let end = begin?.offset ?? first.end;
  let sum = begin?.sum ?? first.sum;
  let durable = durableOf(first);
  let rotten = false;
  const raws = [...recordsFrom(octets, end, { tag, sum })];
  for (const [i, raw] of raws.entries()) {
    if (!bodyHolds(octets, raw)) {
      // A torn tail, unless it was safe once: then an object has lost its bytes here, and nothing else is wrong.
      const claims = [claim, ...raws.slice(i + 1).map(durableOf)];
      if (claims.every((place) => before(place, [number, raw.end]))) break;
      rotten = true;
    }
    const record = raw.value as CommitRecord;
    take(record, { time: record.time, segment: number, body: raw.body });
    end = raw.end;
    sum = raw.sum;
    durable = durableOf(raw);
  }
  return { end, sum, previous, tag, time, durable, rotten };
}

/** The pieces of a body are what the JSON says they are. */
function bodyHolds(octets: Buffer, raw: RawRecord): boolean {
  let size = 0;
  for (const entry of (raw.value as CommitRecord).changes) {
    if ((entry.set !== 'member' && entry.set !== 'found') || typeof entry.at !== 'number') continue;
    if (entry.at < size) continue;
    const start = raw.body + entry.at;
    if (etagOf(octets.subarray(start, start + entry.size)) !== entry.etag) return false;
    size = entry.at + entry.size;
  }
  return size === raw.length;
}

/** @throws StoreError where a later record says that what can't be read was safely on the disk. */
async function requireTorn(
  disk: Disk,
  folder: string,
  { number, file, octets }: Segment,
  end: number,
  tag: string | undefined,
  numbers: readonly number[],
): Promise<void> {
  for (const start of recordStarts(octets, tag, end + 1)) {
    const later = decodeRecord(octets, start);
    if (later && before([number, end], durableOf(later))) throw lost(file, `octet ${end} on is damaged`);
  }
  for (const later of numbers) {
    if (later <= number) continue;
    const next = Buffer.from((await disk.readFile(segmentFile(folder, later))) ?? []);
    if (decodeRecord(next, 0)) throw lost(file, `octet ${end} on is damaged`);
  }
}

/** What a record claims; nothing where an object only looks like a record. */
function durableOf(raw: RawRecord): Place {
  const claim = (raw.value as Partial<CommitRecord> | undefined)?.durable;
  return Array.isArray(claim) ? [Number(claim[0]), Number(claim[1])] : [0, 0];
}

/**
 * What was read may stand in memory alone: its writer died before the disk had it, or the disk failed and has forgotten.
 * It is written again before anybody builds on it.
 */
async function makeSafe(
  disk: Disk,
  folder: string,
  { segment, end }: { segment: Segment; end: number },
  [safe, offset]: Place,
): Promise<void> {
  const start = safe === segment.number ? offset : 0;
  const open = await disk.open(segment.file, 'durable');
  try {
    await open?.write([segment.octets.subarray(start, end)], start);
  } finally {
    await open?.close();
  }
  await disk.syncFolder(folder);
}

async function cutOff(disk: Disk, folder: string, { file }: Segment, end: number): Promise<void> {
  if (end === 0) {
    await disk.unlink(file);
    await disk.syncFolder(folder);
    return;
  }
  const open = await disk.open(file, 'durable');
  try {
    await open?.truncate(end);
    await open?.sync();
  } finally {
    await open?.close();
  }
}

function lost(file: string, what: string): StoreError {
  return new StoreError(
    'damaged',
    `reading the journal "${file}": ${what}, though it was written safely; restore the data folder from a backup, or move ` +
      `${path.dirname(file)} and the folder state beside it away to start again from files/ alone`,
  );
}
