import path from 'node:path';
import type { Facts } from '../types.ts';
import type { CollectionState } from './catalog.ts';
import type { Disk } from './disk.ts';
import { Slices } from './slices.ts';

/** [etag, uid, component, start, end, recurring]; JSON has no infinity, null stands for it. */
type Line = [string, string | null, string, number | null, number | null, 0 | 1];

const EXTRA_LINES = 1000;

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

  /** Gives a collection the facts that were kept. */
  async load(collection: CollectionState): Promise<void> {
    if (collection.members.unknown === 0) return;
    // Without it facts are worked out anew.
    const octets = await this.#disk.readFile(this.#file(collection.record.id)).catch(() => undefined);
    if (!octets) return;
    const lines = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString().split('\n');
    if (lines[0] !== this.#header) return;
    this.#files.set(collection.record.id, { octets: octets.length, lines: lines.length });
    const slices = new Slices();
    const facts = new Map<string, Facts>();
    for (const line of lines) {
      const parsed = parseLine(line);
      if (parsed) facts.set(...parsed);
      if (slices.over) await slices.pause();
    }
    const { members } = collection;
    for (const name of [...members.names()]) {
      const etag = members.knows(name) ? undefined : members.get(name)?.etag;
      const known = etag !== undefined && facts.get(etag);
      if (known) members.setFacts(name, etag, known);
      if (slices.over) await slices.pause();
    }
  }

  /** Keeps the facts that the cache lacks. */
  async save(collection: CollectionState): Promise<void> {
    const { record, members } = collection;
    // A whole file of what is known would lose what has not been read yet.
    if (collection.uncached.size === 0 || members.unknown > 0) return;
    const file = this.#files.get(record.id);
    const whole = !file || file.lines > 2 * members.count + EXTRA_LINES;
    const names = whole ? [...members.names()] : [...collection.uncached];
    collection.uncached = new Set();
    const slices = new Slices();
    const lines: string[] = [whole ? this.#header : ''];
    for (const name of names) {
      const state = members.get(name);
      if (state?.facts) lines.push(JSON.stringify(lineOf(state.etag, state.facts)));
      if (slices.over) await slices.pause();
    }
    const text = Buffer.from(lines.join('\n'));
    const position = whole ? 0 : file.octets;
    if (whole) await this.#disk.writeFile(this.#file(record.id), text);
    else {
      const open = await this.#disk.open(this.#file(record.id), 'write');
      try {
        await open?.write([text], position);
      } finally {
        await open?.close();
      }
    }
    this.#files.set(record.id, {
      octets: position + text.length,
      lines: lines.length + (whole ? 0 : file.lines),
    });
  }

  async forget(collection: string): Promise<void> {
    this.#files.delete(collection);
    await this.#disk.unlink(this.#file(collection));
  }

  get #header(): string {
    return JSON.stringify({ facts: this.#version });
  }

  #file(collection: string): string {
    return path.join(this.#folder, `${collection}.facts`);
  }
}

function lineOf(etag: string, { uid, component, start, end, recurring }: Facts): Line {
  const finite = (bound: number) => (Number.isFinite(bound) ? bound : null);
  return [etag, uid, component, finite(start), finite(end), recurring ? 1 : 0];
}

function parseLine(line: string): [string, Facts] | undefined {
  if (!line.startsWith('["')) return undefined;
  try {
    const [etag, uid, component, start, end, recurring]: Line = JSON.parse(line);
    if (typeof component !== 'string' || recurring === undefined) return undefined;
    return [
      etag,
      { uid, component, start: start ?? -Infinity, end: end ?? Infinity, recurring: recurring === 1 },
    ];
  } catch {
    return undefined;
  }
}
