import { reasonOf } from './error.ts';
import type { Position } from './journal.ts';

/** Octets of journal after which a checkpoint is due, and ms after the first commit since the last one. */
const GROWTH = 8 * 1024 * 1024;
const DELAY = 60_000;

/** Runs checkpoints while commits come: often enough that opening has little to replay, seldom enough to cost nothing. */
export class Schedule {
  readonly #work: () => Promise<void>;
  readonly #warn: (text: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #from: Position;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(from: Position, work: () => Promise<void>, warn: (text: string) => void) {
    this.#from = from;
    this.#work = work;
    this.#warn = warn;
  }

  /** The journal has grown to here. */
  note(position: Position): void {
    if (this.#running || this.#closed) return;
    this.#timer ??= setTimeout(() => this.#run(), DELAY).unref();
    const grown = position.segment !== this.#from.segment || position.offset - this.#from.offset >= GROWTH;
    if (!grown) return;
    this.#from = position;
    this.#run();
  }

  /** Something is to be saved that no commit brought. */
  now(): void {
    if (!this.#running && !this.#closed) this.#run();
  }

  /** Begins nothing more; resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #run(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running = this.#work()
      .catch((error: unknown) =>
        this.#warn(`saving the state: ${reasonOf(error)}; nothing is lost, it is tried again`),
      )
      .finally(() => {
        this.#running = undefined;
      });
  }
}
