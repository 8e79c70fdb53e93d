import path from 'node:path';
import { Slices } from '../../slices.ts';
import type { Facts } from '../types.ts';
import type { CollectionState } from './catalog.ts';
import type { Disk, OpenFile } from './disk.ts';
import { EtagRows } from './etag-rows.ts';
import { chunksOf, linePieces, parseLines } from './line-pieces.ts';
import type { MemberTable } from './members.ts';

/** [etag, uid, component, start, end, recurring]; JSON has no infinity, null stands for it. */
type Line = [string, string | null, string, number | null, number | null, 0 | 1];

const EXTRA_LINES = 1000;
/** Lines that go to the disk in one write. */
const CHUNK = 1000;
/** Lines between two looks at the clock. */
const LOOK = 64;

/**
 * Facts of members, one file a collection, so that opening needs no parsing. Everything in it comes from the objects'
 * bytes: it may be deleted, and what a crash leaves of a line is skipped.
 */
export class FactsCache {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #version: string;
  readonly #files = new Map<string, { octets: number; lines: number }>();

  /** @param version of what makes facts of bytes; facts of another version are not used. */
  constructor(disk: Disk, folder: string, version: string) {
    this.#disk = disk;
    this.#folder = folder;
    this.#version = version;
  }

  /** Gives a collection the facts that were kept. Without them they are worked out anew. */
  async load(collection: CollectionState): Promise<void> {
    if (collection.members.unknown === 0) return;
    const file = await this.#disk.open(this.#file(collection.record.id), 'read').catch(() => undefined);
    if (!file) return;
    await this.#loadFrom(file, collection).catch(() => undefined);
    await file.close();
  }

  async #loadFrom(file: OpenFile, { record, members }: CollectionState): Promise<void> {
    const rows = new EtagRows(members);
    const slices = new Slices();
    let octets = 0;
    let lines = 0;
    for await (const piece of linePieces(file)) {
      octets += piece.length;
      for (const line of linesIn(piece)) {
        if (lines++ === 0 && JSON.stringify(line) !== this.#header) return;
        const kept = readLine(line);
        if (kept) for (const row of rows.of(kept.etag)) members.learn(row, kept.facts);
        if (lines % LOOK === 0 && slices.over) await slices.pause();
      }
    }
    this.#files.set(record.id, { octets, lines });
  }

  /** Keeps the facts that the cache lacks. */
  async save(collection: CollectionState): Promise<void> {
    const { record, members } = collection;
    // A whole file of what is known would lose what has not been read yet.
    if (collection.uncached.size === 0 || members.unknown > 0) return;
    const file = this.#files.get(record.id);
    const whole = !file || file.lines > 2 * members.count + EXTRA_LINES;
    const names = whole ? members.names() : collection.uncached;
    collection.uncached = new Set();
    const start = whole ? { octets: 0, lines: 0 } : file;
    const open = await this.#disk.open(this.#file(record.id), 'write');
    if (!open) return;
    try {
      if (whole) await open.truncate(0);
      this.#files.set(record.id, await this.#append(open, members, names, start));
    } finally {
      await open.close();
    }
  }

  async #append(
    open: OpenFile,
    members: MemberTable,
    names: Iterable<string>,
    start: { readonly octets: number; readonly lines: number },
  ): Promise<{ octets: number; lines: number }> {
    let { octets, lines } = start;
    const slices = new Slices();
    for (const part of chunksOf(names, CHUNK)) {
      const chunk: string[] = [];
      for (const [i, name] of part.entries()) {
        const state = members.get(name);
        if (state?.facts) chunk.push(JSON.stringify(lineOf(state.etag, state.facts)));
        if (i % LOOK === 0 && slices.over) await slices.pause();
      }
      // Each piece begins a line of its own, whatever a crash left of the one before.
      const text = Buffer.from([octets === 0 ? this.#header : '', ...chunk].join('\n'));
      await open.write([text], octets);
      octets += text.length;
      lines += chunk.length + 1;
    }
    return { octets, lines };
  }

  /** Files of collections that are gone. */
  async tidy(collections: ReadonlyMap<string, unknown>): Promise<void> {
    for (const { name } of (await this.#disk.readdir(this.#folder)) ?? []) {
      const id = path.basename(name, '.facts');
      if (!name.endsWith('.facts') || collections.has(id)) continue;
      this.#files.delete(id);
      await this.#disk.unlink(path.join(this.#folder, name));
    }
  }

  get #header(): string {
    return JSON.stringify({ facts: this.#version });
  }

  #file(collection: string): string {
    return path.join(this.#folder, `${collection}.facts`);
  }
}

/** What stands in the lines of a piece; what a crash left of one is passed over. */
function linesIn(piece: Buffer): readonly unknown[] {
  try {
    return parseLines(piece);
  } catch {
    return piece
      .toString('utf8')
      .split('\n')
      .flatMap((line) => parsed(line) ?? []);
  }
}

function lineOf(etag: string, { uid, component, start, end, recurring }: Facts): Line {
  const finite = (bound: number) => (Number.isFinite(bound) ? bound : null);
  return [etag, uid, component, finite(start), finite(end), recurring ? 1 : 0];
}

function readLine(line: unknown): { readonly etag: string; readonly facts: Facts } | undefined {
  if (!Array.isArray(line)) return undefined;
  const [etag, uid, component, start, end, recurring] = line as Line;
  if (typeof component !== 'string' || recurring === undefined) return undefined;
  return {
    etag,
    facts: { uid, component, start: start ?? -Infinity, end: end ?? Infinity, recurring: recurring === 1 },
  };
}

/** In an array of its own, so that it stays one. */
function parsed(line: string): [unknown] | undefined {
  try {
    return [JSON.parse(line)];
  } catch {
    return undefined;
  }
}
