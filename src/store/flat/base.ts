import { hash } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import type { Disk } from './disk.ts';
import type { Place, Stored } from './entries.ts';

/**
 * A base file keeps what is live of segments that have left the history, compressed. It is a row of frames
 *
 *     davdbase1 <octets packed> <octets unpacked> <sum of the packed ones>\n
 *     <packed>\n
 *
 * and a frame unpacks to entries: a line of JSON, the object's bytes, a newline. An object's place is its base file and
 * the offset of its frame; its etag tells which of the entries it is.
 */
const MAGIC = 'davdbase1';
const HEAD = new RegExp(`^${MAGIC} (\\d{1,10}) (\\d{1,10}) ([0-9a-f]{32})\\n`);
const LONGEST_HEAD = 128;
const FRAME = 256 * 1024;
const NEWLINE = Buffer.from('\n');
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** What is known of an object in a base. */
export interface BaseEntry extends Stored {
  readonly in: string;
  readonly name: string;
}

/** An entry with its bytes. */
export interface BaseObject {
  readonly entry: BaseEntry;
  readonly bytes: Uint8Array;
}

export function baseFile(folder: string, base: number): string {
  return path.join(folder, `${String(base).padStart(8, '0')}.base`);
}

/** Number of the base a file is, undefined if it is none. */
export function baseOf(file: string): number | undefined {
  const match = /^(\d{8,10})\.base$/.exec(file);
  return match ? Number(match[1]) : undefined;
}

/**
 * Writes objects to a new base file; durable when it resolves.
 * @param placed told where each object is, frame by frame.
 * @returns octets written.
 */
export async function writeBase(
  disk: Disk,
  folder: string,
  base: number,
  objects: AsyncIterable<BaseObject>,
  placed: (entry: BaseEntry, place: Place) => void,
): Promise<number> {
  const file = await disk.open(baseFile(folder, base), 'write');
  if (!file) throw new Error(`the folder ${folder} is gone`);
  let offset = 0;
  let entries: BaseEntry[] = [];
  let parts: Uint8Array[] = [];
  let size = 0;
  const flush = async () => {
    if (entries.length === 0) return;
    const frame = await encodeFrame(parts, size);
    await file.write([frame], offset);
    for (const entry of entries) placed(entry, [-base, offset]);
    offset += frame.length;
    entries = [];
    parts = [];
    size = 0;
  };
  try {
    await file.truncate(0);
    for await (const { entry, bytes } of objects) {
      const line = Buffer.from(`${JSON.stringify(entry)}\n`);
      entries.push(entry);
      parts.push(line, bytes, NEWLINE);
      size += line.length + bytes.length + 1;
      if (size >= FRAME) await flush();
    }
    await flush();
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.syncFolder(folder);
  return offset;
}

async function encodeFrame(parts: readonly Uint8Array[], size: number): Promise<Buffer> {
  const packed = await compress(Buffer.concat(parts, size));
  const head = Buffer.from(`${MAGIC} ${packed.length} ${size} ${sumOf(packed)}\n`);
  return Buffer.concat([head, packed, NEWLINE]);
}

function sumOf(packed: Uint8Array): string {
  return hash('sha256', packed, 'hex').slice(0, 32);
}

interface Frame {
  readonly objects: readonly BaseObject[];
  /** Offset of the next one. */
  readonly end: number;
}

/** @returns undefined where there is no whole frame. */
async function readFrame(disk: Disk, folder: string, [segment, offset]: Place): Promise<Frame | undefined> {
  const file = await disk.open(baseFile(folder, -segment), 'read');
  if (!file) return undefined;
  try {
    const start = Buffer.from(await file.read(offset, LONGEST_HEAD));
    const match = HEAD.exec(start.toString('latin1'));
    if (!match) return undefined;
    const [head, packedSize, size, sum] = match;
    const packed = await file.read(offset + head.length, Number(packedSize));
    if (packed.length < Number(packedSize) || sumOf(packed) !== sum) return undefined;
    const unpacked = await decompress(packed, { maxOutputLength: Number(size) + 1 });
    return { objects: objectsOf(unpacked), end: offset + head.length + packed.length + 1 };
  } finally {
    await file.close();
  }
}

function objectsOf(unpacked: Buffer): BaseObject[] {
  const objects: BaseObject[] = [];
  for (let at = 0; at < unpacked.length; ) {
    const line = unpacked.indexOf(0x0a, at);
    if (line < 0) break;
    const entry: BaseEntry = JSON.parse(unpacked.toString('utf8', at, line));
    objects.push({ entry, bytes: unpacked.subarray(line + 1, line + 1 + entry.size) });
    at = line + 1 + entry.size + 1;
  }
  return objects;
}

/** Every object of a base file, with the place it has there. Ends where a frame is damaged. */
export async function* readBase(
  disk: Disk,
  folder: string,
  base: number,
): AsyncGenerator<{ readonly entry: BaseEntry; readonly place: Place }> {
  let offset = 0;
  for (;;) {
    const place: Place = [-base, offset];
    const frame = await readFrame(disk, folder, place);
    if (!frame) return;
    for (const { entry } of frame.objects) yield { entry, place };
    offset = frame.end;
  }
}

const KEPT_FRAMES = 8;

/** Finds objects in base files; neighbours are unpacked once. */
export class BaseReader {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #frames = new Map<string, Promise<Frame | undefined>>();

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  async read(place: Place, etag: string): Promise<Uint8Array | undefined> {
    const frame = await this.#frame(place);
    return frame?.objects.find(({ entry }) => entry.etag === etag)?.bytes;
  }

  #frame(place: Place): Promise<Frame | undefined> {
    const key = place.join();
    const known = this.#frames.get(key);
    if (known) {
      this.#frames.delete(key);
      this.#frames.set(key, known);
      return known;
    }
    const frame = readFrame(this.#disk, this.#folder, place);
    this.#frames.set(key, frame);
    frame.catch(() => this.#frames.delete(key));
    for (const oldest of this.#frames.keys()) {
      if (this.#frames.size <= KEPT_FRAMES) break;
      this.#frames.delete(oldest);
    }
    return frame;
  }
}
