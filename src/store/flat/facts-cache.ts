import path from 'node:path';
import { Slices } from '../../slices.ts';
import type { Facts } from '../types.ts';
import type { CollectionState } from './catalog.ts';
import type { Disk, OpenFile } from './disk.ts';
import type { MemberTable } from './members.ts';

/** [etag, uid, component, start, end, recurring]; JSON has no infinity, null stands for it. */
type Line = [string, string | null, string, number | null, number | null, 0 | 1];

const EXTRA_LINES = 1000;
/** Lines that go to the disk in one write. */
const CHUNK = 1000;

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
    const slices = new Slices();
    const facts = new Map<string, Facts>();
    let lines = 0;
    for (const line of linesOf(octets)) {
      if (lines++ === 0 && line !== this.#header) return;
      const parsed = parseLine(line);
      if (parsed) facts.set(...parsed);
      if (slices.over) await slices.pause();
    }
    this.#files.set(collection.record.id, { octets: octets.length, lines });
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
    names: readonly string[],
    start: { readonly octets: number; readonly lines: number },
  ): Promise<{ octets: number; lines: number }> {
    let { octets, lines } = start;
    for (let i = 0; i < names.length; i += CHUNK) {
      const chunk = names.slice(i, i + CHUNK).flatMap((name) => {
        const state = members.get(name);
        return state?.facts ? JSON.stringify(lineOf(state.etag, state.facts)) : [];
      });
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

function* linesOf(octets: Uint8Array): Generator<string> {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf(0x0a, start);
    const end = newline < 0 ? text.length : newline;
    yield text.toString('utf8', start, end);
    start = end + 1;
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
