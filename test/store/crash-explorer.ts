import { hash } from 'node:crypto';
import { MOMENTS, type Moment } from './crash-moments.ts';
import { NO_PAST, newStore, Session } from './crash-session.ts';
import { type Chance, DiskState, type FileImage, type FolderImage, type Image } from './disk-state.ts';
import { Random } from './random.ts';
import type { Restart } from './simulated-time.ts';

const NOTHING: Chance = { name: () => false, meta: () => 0, sector: () => false };

/** What a power cut leaves: everything or nothing of some kind, the beginning of it all, or anything. */
const LOSSES: readonly ((random: Random) => Chance)[] = [
  () => NOTHING,
  () => ({ name: () => true, meta: (changes) => changes, sector: () => false }),
  () => ({ name: () => false, meta: (changes) => changes, sector: () => true }),
  (random) => {
    let names = random.below(12);
    return { name: () => names-- > 0, meta: (changes) => changes, sector: () => random.chance(0.9) };
  },
  (random) => {
    const [names, sectors] = [random.next(), random.next()];
    return {
      name: () => random.chance(names),
      meta: (changes) => random.below(changes + 1),
      sector: () => random.chance(sectors),
    };
  },
];

export interface Counts {
  /** Lives of stores that were stopped at every moment. */
  lives: number;
  /** Moments at which a disk was stopped. */
  stops: number;
  /** Different contents of a disk that were opened. */
  states: number;
  /** Of these, by what the store was at. */
  readonly at: Record<Moment, number>;
}

/** How thoroughly a session is stopped: every so many events, with how many of the losses. */
export interface Effort {
  readonly step: number;
  readonly losses: number;
  /** The share of what is found that is stopped again on its way. */
  readonly again: number;
}

class Explorer {
  readonly counts: Counts = {
    lives: 0,
    stops: 0,
    states: 0,
    at: Object.fromEntries(MOMENTS.map((moment) => [moment, 0])) as Record<Moment, number>,
  };
  readonly #until: number;
  readonly #known = new Set<string>();

  constructor(states: number) {
    this.#until = states;
  }

  /** What another store came to counts again. */
  forget(): void {
    this.#known.clear();
  }

  get done(): boolean {
    return this.counts.states >= this.#until;
  }

  /** Stops what a session did at every moment and opens what is left. */
  async explore(
    start: DiskState,
    session: Session,
    random: Random,
    effort: Effort,
    depth: number,
  ): Promise<void> {
    this.counts.lives++;
    const state = start.clone();
    const { log } = session.disk;
    const first = random.below(effort.step);
    for (let events = 0; events <= log.length && !this.done; events++) {
      if (events % effort.step === first) {
        this.counts.stops++;
        for (const left of this.#images(state, random, effort.losses))
          await this.#open(left, session, events, random, effort, depth);
      }
      const event = log[events];
      if (event) state.apply(event);
    }
  }

  *#images(state: DiskState, random: Random, losses: number): Generator<DiskState> {
    yield state.clone();
    for (let i = 0; i < losses; i++) {
      const loss = LOSSES[i % LOSSES.length];
      if (loss) yield new DiskState(state.afterPowerCut(loss(random)));
    }
  }

  async #open(
    left: DiskState,
    before: Session,
    events: number,
    random: Random,
    effort: Effort,
    depth: number,
  ): Promise<void> {
    const past = before.pastAt(events);
    const key = `${digest(left.seen().root)} ${digest(left.afterPowerCut(NOTHING).root)} ${past.models.length} ${past.held.length}`;
    if (this.done || this.#known.has(key)) return;
    this.#known.add(key);
    this.counts.states++;
    for (const moment of before.momentsAt(events)) this.counts.at[moment]++;
    const session = new Session(left, random, past);
    try {
      await session.open();
      await session.findPast();
      if (random.chance(0.5)) await session.checkFiles();
      await session.work(random.below(3));
      if (random.chance(0.3)) await session.checkFiles();
      if (random.chance(0.1)) await session.workOnFailing(3);
      await session.close();
    } catch (error) {
      report(before, events, depth, session, left.seen());
      throw error;
    }
    if (random.chance(effort.again)) {
      const less = { step: effort.step, losses: 3, again: effort.again / 4 };
      await this.explore(left, session, random, less, depth + 1);
    }
  }
}

function report(before: Session, events: number, depth: number, session: Session, image: Image): void {
  console.error(`stopped after event ${events} of ${before.disk.log.length}, depth ${depth}; before that:`);
  for (const event of before.disk.log.slice(Math.max(0, events - 12), events)) {
    console.error(
      ' ',
      JSON.stringify(event, (name, value) => (name === 'bytes' ? undefined : value)).slice(0, 300),
    );
  }
  console.error([...before.story, ...before.said, 'and then', ...session.story, ...session.said].join('\n'));
  if (process.env['DAVD_TEST_SHOW']) show(image.root, '');
}

function show(folder: FolderImage, indent: string): void {
  for (const [name, node] of folder.entries) {
    if ('entries' in node) {
      console.error(`${indent}${name}/ (${node.id})`);
      show(node, `${indent}  `);
    } else
      console.error(
        `${indent}${name} (${node.id}, ${node.content.length}): ${JSON.stringify(node.content.toString().slice(0, 200))}`,
      );
  }
}

const digests = new WeakMap<Buffer, string>();

function digest(node: FileImage | FolderImage): string {
  if ('entries' in node) {
    const lines = [...node.entries].map(([name, inside]) => `${name} ${digest(inside)}`);
    return hash('sha1', lines.sort().join('\n'));
  }
  const known = digests.get(node.content) ?? hash('sha1', node.content);
  digests.set(node.content, known);
  return `${known} ${node.stamp}`;
}

/** Lets stores live and stops them until so many different disks were opened. @throws AssertionError what is wrong with one. */
export async function exploreCrashes(
  restart: Restart,
  seed: number,
  states: number,
  step: number,
): Promise<Counts> {
  const explorer = new Explorer(states);
  // Each store's life begins with a seed of its own, so that it can be repeated alone.
  for (let life = seed; !explorer.done; life = (life + 1) % 2 ** 31) {
    restart(life);
    explorer.forget();
    const random = new Random(life);
    const start = await newStore();
    const session = new Session(start, random, NO_PAST);
    try {
      await session.open();
      await session.findPast();
      await session.begin();
      await session.work(10);
      if (random.chance(0.3)) await session.workOnFailing(5);
      await session.close();
      await explorer.explore(start, session, random, { step, losses: LOSSES.length + 1, again: 0.02 }, 0);
    } catch (error) {
      console.error(`DAVD_TEST_SEED=${life} begins with it`);
      throw error;
    }
  }
  return explorer.counts;
}
