/** Measures one server with one size of data: fills it, then takes the steps in their order. */

import { join } from 'node:path';
import { Refused } from './answers.ts';
import { TooSlow } from './connection.ts';
import { card, cardName } from './data/cards.ts';
import { event, eventName } from './data/events.ts';
import type { Limits } from './limits.ts';
import { startProfile } from './profile.ts';
import { figureOf, type Result } from './results.ts';
import type { OwnServer, ServerKind } from './servers/server.ts';
import { polling } from './steps/polling.ts';
import { idle, restarting } from './steps/process.ts';
import { querying } from './steps/querying.ts';
import { reading } from './steps/reading.ts';
import type { Step } from './steps/step.ts';
import { waiting } from './steps/waiting.ts';
import { fill, writing } from './steps/writing.ts';
import { Subject } from './subject.ts';
import { type Effort, Trial } from './trial.ts';

export interface Measuring {
  readonly size: number;
  readonly effort: Effort;
  readonly limits: Limits;
  /** Ids of the steps to be taken; undefined: all. */
  readonly only: ReadonlySet<string> | undefined;
  /** Folder for a profile of each step. */
  readonly profiles: string | undefined;
  readonly report: (result: Result) => void;
}

/** Address books don't grow beyond this. */
const MOST_CARDS = 10_000;
/** Larger sizes are put into the peers' storage rather than sent, which takes hours. */
const MOST_SENT = 50;
/** ms */
const INDEXING = 1_800_000;

/** In the order in which they are taken: reading first, so that writing changes nothing of what is counted on. */
export const STEPS: readonly Step[] = [
  ...reading,
  ...polling,
  ...querying,
  ...writing,
  ...restarting,
  ...waiting,
];

export async function measure(kind: ServerKind, measuring: Measuring): Promise<void> {
  const { size, effort, only, limits } = measuring;
  const server = await kind.start();
  try {
    const subject = await Subject.prepare(server);
    const take = (step: Step) => takeStep(step, new Trial(subject, effort, limits.bare), measuring);
    const wanted = (step: Step) =>
      (only?.has(step.id) ?? true) &&
      (!step.own || server.own !== undefined) &&
      !(step.sent && server.own?.seed);
    if (wanted(idle)) await take(idle);
    const cards = Math.min(size, MOST_CARDS);
    const { own } = server;
    if (own?.seed && size > MOST_SENT) {
      await own.halt();
      own.seed(subject.places.calendar, numbered(size, eventName, event));
      own.seed(subject.places.addressBook, numbered(cards, cardName, card));
      await own.launch();
      subject.events.count = size;
      subject.cards = cards;
      await warmUp(subject);
    } else await take(fill(size, cards));
    await own?.still();
    for (const step of STEPS) if (wanted(step)) await take(step);
    if (!own) await subject.clear();
  } finally {
    await server.remove();
  }
}

function* numbered(
  count: number,
  name: (i: number) => string,
  text: (i: number) => string,
): Generator<[string, string]> {
  for (let i = 0; i < count; i++) yield [name(i), text(i)];
}

/** What was put there behind a server's back may have to be indexed first; that is not held against it. */
async function warmUp(subject: Subject): Promise<void> {
  const { places, requests } = subject;
  for (const path of [places.calendar, places.addressBook]) {
    const [connection] = await subject.connect(1);
    if (!connection) continue;
    connection.patience = INDEXING;
    await connection.send(requests.propfind(path, '1', '<D:getetag/>'));
    connection.close();
  }
}

/** Takes one step: rounds of it in turn with rounds of its limit. */
async function takeStep(step: Step, trial: Trial, measuring: Measuring): Promise<void> {
  const { size, report, profiles } = measuring;
  const { effort, subject } = trial;
  const { own } = subject.server;
  const samples: number[] = [];
  const limit = new LimitOf(step, measuring);
  let failed: string | undefined;
  const used = own?.processor() ?? 0;
  const profiler = await profilerOf(own?.inspected(), step, profiles);
  const end = performance.now() + effort.stepBudget;
  try {
    for (trial.round = 0; trial.round < (step.once ? 1 : effort.rounds); trial.round++) {
      // A server that is profiled never rests.
      await limit.round(profiler ? undefined : own);
      samples.push(...(await step.run(trial)));
      limit.take(trial.beside.splice(0));
      if (performance.now() > end) break;
    }
  } catch (error) {
    failed = reasonOf(error);
  }
  await profiler?.stop();
  const processor = own && !step.own && trial.requests > 0 && (own.processor() - used) / trial.requests;
  report({
    server: subject.server.name,
    size,
    step: step.id,
    what: step.what,
    unit: step.unit,
    ...(samples.length > 0 && { figure: figureOf(samples, step.unit) }),
    ...limit.result(),
    ...(processor && { processor }),
    counts: trial.counts,
    notes: Object.fromEntries(trial.notes),
    ...(failed !== undefined && { failed }),
  });
}

/** The limit of a step, as it is measured round by round. */
class LimitOf {
  readonly #step: Step;
  readonly #measuring: Measuring;
  readonly #samples: number[] = [];
  #processor = 0;
  #requests = 0;

  constructor(step: Step, measuring: Measuring) {
    this.#step = step;
    this.#measuring = measuring;
  }

  /** @param server that has to rest first: what it has yet to do from the last round would slow the limit down */
  async round(server: OwnServer | undefined): Promise<void> {
    const { limit } = this.#step;
    if (!limit || limit === 'bare-wait') return;
    await server?.still();
    const { limits, effort, size } = this.#measuring;
    this.#processor -= limits.processor();
    this.#requests -= limits.requests;
    this.#samples.push(...(await limits.measure(limit, effort.share, size)));
    this.#processor += limits.processor();
    this.#requests += limits.requests;
  }

  /** What was measured along with the step. */
  take(samples: readonly number[]): void {
    this.#samples.push(...samples);
  }

  result(): Pick<Result, 'limit'> {
    const { limit: name, unit } = this.#step;
    if (!name || this.#samples.length === 0) return {};
    const processor = this.#requests > 0 && { processor: this.#processor / this.#requests };
    return { limit: { name, ...figureOf(this.#samples, unit), ...processor } };
  }
}

async function profilerOf(port: number | undefined, step: Step, folder: string | undefined) {
  if (port === undefined || folder === undefined || step.restarts) return undefined;
  return startProfile(port, join(folder, `${step.id}.cpuprofile`));
}

/** @throws what is neither the server's no nor its slowness */
function reasonOf(error: unknown): string {
  if (error instanceof Refused) return `refused: ${error.status}`;
  if (error instanceof TooSlow) return `more than ${error.waited / 1000} s`;
  if (error instanceof Error && 'code' in error) return String(error.code);
  throw error;
}
