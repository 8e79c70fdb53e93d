import type { OpenFile } from './disk.ts';

/** Octets that are read at once: parsing so many takes a ms, and larger texts would outlive the next short collection. */
const PIECE = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * The octets of a file up to `limit` in pieces of whole lines, so that a large file needs no large memory. Each piece lies
 * where the one before was. Only the last may lack its newline.
 */
export async function* linePieces(file: OpenFile, limit = Infinity): AsyncGenerator<Buffer> {
  let room = Buffer.allocUnsafeSlow(2 * PIECE);
  let rest = 0;
  for (let position = 0; position < limit; ) {
    if (rest + PIECE > room.length) room = Buffer.concat([room], 2 * room.length);
    const free = room.subarray(rest, rest + Math.min(PIECE, limit - position));
    const octets = await file.read(position, free.length, free);
    if (octets.length === 0) break;
    if (octets.buffer !== room.buffer) room.set(octets, rest);
    position += octets.length;
    const all = room.subarray(0, rest + octets.length);
    const end = all.lastIndexOf(NEWLINE) + 1;
    if (end > 0) yield all.subarray(0, end);
    rest = all.length - end;
    room.copyWithin(0, end, all.length);
  }
  if (rest > 0) yield room.subarray(0, rest);
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
