/** Writing a backup: a tar file, compressed with gzip, that any tar can unpack. */

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Pack } from 'tar-stream';
import type { Piece } from '../store/piece.ts';
import { BEGIN, END, type Ending, type Manifest } from './manifest.ts';

export interface WriteOptions {
  /** Stops it. */
  readonly signal: AbortSignal;
  /** Told of octets of pieces as they go in. */
  readonly wrote: (octets: number) => void;
}

/**
 * Writes a backup to `output` and ends it.
 * @returns names of pieces whose bytes are lost.
 */
export async function writeArchive(
  manifest: Manifest,
  pieces: Iterable<Piece>,
  output: Writable,
  { signal, wrote }: WriteOptions,
): Promise<readonly string[]> {
  // Loaded only where it is needed: every command would wait for it.
  const { pack } = await import('tar-stream');
  const tar = pack();
  const lost: string[] = [];
  const failures: unknown[] = [];
  // Whatever fails first makes the other fail as well.
  const fail = (error: unknown): void => {
    failures.push(error);
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
  };
  await Promise.all([
    pipeline(tar as AsyncIterable<Uint8Array>, createGzip(), output, { signal }).catch(fail),
    fill(tar, manifest, pieces, lost, wrote).catch(fail),
  ]);
  if (failures.length > 0) throw failures[0];
  return lost;
}

async function fill(
  tar: Pack,
  manifest: Manifest,
  pieces: Iterable<Piece>,
  lost: string[],
  wrote: (octets: number) => void,
): Promise<void> {
  const modified = Date.parse(manifest.time);
  await add(tar, BEGIN, modified, textOf(manifest));
  for (const piece of pieces) {
    const chunks = await piece.read();
    if (chunks) await addChunks(tar, piece, chunks, wrote);
    else lost.push(piece.name);
  }
  await add(tar, END, modified, textOf({ end: true, lost } satisfies Ending));
  tar.finalize();
}

function textOf(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

function add(tar: Pack, name: string, modified: number, bytes: Buffer): Promise<void> {
  return addChunks(tar, { name, size: bytes.length, modified }, [bytes], () => undefined);
}

/** tar-stream writes times with 32 bits, as seconds. */
const LATEST = (2 ** 31 - 1) * 1000;

async function addChunks(
  tar: Pack,
  { name, size, modified }: Pick<Piece, 'name' | 'size' | 'modified'>,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  wrote: (octets: number) => void,
): Promise<void> {
  const mtime = new Date(Math.min(Math.max(0, modified), LATEST));
  const { promise: added, resolve, reject } = Promise.withResolvers<void>();
  added.catch(() => undefined);
  const sink = tar.entry({ name, size, mtime, mode: 0o600, type: 'file' }, (error) =>
    error ? reject(error) : resolve(),
  );
  sink.on('error', () => undefined);
  for await (const chunk of chunks) {
    if (!sink.write(chunk)) await Promise.race([once(sink, 'drain'), added]);
    wrote(chunk.length);
  }
  sink.end(null);
  await added;
}
