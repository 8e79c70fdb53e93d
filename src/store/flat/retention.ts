import path from 'node:path';
import { Refusal } from '../types.ts';
import { baseFile, baseOf } from './base.ts';
import { sizesIn } from './disk.ts';
import type { Entry } from './entries.ts';
import { Holds } from './holds.ts';
import { type Journal, segmentOf } from './journal.ts';
import { type PackParts, pack } from './pack.ts';
import { type PastVersion, type Source, sourceOf } from './past.ts';
import { type Leaving, Pasts, type Thinned } from './pasts.ts';
import type { InnerChange } from './plan.ts';
import { CATALOG_FILE } from './rebuild.ts';
import { segmentTime } from './recover.ts';
import type { Memory } from './remember.ts';
import { readIndex } from './state-index.ts';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * 60 * 60 * 1000;
/** For how long a client may be away before it has to begin anew. */
const TOMBSTONE_DAYS = 3 * 365;
/** Parts of the limit: what is looked at again after so much growth, what is left to grow, what
 * segments may take, what is there for the rest at least, from where on writers wait. */
const GROWTH = 1 / 16;
const TARGET = 5 / 8;
const SEGMENTS = 3 / 8;
const PASTS = 1 / 8;
const FULL = 7 / 8;

/** How much of the past is kept. */
export interface HistoryLimits {
  readonly days: number;
  /** Octets of the journal's segments and of what is remembered of those that left. */
  readonly maxBytes: number;
}

/** Octets that a segment may have, so that a small limit is met with several. */
export function segmentSizeFor(maxBytes: number, usual: number): number {
  return Math.min(usual, Math.max(1024 * 1024, Math.floor(maxBytes * GROWTH)));
}

export interface RetentionParts extends Omit<PackParts, 'published' | 'proceed'> {
  readonly journal: Journal;
  readonly limits: HistoryLimits;
  /** ms since 1970 UTC; see clock.ts. */
  readonly now: () => number;
  readonly commit: (changes: readonly InnerChange[]) => Promise<unknown>;
  /** Begins a new segment. */
  readonly turn: () => Promise<void>;
  readonly warn: (text: string) => void;
  /** Resolves when nobody reads any more from what is going to be deleted. */
  readonly passed: () => Promise<unknown>;
  /** A segment's file is gone. */
  readonly deleted: (segment: number) => Promise<void>;
  /** What is remembered was written anew. */
  readonly rewritten: () => void;
}

/** What the history takes on the disk. */
interface Octets {
  readonly segments: number;
  readonly pasts: number;
}

/** A segment that nobody adds to, and that opening doesn't need. */
interface Closed {
  readonly segment: number;
  readonly octets: number;
  /** ms since 1970 UTC */
  readonly begun: number;
  readonly ended: number;
}

/**
 * Lets the oldest segments go: those that are too old for good; those that are too much are remembered in a compressed
 * form, of which as much is forgotten as has to be. What is live of them is packed into a base file first.
 */
export class Retention {
  readonly #parts: RetentionParts;
  #ran = -Infinity;
  readonly #pasts: Pasts;
  readonly #warned = new Set<Thinned>();
  /** Where the journal stood when the last run began, and what the history took. */
  #segment = 0;
  #octetsThen = 0;
  #stopped = false;
  #running: Promise<void> | undefined;
  readonly #holds = new Holds();

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    const { disk, layout, rewritten } = parts;
    this.#pasts = new Pasts(disk, layout.journal, () => this.#proceed(), rewritten);
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

  /** Runs if it hasn't for an hour, or much has been written since, and nothing is held. */
  async due(): Promise<void> {
    const grown = this.#grown > 0 && this.#grown >= this.#parts.limits.maxBytes * GROWTH;
    if (this.#holds.some || (!grown && performance.now() - this.#ran < HOUR)) return;
    await this.run();
  }

  /**
   * Something to wait for before bytes are added: the history has grown too large while it is being made smaller, which
   * takes somebody who writes as fast as the disk does.
   */
  get relief(): Promise<void> | undefined {
    const full = this.#octetsThen + this.#grown > this.#parts.limits.maxBytes * FULL;
    return full ? this.#running?.catch(() => undefined) : undefined;
  }

  /** Octets written since the last run, about. */
  get #grown(): number {
    const { journal } = this.#parts;
    return (journal.position.segment - this.#segment) * journal.segmentSize;
  }

  /** One at a time. */
  run(): Promise<void> {
    return this.#alone(() => this.#run(this.#parts.now()));
  }

  /**
   * Destroys what is remembered of some things, or of everything: only what is live stays.
   * @param concerns whether an entry tells of what is to be destroyed.
   */
  purge(concerns: (entry: Entry) => boolean): Promise<void> {
    return this.#alone(() => this.#purge(concerns, this.#parts.now()));
  }

  /**
   * Goes on without damaged files: segments up to one, and base files. What is live of them is packed from where it still
   * is, and what can be read of the past is remembered.
   * @param segment 0: none.
   */
  replace(segment: number, bases: ReadonlySet<number>): Promise<void> {
    return this.#alone(() => this.#replace(segment, bases, this.#parts.now()));
  }

  /** Writes anew what is remembered, as far as it can be read. */
  mendPasts(sources: Iterable<Source>): Promise<void> {
    return this.#alone(() => this.#pasts.mend(sources));
  }

  async #replace(segment: number, bases: ReadonlySet<number>, now: number): Promise<void> {
    const { turn, checkpoint, journal } = this.#parts;
    if (segment >= journal.position.segment) await turn();
    await checkpoint.run();
    const closed = (await this.#closed()).filter((one) => one.segment <= segment);
    await this.#let(
      Math.max(checkpoint.history.first, segment + 1),
      (base) => !bases.has(base),
      async (left) => {
        const segments = closed.map((one) => leavingSegment(one, this.#dead, now));
        await this.#pasts.remember(
          [...segments, ...(await this.#leavingBases(left, this.#dead, now))],
          Infinity,
        );
      },
    );
  }

  async #alone(work: () => Promise<void>): Promise<void> {
    while (this.#running || this.#holds.some) {
      await (this.#running?.catch(() => undefined) ?? this.#holds.released());
    }
    this.#running = work().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(now: number): Promise<void> {
    const { checkpoint, limits, journal } = this.#parts;
    this.#ran = performance.now();
    this.#segment = journal.position.segment;
    this.#octetsThen = sumOf(await this.#octets());
    const before = now - limits.days * DAY;
    await this.#forgetRemoved(before, now);
    const closed = await this.#closed();
    const young = closed.findIndex(({ ended }) => ended >= before);
    const old = young < 0 ? closed : closed.slice(0, young);
    const excess = await this.#excess(closed.slice(old.length));
    const first = (excess.at(-1) ?? old.at(-1))?.segment;
    await this.#let(
      first === undefined ? checkpoint.history.first : first + 1,
      () => true,
      async (bases) => {
        const leaving = [
          // Of these no commit is told.
          ...old.map((one) => leavingSegment({ ...one, begun: one.ended }, this.#lately, now)),
          ...excess.map((one) => leavingSegment(one, this.#dead, now)),
          ...(await this.#leavingBases(bases, this.#dead, now)),
        ];
        await this.#pasts.remember(leaving, await this.#room(leaving));
      },
    );
    await this.#pasts.forgetBefore(before);
    this.#warn(await this.#pasts.thin(await this.#room([])));
  }

  async #purge(concerns: (entry: Entry) => boolean, now: number): Promise<void> {
    const { turn, checkpoint, journal } = this.#parts;
    await turn();
    await checkpoint.run();
    const tells = (entry: Entry) => !concerns(entry);
    const keeps = (version: PastVersion) => tells({ set: 'found', ...version, at: version.offset });
    const memory: Memory = { tells, keeps: (version) => keeps(version) && this.#dead.keeps(version) };
    const closed = await this.#closed();
    const { bases } = checkpoint.history;
    await this.#let(
      journal.position.segment,
      (base) => !bases.some((had) => had.base === base),
      async (left) => {
        const segments = closed.map((one) => leavingSegment(one, memory, now));
        await this.#pasts.remember([...segments, ...(await this.#leavingBases(left, memory, now))], Infinity);
      },
    );
    await this.#pasts.reduceTo({ tells, keeps });
  }

  /**
   * What a base file need not have, nor anybody remember: versions that are live. They are in the new one.
   */
  readonly #dead: Memory = {
    tells: () => true,
    keeps: ({ in: collection, name, etag, last }) =>
      last !== true || this.#parts.catalog.collections.get(collection)?.members.get(name)?.etag !== etag,
  };

  /** What an old segment has that was replaced or removed after its end, and so perhaps a short time ago. */
  readonly #lately: Memory = {
    tells: () => false,
    keeps: (version) => version.last === true && this.#dead.keeps(version),
  };

  /** Lets segments go before `first`, and base files that may not stay or are not worth it. */
  async #let(
    first: number,
    stays: (base: number) => boolean,
    left: (bases: readonly number[]) => Promise<void>,
  ): Promise<void> {
    const { checkpoint, commit } = this.#parts;
    const { history } = checkpoint;
    const kept = new Set(history.bases.filter(({ base }) => stays(base)).map(({ base }) => -base));
    const strays = [...this.#used()].some((source) => (source > 0 ? source < first : !kept.has(source)));
    if (first > history.first || strays || kept.size < history.bases.length) {
      const parts = { ...this.#parts, published: () => commit([]), proceed: () => this.#proceed() };
      await pack(parts, first, stays, left);
    }
    // What was planned while files that left were still part of the history is published then, and seen in use.
    await commit([]).catch(unlessRefused);
    await this.#tidy();
  }

  /** Segments and, negative, base files that have bytes of what is live. In one go, so that none moves meanwhile. */
  #used(): Set<number> {
    const used = new Set<number>();
    for (const { members } of this.#parts.catalog.collections.values()) members.segments(used);
    return used;
  }

  /** Deletes files that neither the saved state nor the catalog beside the base files names, and nobody uses. */
  async #tidy(): Promise<void> {
    const { disk, layout, checkpoint, deleted, passed } = this.#parts;
    const beside = await disk.readFile(path.join(layout.journal, CATALOG_FILE));
    const other = beside && (await readIndex(Buffer.from(beside)))?.head.history;
    const histories = [checkpoint.history, checkpoint.savedHistory, other ?? checkpoint.history];
    const first = Math.min(...histories.map((history) => history.first));
    const bases = new Set(histories.flatMap((history) => history.bases.map(({ base }) => base)));
    const used = this.#used();
    await passed();
    for (const { name } of (await disk.readdir(layout.journal)) ?? []) {
      const segment = segmentOf(name);
      const base = baseOf(name);
      if (segment !== undefined && segment < first && !used.has(segment)) {
        await disk.unlink(path.join(layout.journal, name));
        await deleted(segment);
      }
      const isLeft = base !== undefined && !bases.has(base) && !used.has(-base);
      if (isLeft || /^\.davd-.*\.new$/.test(name)) await disk.unlink(path.join(layout.journal, name));
    }
  }

  /** Removed collections, marks and tombstones whose time is over. */
  async #forgetRemoved(before: number, now: number): Promise<void> {
    const { catalog, commit } = this.#parts;
    const purged: InnerChange[] = [];
    for (const { record, log } of catalog.collections.values()) {
      log.forget(now - TOMBSTONE_DAYS * DAY);
      const { id, trashed = now } = record;
      if (trashed < before) purged.push({ do: 'purge', collection: id });
    }
    for (const { name, noticed } of catalog.marks.values()) {
      if (noticed < before) purged.push({ do: 'unmark', name });
    }
    for (const { homes } of catalog.users.values()) {
      for (const { log } of Object.values(homes)) log.forget(now - TOMBSTONE_DAYS * DAY);
    }
    if (purged.length > 0) await commit(purged);
  }

  async #closed(): Promise<Closed[]> {
    const { disk, layout, checkpoint } = this.#parts;
    const closed: Closed[] = [];
    const files = await sizesIn(disk, layout.journal);
    for (const [name, octets] of files) {
      const segment = segmentOf(name);
      if (segment === undefined || segment < checkpoint.history.first || segment >= checkpoint.needed)
        continue;
      const begun = await segmentTime(disk, layout.journal, segment);
      const ended = await segmentTime(disk, layout.journal, segment + 1);
      if (begun !== undefined && ended !== undefined) closed.push({ segment, octets, begun, ended });
    }
    return closed.sort((a, b) => a.segment - b.segment);
  }

  /** The oldest segments, where there are too many. */
  async #excess(closed: readonly Closed[]): Promise<readonly Closed[]> {
    const { limits } = this.#parts;
    const octets = await this.#octets();
    if (sumOf(octets) <= limits.maxBytes * TARGET) return [];
    let rest = octets.segments;
    const count = closed.findIndex(({ octets }) => {
      if (rest <= limits.maxBytes * SEGMENTS) return true;
      rest -= octets;
      return false;
    });
    return count < 0 ? closed : closed.slice(0, count);
  }

  /** What segments take on the disk, and what is remembered of those that left. */
  async #octets(): Promise<Octets> {
    const { disk, layout } = this.#parts;
    let segments = 0;
    let pasts = 0;
    for (const [name, octets] of await sizesIn(disk, layout.journal)) {
      if (segmentOf(name) !== undefined) segments += octets;
      if (sourceOf(name) !== undefined) pasts += octets;
    }
    return { segments, pasts };
  }

  /** Octets that there are for what is remembered when some segments have left. */
  async #room(leaving: readonly Leaving[]): Promise<number> {
    const { segments } = await this.#octets();
    const gone = leaving.reduce((sum, { source, octets }) => sum + (source > 0 ? octets : 0), 0);
    const { maxBytes } = this.#parts.limits;
    return Math.max(maxBytes * PASTS, maxBytes * TARGET - segments + gone);
  }

  async #leavingBases(bases: readonly number[], memory: Memory, left: number): Promise<Leaving[]> {
    const { disk, layout } = this.#parts;
    const sizes = await sizesIn(disk, layout.journal);
    return bases.map((base) => {
      const octets = sizes.get(path.basename(baseFile(layout.journal, base))) ?? 0;
      return { source: -base, memory, octets, begun: 0, left };
    });
  }

  /** Says it once, and again when it gets worse. */
  #warn(thinned: Thinned): void {
    if (thinned === 'nothing' || this.#warned.has(thinned)) return;
    this.#warned.add(thinned);
    const { limits, warn } = this.#parts;
    const lost =
      thinned === 'versions'
        ? 'of objects that change all the time some versions are forgotten'
        : "the oldest changes can't be undone any more";
    warn(`the history is larger than history.maxBytes (${limits.maxBytes} octets): ${lost}`);
  }

  #proceed(): void {
    if (this.#stopped) throw new Error('the store is closing');
  }
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof Refusal)) throw error;
}

function sumOf({ segments, pasts }: Octets): number {
  return segments + pasts;
}

function leavingSegment({ segment, ...times }: Closed, memory: Memory, left: number): Leaving {
  // Before the first one there was nothing to tell.
  return {
    source: segment,
    memory,
    left,
    ...times,
    ...(segment === 1 && times.begun < times.ended && { begun: 0 }),
  };
}
