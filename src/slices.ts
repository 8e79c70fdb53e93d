import { setImmediate } from 'node:timers/promises';

const SLICE = 8;

/** Cuts long work into slices so that nothing else waits longer than one of them. */
export class Slices {
  #begun = performance.now();

  /** True when the slice is used up: then `await pause()`. */
  get over(): boolean {
    return performance.now() - this.#begun > SLICE;
  }

  async pause(): Promise<void> {
    await setImmediate();
    this.#begun = performance.now();
  }
}
