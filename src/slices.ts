import { setImmediate, setTimeout } from 'node:timers/promises';

/** In ms. */
interface Pace {
  readonly slice: number;
  /** After each slice; 0 lets others go first and no more. */
  readonly rest: number;
}

const USUAL: Pace = { slice: 8, rest: 0 };

/** Cuts long work into slices so that nothing else waits longer than one of them. */
export class Slices {
  readonly #pace: Pace;
  #begun = performance.now();

  constructor(pace = USUAL) {
    this.#pace = pace;
  }

  /** True when the slice is used up: then `await pause()`. */
  get over(): boolean {
    return performance.now() - this.#begun > this.#pace.slice;
  }

  async pause(): Promise<void> {
    if (this.#pace.rest > 0) await setTimeout(this.#pace.rest, undefined, { ref: false });
    else await setImmediate();
    this.#begun = performance.now();
  }
}
