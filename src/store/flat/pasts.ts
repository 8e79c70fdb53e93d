import path from 'node:path';
import { placeOf } from './catalog.ts';
import { type Disk, sizesIn } from './disk.ts';
import type { Version } from './entries.ts';
import {
  type PastEntry,
  type PastHead,
  type PastIndex,
  pastEntries,
  pastFile,
  pastSources,
  readablePast,
  readPastIndex,
  type Source,
  surveyed,
  writePast,
} from './past.ts';
import { basePast, type Memory, remembered, segmentPast } from './remember.ts';
import { chooseForgotten, type Forgotten, type Remembered, versionKey } from './thinning.ts';

/** What had to go so that there is room. */
export type Thinned = 'nothing' | 'versions' | 'whole pasts';

/** What versions take compressed, about, as a part of what they take otherwise. */
const PACKED = 1 / 2;

/** A segment or a base file that leaves. */
export interface Leaving extends PastHead {
  /** What is to be remembered of it. */
  readonly memory: Memory;
  /** Octets of its file. */
  readonly octets: number;
  /** Of a segment: when the next one was begun, ms since 1970 UTC. */
  readonly ended?: number;
}

/** All that is remembered of segments and base files that left. */
export class Pasts {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #proceed: () => void;
  readonly #rewritten: () => void;

  /**
   * @param proceed throws where there is no time left.
   * @param rewritten called when a file was written anew, or went.
   */
  constructor(disk: Disk, folder: string, proceed: () => void, rewritten: () => void) {
    this.#disk = disk;
    this.#folder = folder;
    this.#proceed = proceed;
    this.#rewritten = rewritten;
  }

  /**
   * Remembers what leaves. Where that may be more than there is room for, what is going to be forgotten is never written.
   * @param room octets
   */
  async remember(leaving: readonly Leaving[], room: number): Promise<void> {
    // A run that was cut short may have remembered some of it already.
    const anew = new Set(leaving.map(({ source }) => source));
    const known = (await this.#all()).filter(({ index }) => !anew.has(index.source));
    const expected = leaving.reduce((sum, { octets }) => sum + octets * PACKED, sumOf(known));
    const forgotten = expected > room ? await this.#choose(known, leaving, expected - room / 2) : new Map();
    for (const one of leaving) {
      const entries = remembered(this.#entries(one), one.memory);
      await this.#write(one, remembered(entries, memoryWithout(forgotten, one.source)));
    }
    await this.#forget(known, forgotten);
  }

  /** Forgets of all that is remembered what is not in a memory, and what can't be read. */
  async reduceTo(memory: Memory): Promise<void> {
    for (const source of await pastSources(this.#disk, this.#folder)) {
      const index = await readPastIndex(this.#disk, this.#folder, source);
      if (index) await this.#rewrite(index, memory);
      else await this.#drop(source);
    }
  }

  /** Forgets what can't be read. */
  async mend(sources: Iterable<Source>): Promise<void> {
    for (const source of sources) {
      const index = await readPastIndex(this.#disk, this.#folder, source);
      if (index) await this.#write(index, readablePast(this.#disk, this.#folder, index));
      else await this.#drop(source);
    }
  }

  /** Forgets what left before a time, ms since 1970 UTC, and what can't be read. */
  async forgetBefore(time: number): Promise<void> {
    for (const source of await pastSources(this.#disk, this.#folder)) {
      const index = await readPastIndex(this.#disk, this.#folder, source);
      if (!index || index.left < time) await this.#drop(source);
    }
  }

  /** Where there is more than `room`, in octets, busy objects lose versions; if that doesn't do, the oldest goes whole. */
  async thin(room: number): Promise<Thinned> {
    const all = await this.#all();
    const octets = sumOf(all);
    if (octets <= room) return 'nothing';
    // Half of it, so that the next excess is some time away.
    await this.#forget(all, chooseForgotten(all, octets - room / 2));
    const left = (await this.#all()).sort((a, b) => byAge(a.index, b.index));
    let rest = sumOf(left);
    for (const { index, octets: own } of left) {
      if (rest <= room) return rest < sumOf(left) ? 'whole pasts' : 'versions';
      await this.#drop(index.source);
      rest -= own;
    }
    return 'whole pasts';
  }

  #entries({ source, left, ended = left }: Leaving): AsyncIterable<PastEntry> {
    if (source < 0) return basePast(this.#disk, this.#folder, -source, left);
    return segmentPast(this.#disk, this.#folder, source, ended);
  }

  async #choose(
    known: readonly Remembered[],
    leaving: readonly Leaving[],
    excess: number,
  ): Promise<Forgotten> {
    const all = [...known];
    for (const one of leaving) {
      const survey = await surveyed(remembered(this.#entries(one), one.memory));
      const { source, begun, left } = one;
      all.push({ index: { source, begun, left, frames: [], ...survey }, octets: survey.bytes * PACKED });
    }
    return chooseForgotten(all, excess);
  }

  async #forget(all: readonly Remembered[], forgotten: Forgotten): Promise<void> {
    for (const { index } of all) {
      if (forgotten.has(index.source)) await this.#rewrite(index, memoryWithout(forgotten, index.source));
    }
  }

  async #rewrite(index: PastIndex, memory: Memory): Promise<void> {
    await this.#write(index, remembered(pastEntries(this.#disk, this.#folder, index), memory));
  }

  async #write(of: PastHead, entries: AsyncIterable<PastEntry>): Promise<void> {
    this.#proceed();
    const { frames } = await writePast(this.#disk, this.#folder, of, entries);
    if (frames.length === 0) await this.#drop(of.source);
    this.#rewritten();
  }

  async #all(): Promise<Remembered[]> {
    const sizes = await sizesIn(this.#disk, this.#folder);
    const all: Remembered[] = [];
    for (const source of await pastSources(this.#disk, this.#folder)) {
      const index = await readPastIndex(this.#disk, this.#folder, source);
      const octets = sizes.get(path.basename(pastFile(this.#folder, source))) ?? 0;
      if (index) all.push({ index, octets });
    }
    return all;
  }

  async #drop(source: Source): Promise<void> {
    await this.#disk.unlink(pastFile(this.#folder, source));
    this.#rewritten();
  }
}

/** A change of which neither what was nor what came is remembered is forgotten too. */
function memoryWithout(forgotten: Forgotten, source: Source): Memory {
  const isForgotten = ({ at, etag }: Version, body: number) => {
    const [own, offset] = placeOf(at, { segment: source, body });
    return forgotten.get(own)?.has(versionKey({ offset, etag })) ?? false;
  };
  return {
    tells: (entry, body) =>
      entry.set !== 'member' || !entry.was || !isForgotten(entry.was, body) || !isForgotten(entry, body),
    keeps: (version) => !forgotten.get(source)?.has(versionKey(version)),
  };
}

function sumOf(all: readonly Remembered[]): number {
  return all.reduce((sum, { octets }) => sum + octets, 0);
}

function byAge(a: PastIndex, b: PastIndex): number {
  return a.left - b.left || a.source - b.source;
}
