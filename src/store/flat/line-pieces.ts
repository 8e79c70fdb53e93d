import type { OpenFile } from './disk.ts';

/** Octets that are read at once: parsing so many takes a ms, and larger texts would outlive the next short collection. */
const PIECE = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * The octets of a file up to `limit` in pieces of whole lines, so that a large file needs no large memory. Only the last
 * piece may lack its newline.
 */
export async function* linePieces(file: OpenFile, limit = Infinity): AsyncGenerator<Buffer> {
  let rest: Uint8Array = new Uint8Array(0);
  for (let position = 0; position < limit; ) {
    const octets = await file.read(position, Math.min(PIECE, limit - position));
    if (octets.length === 0) break;
    position += octets.length;
    const all =
      rest.length === 0
        ? Buffer.from(octets.buffer, octets.byteOffset, octets.length)
        : Buffer.concat([rest, octets]);
    const end = all.lastIndexOf(NEWLINE) + 1;
    rest = all.subarray(end);
    if (end > 0) yield all.subarray(0, end);
  }
  if (rest.length > 0) yield Buffer.from(rest.buffer, rest.byteOffset, rest.length);
}

/**
 * What stands in lines of JSON; empty ones count for nothing. Parsing many at once is several times faster than one by one.
 * @throws SyntaxError
 */
export function parseLines(piece: Buffer): unknown[] {
  return JSON.parse(`[${piece.toString('utf8').trim().replaceAll(/\n+/g, ',')}]`);
}

export function* chunksOf<T>(all: Iterable<T>, size: number): Generator<T[]> {
  let chunk: T[] = [];
  for (const one of all) {
    if (chunk.push(one) < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
