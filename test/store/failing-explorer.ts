import assert from 'node:assert/strict';
import { StoreError } from '../../src/store/flat/open.ts';
import { NO_PAST, newStore, type Past, Session } from './crash-session.ts';
import { DiskState } from './disk-state.ts';
import { Random } from './random.ts';
import { FILLING, failing, OPENING, WRITING } from './simulated-disk.ts';
import type { Restart } from './simulated-time.ts';

/** What fails, and what goes on meanwhile. */
interface Plan {
  readonly code: string;
  readonly of?: ReadonlySet<string>;
  readonly times: number;
  /** Operations that may fail are those that read as well. */
  readonly reads: boolean;
}

const PLANS: readonly Plan[] = [
  { code: 'EIO', times: 1, reads: true },
  { code: 'EIO', times: Infinity, of: WRITING, reads: false },
  { code: 'EIO', times: Infinity, reads: true },
  { code: 'ENOSPC', times: 1, of: FILLING, reads: false },
  { code: 'ENOSPC', times: Infinity, of: FILLING, reads: false },
  { code: 'EMFILE', times: 1, of: OPENING, reads: true },
  { code: 'EMFILE', times: Infinity, of: OPENING, reads: true },
];

export interface FailureCounts {
  /** Operations in a life in which nothing fails, of which each is made to fail. */
  operations: number;
  lives: number;
  /** Lives that ended at opening, with a sentence. */
  unopened: number;
  /** Stores that were read-only in the end. */
  readOnly: number;
  /** Commits that were answered, and refused. */
  answered: number;
  refused: number;
}

interface Start {
  readonly state: DiskState;
  /** What a store that opens has found, and so has made safe. */
  readonly past: Past;
  /** What may be found while none has opened: a commit without an answer may be there, and may yet be lost. */
  readonly unopened: Past;
}

/** A store after some work, stopped somewhere. */
async function stopped(random: Random): Promise<Start> {
  const state = await newStore();
  const session = new Session(state, random, NO_PAST);
  await session.open();
  await session.findPast();
  await session.begin();
  await session.work(12);
  await session.close();
  const events = Math.floor(session.disk.log.length * (0.7 + 0.3 * random.next()));
  const left = state.clone();
  for (const event of session.disk.log.slice(0, events)) left.apply(event);
  const unopened = session.pastAt(events);
  const found = new Session(left, random, unopened);
  await found.open();
  await found.findPast();
  await found.close();
  return { state: left, past: found.pastAt(found.openedAt), unopened };
}

class Lives {
  readonly counts: FailureCounts = {
    operations: 0,
    lives: 0,
    unopened: 0,
    readOnly: 0,
    answered: 0,
    refused: 0,
  };
  readonly #start: Start;
  readonly #seed: number;

  constructor(start: Start, seed: number) {
    this.#start = start;
    this.#seed = seed;
  }

  /** Operations of some kind in a life. */
  async operations(of: ReadonlySet<string> | undefined): Promise<number> {
    const session = this.#session();
    await this.#live(session, false);
    const all = [...session.disk.operations].filter(([operation]) => of?.has(operation) ?? true);
    return all.reduce((sum, [, count]) => sum + count, 0);
  }

  async fail(plan: Plan, after: number): Promise<void> {
    this.counts.lives++;
    const session = this.#session();
    session.disk.fault = failing(plan.code, after, plan.times, plan.of);
    try {
      await this.#live(session, plan.reads);
    } catch (error) {
      if (session.openedAt < Infinity) throw error;
      this.#requireSentence(error, plan);
      this.counts.unopened++;
    }
    session.disk.fault = () => undefined;
    try {
      await this.#look(session);
    } catch (error) {
      console.error([...session.story, ...session.said].join('\n'));
      throw error;
    }
  }

  #session(): Session {
    return new Session(this.#start.state, new Random(this.#seed), this.#start.past);
  }

  async #live(session: Session, reads: boolean): Promise<void> {
    await session.open();
    if (reads) session.assumePast();
    else await session.findPast();
    await session.workWhileFailing(6, reads);
    if (session.store.readOnly) this.counts.readOnly++;
    const { answered, refused } = session.answers;
    this.counts.answered += answered;
    this.counts.refused += refused;
    await session.close();
  }

  #requireSentence(error: unknown, { code }: Plan): void {
    assert.ok(error instanceof StoreError, `${String(error instanceof Error ? error.stack : error)}`);
    assert.match(error.message, /"\/data/);
    assert.match(error.message, new RegExp(code));
    assert.doesNotMatch(error.message, /\n/);
  }

  /** What is there afterwards, as the process left it and after a power cut. */
  async #look(session: Session): Promise<void> {
    const random = new Random(this.#seed);
    const cut = session.disk.state.afterPowerCut({
      name: () => random.chance(0.5),
      meta: (changes) => random.below(changes + 1),
      sector: () => random.chance(0.5),
    });
    for (const left of [session.disk.state, new DiskState(cut)]) {
      const past =
        session.openedAt < Infinity ? session.pastAt(session.disk.log.length) : this.#start.unopened;
      const again = new Session(left, random, past);
      await again.open();
      await again.findPast();
      await again.checkFiles();
      await again.work(1);
      await again.close();
    }
  }
}

/**
 * Lets each operation of a store's life fail, alone and with all that come after it.
 * @param share of the operations; 1: each
 * @throws AssertionError what is wrong with one
 */
export async function exploreFailures(restart: Restart, seed: number, share: number): Promise<FailureCounts> {
  restart(seed);
  const lives = new Lives(await stopped(new Random(seed)), seed);
  // All lives are the same until something fails. What is made in them must not get ids that the store has given already.
  const life = seed + 1;
  restart(life);
  lives.counts.operations = await lives.operations(undefined);
  const random = new Random(seed);
  for (const plan of PLANS) {
    restart(life);
    const operations = await lives.operations(plan.of);
    for (let after = 0; after < operations; after++) {
      if (random.next() >= share) continue;
      restart(life);
      try {
        await lives.fail(plan, after);
      } catch (error) {
        const { code, times } = plan;
        const how = times === 1 ? 'once' : 'from then on';
        console.error(`${code} ${how}, after ${after} of ${operations} operations`);
        throw error;
      }
    }
  }
  return lives.counts;
}
