import path from 'node:path';
import type { Disk } from './disk.ts';
import type { Place, Stored } from './entries.ts';
import { StoreError } from './error.ts';
import { FrameReader, FrameWriter, readFrame } from './frames.ts';

/**
 * A base file keeps what is live of segments that have left, in frames. A frame unpacks to entries: a line of JSON, the
 * object's bytes, a newline. An object's place is its base file and the offset of its frame; its etag tells which of the
 * entries it is.
 */
const MAGIC = 'davdbase1';
const NEWLINE = Buffer.from('\n');

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
  const frames = new FrameWriter(file, MAGIC);
  let entries: BaseEntry[] = [];
  const flush = async () => {
    const { offset } = frames;
    await frames.flush();
    for (const entry of entries) placed(entry, [-base, offset]);
    entries = [];
  };
  try {
    await file.truncate(0);
    for await (const { entry, bytes } of objects) {
      entries.push(entry);
      if (frames.add(Buffer.from(`${JSON.stringify(entry)}\n`), bytes, NEWLINE)) await flush();
    }
    await flush();
    await frames.finish();
  } finally {
    await file.close();
  }
  await disk.syncFolder(folder);
  return frames.offset;
}

interface BaseFrame {
  readonly objects: readonly BaseObject[];
  /** Offset of the next one. */
  readonly end: number;
}

async function readObjects(disk: Disk, file: string, offset: number): Promise<BaseFrame | undefined> {
  const frame = await readFrame(disk, file, MAGIC, offset);
  return frame && { objects: objectsOf(frame.bytes), end: frame.end };
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

/**
 * Every object of a base file, with the place it has there.
 * @throws StoreError 'damaged' where a frame is, after what comes before it.
 */
export async function* readBase(
  disk: Disk,
  folder: string,
  base: number,
): AsyncGenerator<BaseObject & { readonly place: Place }> {
  const file = baseFile(folder, base);
  const size = (await disk.stat(file))?.size;
  if (size === undefined) throw damaged(file, 0);
  let offset = 0;
  while (offset < size) {
    const place: Place = [-base, offset];
    const frame = await readObjects(disk, file, offset).catch(() => undefined);
    if (!frame) throw damaged(file, offset);
    for (const object of frame.objects) yield { ...object, place };
    offset = frame.end;
  }
}

function damaged(file: string, offset: number): StoreError {
  return new StoreError(
    'damaged',
    `reading "${file}": octet ${offset} on is damaged; with state/ in place davd check --repair mends it, else restore it from a backup`,
  );
}

/** Finds objects in base files. */
export class BaseReader {
  readonly #folder: string;
  readonly #frames: FrameReader<BaseFrame>;

  constructor(disk: Disk, folder: string) {
    this.#folder = folder;
    this.#frames = new FrameReader((file, offset) => readObjects(disk, file, offset));
  }

  async read([segment, offset]: Place, etag: string): Promise<Uint8Array | undefined> {
    const frame = await this.#frames.frame(baseFile(this.#folder, -segment), offset);
    return frame?.objects.find(({ entry }) => entry.etag === etag)?.bytes;
  }
}
