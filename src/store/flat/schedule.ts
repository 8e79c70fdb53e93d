import { reasonOf } from './error.ts';
import type { Position } from './journal.ts';

/** Octets of journal after which a checkpoint is due, and ms after the first commit since the last one. */
const GROWTH = 8 * 1024 * 1024;
const DELAY = 60_000;
/** Files that are not safe, after which one is due once no more are about to be written: closing has to wait for them. */
const MANY = 2000;

/** Runs checkpoints while commits come: often enough that opening has little to replay, seldom enough to cost nothing. */
export class Schedule {
  readonly #work: () => Promise<void>;
  readonly #warn: (text: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #from: Position;
  #running: Promise<void> | undefined;
  /** What came while one was under way, perhaps too late for it: another one is due at once, or after a while. */
  #next: 'now' | 'later' | undefined;
  #failed = false;
  #closed = false;

  constructor(from: Position, work: () => Promise<void>, warn: (text: string) => void) {
    this.#from = from;
    this.#work = work;
    this.#warn = warn;
  }

  /** The journal has grown to here. */
  note(position: Position): void {
    this.#later();
    if (this.#running) return;
    const grown = position.segment !== this.#from.segment || position.offset - this.#from.offset >= GROWTH;
    if (!grown) return;
    this.#from = position;
    this.now();
  }

  /** Files show everything that is committed. @param unsafe how many of them may not be on the disk yet. */
  written(unsafe: number): void {
    // A disk that fails has them all written again.
    if (unsafe >= MANY && !this.#failed) this.now();
    else if (unsafe > 0) this.#later();
  }

  /** Something is to be saved that no commit brought. */
  now(): void {
    if (this.#closed) return;
    if (this.#running) this.#next = 'now';
    else this.#run();
  }

  /** Begins nothing more; resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #later(): void {
    if (this.#closed) return;
    if (this.#running) this.#next ??= 'later';
    else this.#timer ??= setTimeout(() => this.#run(), DELAY).unref();
  }

  #run(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next = undefined;
    this.#failed = false;
    this.#running = this.#work()
      .catch((error: unknown) => {
        this.#failed = true;
        this.#warn(`saving the state: ${reasonOf(error)}; nothing is lost, it is tried again`);
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#next === 'now' && !this.#failed) this.now();
        else if (this.#next || this.#failed) this.#later();
      });
  }
}
