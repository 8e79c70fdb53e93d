import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import type { Disk, OpenFile } from './disk.ts';

/**
 * A file of frames, pieces that are compressed each for itself:
 *
 *     <magic> <octets packed> <octets unpacked> <sum of the packed ones>\n
 *     <packed>\n
 */
const LONGEST_HEAD = 128;
const NEWLINE = Buffer.from('\n');
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Octets that a frame has about, unpacked. */
export const FRAME = 256 * 1024;

export interface Frame {
  readonly bytes: Buffer;
  /** Offset of the next one. */
  readonly end: number;
}

/** Adds frames to a new file; durable when `finish` resolves. */
export class FrameWriter {
  readonly #file: OpenFile;
  readonly #magic: string;
  #offset = 0;
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(file: OpenFile, magic: string) {
    this.#file = file;
    this.#magic = magic;
  }

  /** Where the frame that is being gathered will stand. */
  get offset(): number {
    return this.#offset;
  }

  /** Gathers pieces that belong together. @returns whether the frame is full. */
  add(...parts: Uint8Array[]): boolean {
    this.#parts.push(...parts);
    for (const part of parts) this.#size += part.length;
    return this.#size >= FRAME;
  }

  /** Writes what was gathered, if anything. */
  async flush(): Promise<void> {
    if (this.#parts.length === 0) return;
    const packed = await compress(Buffer.concat(this.#parts, this.#size));
    const head = Buffer.from(`${this.#magic} ${packed.length} ${this.#size} ${sumOf(packed)}\n`);
    await this.#file.write([head, packed, NEWLINE], this.#offset);
    this.#offset += head.length + packed.length + 1;
    this.#parts = [];
    this.#size = 0;
  }

  async finish(): Promise<void> {
    await this.flush();
    await this.#file.sync();
  }
}

/** @returns undefined where there is no whole frame. */
export async function readFrame(
  disk: Disk,
  file: string,
  magic: string,
  offset: number,
): Promise<Frame | undefined> {
  const open = await disk.open(file, 'read');
  if (!open) return undefined;
  try {
    const start = Buffer.from(await open.read(offset, LONGEST_HEAD)).toString('latin1');
    const head = /^(\S+) (\d{1,10}) (\d{1,10}) ([0-9a-f]{32})\n/.exec(start);
    if (head?.[1] !== magic) return undefined;
    const [line, , packedSize, size, sum] = head;
    const packed = await open.read(offset + line.length, Number(packedSize));
    if (packed.length < Number(packedSize) || sumOf(packed) !== sum) return undefined;
    const bytes = await decompress(packed, { maxOutputLength: Number(size) + 1 });
    return { bytes, end: offset + line.length + packed.length + 1 };
  } finally {
    await open.close();
  }
}

const KEPT_FRAMES = 8;

/** Reads frames; those read last are kept, since neighbours are asked for together. */
export class FrameReader<T> {
  readonly #read: (file: string, offset: number) => Promise<T | undefined>;
  readonly #frames = new Map<string, Promise<T | undefined>>();

  /** @param read what a frame says; undefined where there is none. */
  constructor(read: (file: string, offset: number) => Promise<T | undefined>) {
    this.#read = read;
  }

  frame(file: string, offset: number): Promise<T | undefined> {
    const key = `${offset} ${file}`;
    const known = this.#frames.get(key);
    if (known) {
      this.#frames.delete(key);
      this.#frames.set(key, known);
      return known;
    }
    const frame = this.#read(file, offset);
    this.#frames.set(key, frame);
    const forget = () => this.#frames.delete(key);
    frame.then((found) => found ?? forget(), forget);
    for (const oldest of this.#frames.keys()) {
      if (this.#frames.size <= KEPT_FRAMES) break;
      this.#frames.delete(oldest);
    }
    return frame;
  }

  /** What was read is not believed any more. */
  clear(): void {
    this.#frames.clear();
  }
}

function sumOf(packed: Uint8Array): string {
  return hash('sha256', packed, 'hex').slice(0, 32);
}
