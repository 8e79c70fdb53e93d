import path from 'node:path';
import { Slices } from '../../slices.ts';
import { readBlocks } from './blocks.ts';
import type { CollectionState } from './catalog.ts';
import type { Disk, OpenFile } from './disk.ts';
import { EtagRows } from './etag-rows.ts';
import { FactsBlock, type KeptFacts } from './facts-blocks.ts';
import { chunksOf } from './line-pieces.ts';
import type { MemberTable } from './members.ts';
import { octetsOf } from './name-octets.ts';

const EXTRA_ROWS = 1000;
/** Rows that go to the disk in one block. */
const CHUNK = 500;
/** Rows between two looks at the clock. */
const LOOK = 64;

/** How much of a file counts. */
interface Extent {
  readonly octets: number;
  readonly rows: number;
}

const NOTHING: Extent = { octets: 0, rows: 0 };

/**
 * Facts of members, one file a collection, so that opening needs no parsing. Everything in it comes from the objects'
 * bytes: it may be deleted, and where a crash has damaged it, the rest of it is written anew.
 */
export class FactsCache {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #version: string;
  readonly #files = new Map<string, Extent>();

  /** @param version of what makes facts of bytes; facts of another version are not used. */
  constructor(disk: Disk, folder: string, version: string) {
    this.#disk = disk;
    this.#folder = folder;
    this.#version = version;
  }

  /** Gives a collection the facts that were kept. Without them they are worked out anew. Never throws. */
  async load(collection: CollectionState): Promise<void> {
    if (collection.members.unknown === 0) return;
    const file = await this.#disk.open(this.#file(collection.record.id), 'read').catch(() => undefined);
    if (!file) return;
    await this.#loadFrom(file, collection).catch(() => undefined);
    await file.close().catch(() => undefined);
  }

  async #loadFrom(file: OpenFile, { record, members }: CollectionState): Promise<void> {
    const wanting = new EtagRows(members);
    const slices = new Slices();
    let extent: Extent = NOTHING;
    for await (const kept of readBlocks(file, Infinity, FactsBlock.at)) {
      if (kept.version !== this.#version) return;
      let start = 0;
      for (let i = 0; i < kept.count; i++) {
        wanting.each(kept.etags, i, (row) => members.learn(row, kept, i, start));
        start += octetsOf(kept.spellings[i] ?? 0);
      }
      extent = { octets: extent.octets + kept.block.octets.length, rows: extent.rows + kept.count };
      this.#files.set(record.id, extent);
      if (slices.over) await slices.pause();
    }
  }

  /** Keeps the facts that the cache lacks. */
  async save(collection: CollectionState): Promise<void> {
    const { record, members } = collection;
    // A whole file of what is known would lose what has not been read yet.
    if (collection.uncached.size === 0 || members.unknown > 0) return;
    const file = this.#files.get(record.id);
    const whole = !file || file.rows > 2 * members.count + EXTRA_ROWS;
    const names = whole ? members.names() : collection.uncached;
    collection.uncached = new Set();
    const start = whole ? NOTHING : file;
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
    start: Extent,
  ): Promise<Extent> {
    let { octets, rows } = start;
    const slices = new Slices();
    for (const part of chunksOf(names, CHUNK)) {
      const kept: KeptFacts[] = [];
      for (const [i, name] of part.entries()) {
        const state = members.get(name);
        if (state?.facts) kept.push({ etag: state.etag, facts: state.facts });
        if (i % LOOK === 0 && slices.over) await slices.pause();
      }
      const { block } = FactsBlock.of(this.#version, kept);
      await open.write([block.octets], octets);
      octets += block.octets.length;
      rows += kept.length;
    }
    return { octets, rows };
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

  #file(collection: string): string {
    return path.join(this.#folder, `${collection}.facts`);
  }
}
