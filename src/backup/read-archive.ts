/** Reading a backup, which may be damaged or made by somebody who means harm. */

import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Extract, Header } from 'tar-stream';
import {
  ArchiveError,
  BEGIN,
  END,
  type Ending,
  type Manifest,
  readEnding,
  readManifest,
} from './manifest.ts';

/** A file in a backup; its chunks must be read to the end before the next one comes. */
export interface ArchivedFile {
  readonly name: string;
  readonly size: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface ReadOptions {
  /** Told what the backup says of itself, before any file. */
  readonly begin: (manifest: Manifest) => Promise<void>;
  /** Told of each file, in their order. */
  readonly take: (file: ArchivedFile) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Octets of the first and the last file at most, and of what comes before the first is understood. */
const LONGEST_NOTE = 16 * 1024 * 1024;
/** What tar may add to each file: a header and filling, twice where the name is long. */
const OVERHEAD = 8 * 1024;
const LONGEST_NAME = 4096;

/**
 * Reads a backup, and nothing beyond what it says that it has.
 * @throws ArchiveError, and what `begin` and `take` throw; what was taken until then is worth nothing.
 */
export async function readArchive(input: Readable, { begin, take, signal }: ReadOptions): Promise<Manifest> {
  // Loaded only where it is needed: every command would wait for it.
  const { extract } = await import('tar-stream');
  const tar = extract();
  const bounds = { octets: LONGEST_NOTE };
  const fed = feed(input, tar, bounds, signal).catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  const reading = new Reading(begin, take, bounds);
  try {
    for await (const entry of tar) await reading.entry(entry.header, entry as AsyncIterable<Uint8Array>);
    return reading.end();
  } catch (error) {
    signal.throwIfAborted();
    throw sentence(error);
  } finally {
    tar.destroy(null);
    input.destroy();
    await fed;
  }
}

/** Unpacks `input` into `tar`, up to the bound. */
async function feed(
  input: Readable,
  tar: Extract,
  bounds: { readonly octets: number },
  signal: AbortSignal,
): Promise<void> {
  const unzipped = createGunzip();
  input.once('error', (error) => unzipped.destroy(error));
  const closed = heard(tar, 'close');
  let octets = 0;
  for await (const chunk of input.pipe(unzipped) as AsyncIterable<Uint8Array>) {
    signal.throwIfAborted();
    octets += chunk.length;
    if (octets > bounds.octets) throw new ArchiveError('there is more in it than it says');
    if (tar.destroyed) return;
    if (!tar.write(chunk)) await Promise.race([heard(tar, 'drain'), closed]);
  }
  tar.end(null);
}

function heard(tar: Extract, event: 'drain' | 'close'): Promise<void> {
  return new Promise((resolve) => tar.once(event, () => resolve()));
}

/** What was read so far of a backup. */
class Reading {
  readonly #begin: ReadOptions['begin'];
  readonly #take: ReadOptions['take'];
  readonly #bounds: { octets: number };
  #manifest: Manifest | undefined;
  #ending: Ending | undefined;
  #files = 0;
  #octets = 0;

  constructor(begin: ReadOptions['begin'], take: ReadOptions['take'], bounds: { octets: number }) {
    this.#begin = begin;
    this.#take = take;
    this.#bounds = bounds;
  }

  async entry({ name, size, type }: Header, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#ending) throw new ArchiveError('there is more in it than it says');
    requireHarmless(name, type);
    if (!this.#manifest) await this.#readBegin(name, size, chunks);
    else if (name === END) this.#ending = readEnding(await whole(size, chunks));
    else {
      this.#files++;
      this.#octets += size;
      if (this.#files > this.#manifest.files || this.#octets > this.#manifest.octets) {
        throw new ArchiveError('there is more in it than it says');
      }
      await this.#take({ name, size, chunks });
    }
  }

  async #readBegin(name: string, size: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    if (name !== BEGIN) throw new ArchiveError('it is not a backup of davd');
    this.#manifest = readManifest(await whole(size, chunks));
    const { octets, files } = this.#manifest;
    await this.#begin(this.#manifest);
    this.#bounds.octets = octets + files * OVERHEAD + 2 * LONGEST_NOTE;
  }

  /** @throws ArchiveError where something is missing. */
  end(): Manifest {
    const missing = this.#manifest && this.#manifest.files - this.#files;
    if (!this.#manifest || !this.#ending || missing !== this.#ending.lost.length) {
      throw new ArchiveError('it ends too early');
    }
    return this.#manifest;
  }
}

/** @throws ArchiveError for what is no plain file below the folder it is unpacked in. */
function requireHarmless(name: string, type: Header['type'] | null): void {
  if (type !== 'file') throw new ArchiveError(`"${shown(name)}" in it is no plain file`);
  const segments = name.split('/');
  const isBad = (segment: string): boolean => segment === '' || segment === '.' || segment === '..';
  if (name.includes('\0') || name.length > LONGEST_NAME || segments.some(isBad)) {
    throw new ArchiveError(`"${shown(name)}" in it leads out of the folder`);
  }
}

function shown(name: string): string {
  return name.slice(0, 100).replace(/[\p{Cc}\p{Cf}]/gu, ' ');
}

async function whole(size: number, chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  if (size > LONGEST_NOTE) throw new ArchiveError('it is not a backup of davd');
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

/** What zlib and tar-stream throw about bytes that are not theirs. */
function sentence(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR' || error.message === 'Unexpected end of data') {
    return new ArchiveError('it ends too early');
  }
  if (code === 'Z_DATA_ERROR') {
    const foreign = error.message === 'incorrect header check';
    return new ArchiveError(foreign ? 'it is not a backup of davd' : 'it is damaged');
  }
  if (/^(?:Invalid (?:tar )?header|Header exceeds)/.test(error.message))
    return new ArchiveError('it is damaged');
  return error;
}
