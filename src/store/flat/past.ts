import path from 'node:path';
import { baseFile } from './base.ts';
import type { Disk } from './disk.ts';
import type { CommitRecord, Place } from './entries.ts';
import { FrameReader, FrameWriter, readFrame } from './frames.ts';
import { segmentFile } from './journal.ts';

/**
 * What is remembered of a segment, or of a base file, that has left: its commits, and of the versions they speak of as
 * many as there is room for, in frames. A frame unpacks to entries: a line of JSON and, of a version, its bytes and a
 * newline. The last frame is an index; the file ends in a line that says where it begins.
 *
 * Nothing is rebuilt from such a file. It answers for the past alone.
 */
const MAGIC = 'davdpast1';
const NEWLINE = Buffer.from('\n');
/** `<magic> <offset of the index>\n` */
const FOOT = MAGIC.length + 1 + 12 + 1;
/** An object that takes up more than this part of a file's versions is listed in its index. */
const BUSY = 1 / 100;

/** A segment's number, or a base file's as a negative one: the first of the two numbers of a place. */
export type Source = number;

/** Bytes that stood under a name. */
export interface PastVersion {
  readonly in: string;
  readonly name: string;
  readonly etag: string;
  readonly size: number;
  /** Where they stood in the source: the second number of their place. */
  readonly offset: number;
  /** ms until the next version, or until the source ended. */
  readonly stood: number;
  /** It still stood when the source ended. */
  readonly last?: true;
}

export interface PastCommit {
  readonly record: CommitRecord;
  /** Where the record's body stood in the source. */
  readonly body: number;
}

export type PastEntry = PastCommit | (PastVersion & { readonly bytes: Uint8Array });

export interface PastIndex {
  readonly source: Source;
  /** ms since 1970 UTC: commits from then on are told; 0: there were none before. */
  readonly begun: number;
  /** ms since 1970 UTC, when the source left: nothing that was committed later speaks of places in it. */
  readonly left: number;
  /** Offset of each frame, and the offsets in the source of the first and last that is in it. */
  readonly frames: readonly (readonly [at: number, first: number, last: number])[];
  /** Objects that take up much of it, with all their versions. */
  readonly busy: readonly BusyObject[];
  /** Octets of the versions, and where they stood in the source, in ascending order. */
  readonly bytes: number;
  readonly offsets: readonly number[];
}

/** What is known of a source before it is read. */
export type PastHead = Pick<PastIndex, 'source' | 'begun' | 'left'>;

export interface BusyObject {
  readonly in: string;
  readonly name: string;
  readonly versions: readonly Pick<PastVersion, 'offset' | 'etag' | 'size' | 'stood'>[];
}

export function pastFile(folder: string, source: Source): string {
  return `${source > 0 ? segmentFile(folder, source) : baseFile(folder, -source)}.past`;
}

/** What a file remembers, undefined if it is none of these. */
export function sourceOf(file: string): Source | undefined {
  const match = /^(\d{8,10})\.(journal|base)\.past$/.exec(file);
  if (!match) return undefined;
  return match[2] === 'journal' ? Number(match[1]) : -Number(match[1]);
}

/** Of what something is remembered in a folder. */
export async function pastSources(disk: Disk, folder: string): Promise<Source[]> {
  return ((await disk.readdir(folder)) ?? []).flatMap(({ name }) => sourceOf(name) ?? []);
}

/**
 * Writes what is to be remembered of a source, in place of what was; durable when it resolves.
 * @param entries in the order of their offsets in the source.
 */
export async function writePast(
  disk: Disk,
  folder: string,
  { source, begun, left }: PastHead,
  entries: AsyncIterable<PastEntry>,
): Promise<PastIndex> {
  const whole = pastFile(folder, source);
  const fresh = path.join(folder, `.davd-${path.basename(whole)}.new`);
  const file = await disk.open(fresh, 'write');
  if (!file) throw new Error(`the folder ${folder} is gone`);
  const frames: [number, number, number][] = [];
  const versions = new Versions();
  const writer = new FrameWriter(file, MAGIC);
  let range: [first: number, last: number] | undefined;
  const flush = async () => {
    const { offset } = writer;
    await writer.flush();
    if (range) frames.push([offset, ...range]);
    range = undefined;
  };
  let index: PastIndex;
  try {
    await file.truncate(0);
    for await (const entry of entries) {
      const at = 'record' in entry ? entry.body : entry.offset;
      range = [range?.[0] ?? at, at];
      if (!('record' in entry)) versions.add(entry);
      if (writer.add(...partsOf(entry))) await flush();
    }
    await flush();
    const { bytes, offsets } = versions;
    index = { source, begun, left, frames, busy: versions.busy(), bytes, offsets };
    const at = writer.offset;
    writer.add(Buffer.from(JSON.stringify(index)));
    await writer.flush();
    await file.write([Buffer.from(`${MAGIC} ${String(at).padStart(12, '0')}\n`)], writer.offset);
    await writer.finish();
  } finally {
    await file.close();
  }
  await disk.rename(fresh, whole);
  await disk.syncFolder(folder);
  return index;
}

function partsOf(entry: PastEntry): Uint8Array[] {
  if ('record' in entry) return [Buffer.from(`${JSON.stringify(entry)}\n`)];
  const { bytes, ...version } = entry;
  return [Buffer.from(`${JSON.stringify(version)}\n`), bytes, NEWLINE];
}

/** What an index of some entries would say of their versions. */
export async function surveyed(
  entries: AsyncIterable<PastEntry>,
): Promise<Pick<PastIndex, 'busy' | 'bytes' | 'offsets'>> {
  const versions = new Versions();
  for await (const entry of entries) if ('bytes' in entry) versions.add(entry);
  const { bytes, offsets } = versions;
  return { busy: versions.busy(), bytes, offsets };
}

/** Sums up which objects take up much. */
class Versions {
  bytes = 0;
  readonly offsets: number[] = [];
  readonly #objects = new Map<string, { readonly object: BusyObject; bytes: number }>();

  add({ in: collection, name, offset, etag, size, stood }: PastVersion): void {
    const key = `${collection}/${name}`;
    const known = this.#objects.get(key) ?? { object: { in: collection, name, versions: [] }, bytes: 0 };
    this.#objects.set(key, known);
    (known.object.versions as object[]).push({ offset, etag, size, stood });
    known.bytes += size;
    this.bytes += size;
    this.offsets.push(offset);
  }

  busy(): BusyObject[] {
    return [...this.#objects.values()]
      .filter(({ bytes }) => bytes >= this.bytes * BUSY)
      .map(({ object }) => object);
  }
}

/** @returns undefined where there is none, or it is damaged. */
export async function readPastIndex(
  disk: Disk,
  folder: string,
  source: Source,
): Promise<PastIndex | undefined> {
  const whole = pastFile(folder, source);
  const file = await disk.open(whole, 'read');
  if (!file) return undefined;
  let foot: string;
  try {
    const size = await file.size();
    foot = Buffer.from(await file.read(Math.max(0, size - FOOT), FOOT)).toString('latin1');
  } finally {
    await file.close();
  }
  const at = new RegExp(`^${MAGIC} (\\d{12})\n$`).exec(foot)?.[1];
  const frame = at === undefined ? undefined : await readFrame(disk, whole, MAGIC, Number(at));
  return frame && JSON.parse(frame.bytes.toString());
}

/**
 * All entries of a past, oldest first, or newest first.
 * @throws where a frame that the index names is damaged.
 */
export async function* pastEntries(
  disk: Disk,
  folder: string,
  index: PastIndex,
  order: 'oldest first' | 'newest first' = 'oldest first',
): AsyncGenerator<PastEntry> {
  const file = pastFile(folder, index.source);
  const backwards = order === 'newest first';
  for (const [at] of backwards ? index.frames.toReversed() : index.frames) {
    const frame = await readFrame(disk, file, MAGIC, at);
    if (!frame) throw new Error(`reading the history "${file}": octet ${at} on is damaged`);
    const entries = entriesOf(frame.bytes);
    yield* backwards ? entries.reverse() : entries;
  }
}

/** As `pastEntries`, without what is damaged. */
export async function* readablePast(disk: Disk, folder: string, index: PastIndex): AsyncGenerator<PastEntry> {
  for (const [at] of index.frames) {
    const frame = await readFrame(disk, pastFile(folder, index.source), MAGIC, at).catch(() => undefined);
    if (frame) yield* entriesOf(frame.bytes);
  }
}

function entriesOf(unpacked: Buffer): PastEntry[] {
  const entries: PastEntry[] = [];
  for (let at = 0; at < unpacked.length; ) {
    const line = unpacked.indexOf(0x0a, at);
    const entry: PastCommit | PastVersion = JSON.parse(unpacked.toString('utf8', at, line));
    at = line + 1;
    if ('record' in entry) entries.push(entry);
    else {
      entries.push({ ...entry, bytes: unpacked.subarray(at, at + entry.size) });
      at += entry.size + 1;
    }
  }
  return entries;
}

const KEPT_INDEXES = 16;

/** Finds versions in what is remembered. */
export class PastReader {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #indexes = new Map<Source, Promise<PastIndex | undefined>>();
  readonly #frames: FrameReader<readonly PastEntry[]>;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
    this.#frames = new FrameReader(async (file, offset) => {
      const frame = await readFrame(disk, file, MAGIC, offset);
      return frame && entriesOf(frame.bytes);
    });
  }

  /** Of what something is remembered. */
  sources(): Promise<Source[]> {
    return pastSources(this.#disk, this.#folder);
  }

  /** All of a source, newest first. @throws where it is damaged */
  async *entries(source: Source): AsyncGenerator<PastEntry> {
    const index = await this.index(source);
    if (index) yield* pastEntries(this.#disk, this.#folder, index, 'newest first');
  }

  index(source: Source): Promise<PastIndex | undefined> {
    const known = this.#indexes.get(source);
    if (known) return known;
    const index = readPastIndex(this.#disk, this.#folder, source);
    const [oldest] = this.#indexes.keys();
    if (oldest !== undefined && this.#indexes.size >= KEPT_INDEXES) this.#indexes.delete(oldest);
    this.#indexes.set(source, index);
    const forget = () => this.#indexes.delete(source);
    index.then((found) => found ?? forget(), forget);
    return index;
  }

  /** Whether bytes of a place are remembered. */
  async has([source, offset]: Place, etag: string): Promise<boolean> {
    if (source < 0) return (await this.read([source, offset], etag)) !== undefined;
    const index = await this.index(source);
    return index !== undefined && includes(index.offsets, offset);
  }

  /** The commit whose body stood there. */
  async commit([source, body]: Place): Promise<PastCommit | undefined> {
    for (const entry of await this.#near([source, body])) {
      if ('record' in entry && entry.body === body) return entry;
    }
    return undefined;
  }

  /** @param place where the bytes stood. @returns undefined where they are not remembered. */
  async read([source, offset]: Place, etag: string): Promise<Uint8Array | undefined> {
    for (const entry of await this.#near([source, offset])) {
      if ('bytes' in entry && entry.offset === offset && entry.etag === etag) return entry.bytes;
    }
    return undefined;
  }

  /** What is in the frames where something of that place may be. */
  async #near([source, offset]: Place): Promise<readonly PastEntry[]> {
    const index = await this.index(source);
    const frames = index?.frames.filter(([, first, last]) => offset >= first && offset <= last) ?? [];
    const file = pastFile(this.#folder, source);
    const read = await Promise.all(frames.map(([at]) => this.#frames.frame(file, at)));
    return read.flatMap((entries) => entries ?? []);
  }

  /** Files were written anew, or are gone. */
  clear(): void {
    this.#indexes.clear();
    this.#frames.clear();
  }
}

/** Whether a number is in a list in ascending order. */
function includes(sorted: readonly number[], wanted: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted;
}
