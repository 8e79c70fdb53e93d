import { setTimeout } from 'node:timers/promises';

/** In ms. */
interface Pace {
  readonly slice: number;
  /** After each slice; 0 lets others go first and no more. */
  readonly rest: number;
}

const USUAL: Pace = { slice: 4, rest: 0 };

/**
 * Cuts long work into slices so that nothing else waits longer than one of them. All that happens in one turn of the
 * event loop shares a slice, and one turn wakes one of those that pause: several works at once don't add up.
 */
export class Slices {
  readonly #pace: Pace;

  constructor(pace = USUAL) {
    this.#pace = pace;
    turnBegan();
  }

  /** True when the slice is used up: then `await pause()`. */
  get over(): boolean {
    return performance.now() - turnBegan() > this.#pace.slice;
  }

  async pause(): Promise<void> {
    if (this.#pace.rest > 0) await setTimeout(this.#pace.rest, undefined, { ref: false });
    else await nextTurn();
  }
}

// A thread has one event loop, so what follows is the thread's.

/** When the first slice of this turn began; undefined before. */
let begun: number | undefined;
/** Those that pause, the one that waits longest first. */
const pausing: (() => void)[] = [];

function turnBegan(): number {
  if (begun === undefined) {
    begun = performance.now();
    setImmediate(endTurn).unref();
  }
  return begun;
}

function endTurn(): void {
  begun = undefined;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (pausing.push(resolve) === 1) setImmediate(wakeOne);
  });
}

function wakeOne(): void {
  pausing.shift()?.();
  // What it wakes runs once this has returned, in a turn of its own.
  begun = undefined;
  if (pausing.length > 0) setImmediate(wakeOne);
}
