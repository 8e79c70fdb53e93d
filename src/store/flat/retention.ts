import path from 'node:path';
import { Slices } from '../../slices.ts';
import { Refusal } from '../types.ts';
import { type BaseObject, baseFile, baseOf, writeBase } from './base.ts';
import type { Catalog, CollectionState } from './catalog.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type Disk, replaceDurably } from './disk.ts';
import type { Place } from './entries.ts';
import { Holds } from './holds.ts';
import { segmentFile, segmentOf } from './journal.ts';
import type { Layout } from './layout.ts';
import type { MemberState } from './members.ts';
import type { InnerChange } from './plan.ts';
import { CATALOG_FILE } from './rebuild.ts';
import { segmentTime } from './recover.ts';
import { type History, readIndex, writeIndex } from './state-index.ts';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * 60 * 60 * 1000;
/** For how long a client may be away before it has to begin anew. */
const TOMBSTONE_DAYS = 3 * 365;

/** How much of the past is kept. */
export interface HistoryLimits {
  readonly days: number;
  /** Octets of the journal's segments. */
  readonly maxBytes: number;
}

export interface RetentionParts {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly catalog: Catalog;
  readonly checkpoint: Checkpoint;
  readonly limits: HistoryLimits;
  readonly bytesOf: (collection: CollectionState, name: string, member: MemberState) => Promise<Uint8Array>;
  readonly commit: (changes: readonly InnerChange[]) => Promise<unknown>;
  readonly warn: (text: string) => void;
  /** A segment's file is gone. */
  readonly deleted: (segment: number) => Promise<void>;
}

interface Moved {
  readonly collection: CollectionState;
  readonly name: string;
  readonly seq: number;
  readonly place: Place;
}

/**
 * Lets the oldest segments go. What is live of them is packed into a base file first, so that the journal area always
 * holds the bytes of every object there is.
 */
export class Retention {
  readonly #parts: RetentionParts;
  #ran = -Infinity;
  #stopped = false;
  #running: Promise<void> | undefined;
  readonly #holds = new Holds();

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** Waits for nobody any more. */
  stop(): void {
    this.#stopped = true;
    this.#holds.end();
  }

  /** Lets nothing go until the release is called. */
  async hold(): Promise<() => void> {
    const release = this.#holds.add();
    await this.idle();
    return release;
  }

  async idle(): Promise<void> {
    while (this.#running) await this.#running.catch(() => undefined);
  }

  /** Runs if it hasn't for an hour, and nothing is held. */
  async due(): Promise<void> {
    if (this.#holds.some || performance.now() - this.#ran < HOUR) return;
    this.#ran = performance.now();
    await this.run(Date.now());
  }

  /** One at a time. @param now ms since 1970 UTC. */
  async run(now: number): Promise<void> {
    await this.idle();
    while (this.#holds.some) await this.#holds.released();
    this.#running = this.#run(now).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(now: number): Promise<void> {
    // Whatever was planned while files that left were still part of the history is published then, and seen in use.
    await this.#parts.commit([]).catch(unlessRefused);
    await this.#tidy();
    await this.#forget(now);
    const { history } = this.#parts.checkpoint;
    const first = await this.#firstKept(now);
    const kept = new Set(history.bases.map(({ base }) => -base));
    const strays = [...this.#used()].some((segment) => (segment > 0 ? segment < first : !kept.has(segment)));
    if (first > history.first || strays) await this.#pack(first);
  }

  /** Segments and, negative, base files that have bytes of what is live. In one go, so that none moves meanwhile. */
  #used(): Set<number> {
    const used = new Set<number>();
    for (const { members } of this.#parts.catalog.collections.values()) members.segments(used);
    return used;
  }

  /** Deletes files that neither the saved state nor the catalog beside the base files names, and nobody uses. */
  async #tidy(): Promise<void> {
    const { disk, layout, checkpoint, deleted } = this.#parts;
    const beside = await disk.readFile(path.join(layout.journal, CATALOG_FILE));
    const other = beside && (await readIndex(Buffer.from(beside)))?.head.history;
    const files = (await disk.readdir(layout.journal)) ?? [];
    const histories = [checkpoint.history, checkpoint.savedHistory, other ?? checkpoint.history];
    const first = Math.min(...histories.map((history) => history.first));
    const bases = new Set(histories.flatMap((history) => history.bases.map(({ base }) => base)));
    const used = this.#used();
    for (const { name } of files) {
      const segment = segmentOf(name);
      const base = baseOf(name);
      if (segment !== undefined && segment < first && !used.has(segment)) {
        await disk.unlink(path.join(layout.journal, name));
        await deleted(segment);
      }
      if (base !== undefined && !bases.has(base) && !used.has(-base))
        await disk.unlink(path.join(layout.journal, name));
    }
  }

  /** Removed collections and tombstones whose time is over. */
  async #forget(now: number): Promise<void> {
    const { catalog, limits, commit } = this.#parts;
    const purged: InnerChange[] = [];
    for (const { record, log } of catalog.collections.values()) {
      log.forget(now - TOMBSTONE_DAYS * DAY);
      const { id, trashed = now } = record;
      if (trashed < now - limits.days * DAY) purged.push({ do: 'purge', collection: id });
    }
    for (const { homes } of catalog.users.values()) {
      for (const { log } of Object.values(homes)) log.forget(now - TOMBSTONE_DAYS * DAY);
    }
    if (purged.length > 0) await commit(purged);
  }

  /** The first segment that stays: the ones before are too old, or too much. */
  async #firstKept(now: number): Promise<number> {
    const { disk, layout, checkpoint, limits, warn } = this.#parts;
    const files = (await disk.readdir(layout.journal)) ?? [];
    const segments = files.flatMap(({ name }) => segmentOf(name) ?? []).sort((a, b) => a - b);
    const sizes = new Map<number, number>();
    for (const segment of segments) {
      sizes.set(segment, (await disk.stat(segmentFile(layout.journal, segment)))?.size ?? 0);
    }
    let { first } = checkpoint.history;
    let octets = segments.reduce(
      (sum, segment) => sum + (segment < first ? 0 : (sizes.get(segment) ?? 0)),
      0,
    );
    for (const segment of segments) {
      if (segment < first) continue;
      if (segment >= checkpoint.needed) break;
      const ended = await segmentTime(disk, layout.journal, segment + 1);
      const old = ended !== undefined && ended < now - limits.days * DAY;
      if (!old && octets <= limits.maxBytes) break;
      if (!old) {
        warn(
          `the history is larger than ${limits.maxBytes} octets: changes younger than ${limits.days} days are forgotten`,
        );
      }
      octets -= sizes.get(segment) ?? 0;
      first = segment + 1;
    }
    return first;
  }

  async #pack(first: number): Promise<void> {
    const { disk, layout, checkpoint, catalog, commit } = this.#parts;
    const { history } = checkpoint;
    const live = await this.#liveByBase();
    const kept = history.bases.filter(({ base, objects }) => (live.get(base) ?? 0) * 2 > objects);
    const leaves = (segment: number) =>
      segment > 0 ? segment < first : !kept.some(({ base }) => base === -segment);
    const next = 1 + Math.max(0, ...(await this.#bases()), ...history.bases.map(({ base }) => base));
    const moved: Moved[] = [];
    await writeBase(disk, layout.journal, next, this.#objects(leaves), (entry, place) => {
      const collection = catalog.collections.get(entry.in);
      if (collection) moved.push({ collection, name: entry.name, seq: entry.seq, place });
    });
    const fresh: History = {
      first,
      bases: moved.length > 0 ? [...kept, { base: next, objects: moved.length }] : kept,
    };
    const text = await writeIndex({ ...checkpoint.head, history: fresh }, catalog, undefined);
    await replaceDurably(disk, path.join(layout.journal, CATALOG_FILE), text, 0o600);

    const slices = new Slices();
    for (const { collection, name, seq, place } of moved) {
      if (collection.members.seqOf(name) !== seq || !leaves(collection.members.segmentOf(name))) continue;
      collection.members.setPlace(name, place);
      collection.unsaved.add(name);
      if (slices.over) await slices.pause();
    }
    // What was planned before with the old places is published when this is.
    await commit([]);
    checkpoint.history = fresh;
    await checkpoint.run();
    // Who is reading from the old files reads on; they go with the next run.
    if (moved.length === 0) await disk.unlink(baseFile(layout.journal, next));
  }

  async #bases(): Promise<number[]> {
    const files = (await this.#parts.disk.readdir(this.#parts.layout.journal)) ?? [];
    return files.flatMap(({ name }) => baseOf(name) ?? []);
  }

  async #liveByBase(): Promise<Map<number, number>> {
    const live = new Map<number, number>();
    const slices = new Slices();
    for (const { members } of this.#parts.catalog.collections.values()) {
      for (const name of [...members.names()]) {
        const base = -members.segmentOf(name);
        if (base > 0) live.set(base, (live.get(base) ?? 0) + 1);
        if (slices.over) await slices.pause();
      }
    }
    return live;
  }

  /** Live objects whose bytes are in files that leave. */
  async *#objects(leaves: (segment: number) => boolean): AsyncGenerator<BaseObject> {
    const { catalog, bytesOf } = this.#parts;
    const slices = new Slices();
    for (const collection of [...catalog.collections.values()]) {
      for (const name of [...collection.members.names()]) {
        if (slices.over) await slices.pause();
        // What was written so far is nobody's, and goes with the next run.
        if (this.#stopped) throw new Error('the store is closing');
        if (!leaves(collection.members.segmentOf(name))) continue;
        const member = collection.members.get(name);
        if (!member) continue;
        const { at: _at, facts: _facts, ...stored } = member;
        yield {
          entry: { in: collection.record.id, name, ...stored },
          bytes: await bytesOf(collection, name, member),
        };
      }
    }
  }
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}
