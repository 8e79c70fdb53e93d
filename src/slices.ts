import { setImmediate, setTimeout } from 'node:timers/promises';

/** In ms. */
interface Pace {
  readonly slice: number;
  /** After each slice; 0 lets others go first and no more. */
  readonly rest: number;
}

/** Twice as long held up others for half as long again, and made nothing faster: docs/performance.md. */
const USUAL: Pace = { slice: 2, rest: 0 };

/**
 * Cuts long work into slices so that nothing else waits longer than one of them. What happens in one turn of the event
 * loop shares a slice: works that follow one another, and works that go on side by side, don't add up.
 */
export class Slices {
  readonly #pace: Pace;
  /** Of the slice, ms. */
  #end: number;

  constructor(pace = USUAL) {
    this.#pace = pace;
    this.#end = thisTurn().begun + pace.slice;
  }

  /** True when the slice is used up: then `await pause()`. */
  get over(): boolean {
    return performance.now() > this.#end;
  }

  async pause(): Promise<void> {
    const { slice, rest } = this.#pace;
    if (rest > 0) await setTimeout(rest, undefined, { ref: false });
    else await setImmediate();
    const turn = thisTurn();
    turn.woken++;
    // As many as went on in the turn before are likely to do so in this one.
    this.#end = performance.now() + slice / Math.max(turn.woken, turn.wokenBefore);
  }
}

interface Turn {
  readonly count: number;
  /** When the first of its works began, ms. */
  readonly begun: number;
  /** How many went on after a pause. */
  woken: number;
  readonly wokenBefore: number;
}

/** A thread has one event loop, and this is what it is at. */
let current: Turn = { count: -1, begun: 0, woken: 0, wokenBefore: 0 };

function thisTurn(): Turn {
  const count = performance.nodeTiming.uvMetricsInfo.loopCount;
  if (count !== current.count)
    current = { count, begun: performance.now(), woken: 0, wokenBefore: current.woken };
  return current;
}
