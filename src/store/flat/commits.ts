import { type Circumstances, type Outcome, Refusal } from '../types.ts';
import type { Catalog, Spot } from './catalog.ts';
import { Draft } from './draft.ts';
import type { CommitRecord } from './entries.ts';
import { type Batch, type Journal, WriteFailure } from './journal.ts';
import type { TakenOver } from './mirror.ts';
import type { Plan, Prepared, Setting } from './plan.ts';
import { planCommit } from './plan-commit.ts';

/** What comes with a commit of the store itself beside that. */
export interface InnerCircumstances extends Circumstances {
  /** Members whose files are as the commit says already. */
  readonly taken?: readonly TakenOver[];
}

/** A commit whose turn has not come. */
interface Waiting {
  readonly changes: readonly Prepared[];
  readonly circumstances: InnerCircumstances;
  readonly resolve: (outcomes: readonly Outcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A commit that waits for the disk. `plan` is absent where it changes nothing. */
interface Drafted {
  readonly waiting: Waiting;
  readonly outcomes: readonly Outcome[];
  readonly written?: Omit<Published, 'taken'>;
}

export interface Published {
  readonly plan: Plan;
  readonly record: CommitRecord;
  readonly spot: Spot;
  readonly taken: readonly TakenOver[];
}

/** How much goes to the disk at once at most. */
const BATCH_COMMITS = 512;
const BATCH_OCTETS = 16 * 1024 * 1024;

/** What the room on the disk allows; see reserve.ts. */
export interface Room {
  /** Whether a commit that adds bytes may be tried. */
  admits(octets: number): boolean;
  /** The disk is full: makes room for what adds no bytes, true if another try is worth it. */
  release(): Promise<boolean>;
}

/**
 * The one writer. Commits are planned in the order they come, written together, and published once they are durable;
 * while one batch waits for the disk the next one gathers.
 */
export class Commits {
  readonly #catalog: Catalog;
  readonly #journal: Journal;
  readonly #room: Room;
  readonly #setting: Omit<Setting, 'time'>;
  readonly #published: (commit: Published) => void;
  readonly #ended: (error: unknown) => void;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  #closed: 'read-only' | undefined;

  /**
   * @param published called for each commit right after it took effect; must not throw.
   * @param ended told why nothing can be written any more
   */
  constructor(
    catalog: Catalog,
    journal: Journal,
    room: Room,
    setting: Omit<Setting, 'time'>,
    published: (commit: Published) => void,
    ended: (error: unknown) => void,
  ) {
    this.#catalog = catalog;
    this.#journal = journal;
    this.#room = room;
    this.#setting = setting;
    this.#published = published;
    this.#ended = ended;
  }

  /** No commit succeeds until the store is opened again. */
  get readOnly(): boolean {
    return this.#closed !== undefined;
  }

  /** @throws Refusal */
  submit(changes: readonly Prepared[], circumstances: InnerCircumstances): Promise<readonly Outcome[]> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ changes, circumstances, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Refuses what comes from now on. */
  async close(): Promise<void> {
    await this.idle();
    this.#closed = 'read-only';
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const taken = this.#take();
      try {
        await this.#step(taken);
      } catch (error) {
        // A bug: what is on the disk and what is in memory may differ now, so nothing is written any more.
        this.#end(error);
        for (const { reject } of taken) reject(error);
      }
    }
    this.#running = undefined;
  }

  #end(error: unknown): void {
    this.#closed = 'read-only';
    this.#ended(error);
  }

  async #step(taken: readonly Waiting[]): Promise<void> {
    const time = Date.now();
    if (this.#closed) {
      rejectAll(taken, this.#closed);
      return;
    }
    try {
      if (this.#journal.due(time)) await this.#journal.turn(time);
    } catch (error) {
      await this.#failed(error, taken);
      return;
    }
    await this.#write(taken, time);
  }

  #take(): Waiting[] {
    let octets = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      octets += this.#sizeOf(waiting);
      if (count > 0 && (octets > BATCH_OCTETS || count >= BATCH_COMMITS)) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #write(taken: readonly Waiting[], time: number): Promise<void> {
    const batch = this.#journal.batch();
    const drafted = this.#draft(taken, batch, time);
    if (batch.chunks.length > 0) {
      try {
        await this.#journal.append(batch);
      } catch (error) {
        await this.#failed(
          error,
          drafted.map(({ waiting }) => waiting),
        );
        return;
      }
    }
    for (const commit of drafted) this.#publish(commit);
  }

  #draft(taken: readonly Waiting[], batch: Batch, time: number): Drafted[] {
    const draft = new Draft(this.#catalog);
    const drafted: Drafted[] = [];
    const durable = this.#journal.durable;
    const setting = { ...this.#setting, time };
    for (const waiting of taken) {
      try {
        if (!this.#room.admits(this.#sizeOf(waiting))) throw new Refusal('full', -1);
        const { changes, circumstances } = waiting;
        const { by, tasks } = circumstances;
        const { plan, outcomes } = planCommit(draft, setting, changes, circumstances);
        if (plan.entries.length === 0 && !tasks?.length) {
          drafted.push({ waiting, outcomes });
          continue;
        }
        const record: CommitRecord = {
          time,
          ...(by && { by }),
          ...(tasks?.length && { tasks }),
          durable,
          changes: plan.entries,
        };
        const spot = { time, ...batch.add(record, plan.bodies, plan.size) };
        draft.settle(plan.entries, spot);
        drafted.push({ waiting, outcomes, written: { plan, record, spot } });
      } catch (error) {
        waiting.reject(error);
      }
    }
    return drafted;
  }

  /** Octets of objects that a commit adds. */
  #sizeOf({ changes }: Waiting): number {
    return changes.reduce((sum, { change, recalled }) => {
      if (recalled) return sum + (this.#setting.stays(recalled.place) ? 0 : recalled.bytes.length);
      return sum + ('bytes' in change ? change.bytes.length : 0);
    }, 0);
  }

  #publish({ waiting, outcomes, written }: Drafted): void {
    if (written) {
      this.#catalog.apply(written.record, written.spot, written.plan.facts);
      this.#published({ ...written, taken: waiting.circumstances.taken ?? [] });
    }
    waiting.resolve(outcomes);
  }

  /** A full disk refuses what adds bytes and takes the rest; a broken one ends all writing. */
  async #failed(error: unknown, taken: readonly Waiting[]): Promise<void> {
    const kind = error instanceof WriteFailure ? error.kind : 'broken';
    if (kind === 'passing') {
      rejectAll(taken, 'unavailable');
      return;
    }
    if (kind === 'broken') {
      this.#end(error);
      rejectAll(taken, 'read-only');
      return;
    }
    const again = (await this.#room.release())
      ? taken.filter((waiting) => this.#room.admits(this.#sizeOf(waiting)))
      : [];
    this.#queue.unshift(...again);
    rejectAll(
      taken.filter((waiting) => !again.includes(waiting)),
      'full',
    );
  }
}

function rejectAll(taken: readonly Waiting[], reason: Refusal['reason']): void {
  for (const { reject } of taken) reject(new Refusal(reason, -1));
}
