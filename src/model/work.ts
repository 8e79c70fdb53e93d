/**
 * How much may be computed for one question. Rules are data from strangers: `FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30`
 * looks for ever, `FREQ=SECONDLY` finds too much. A step takes some 50 ns, so a budget bounds the time as well
 * without reading a clock, and equal questions get equal answers.
 */
export class Work {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  /** The answer may lack what would have come later. */
  get exhausted(): boolean {
    return this.#left <= 0;
  }

  /** Takes steps from the budget; false where none are left. */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left > 0;
  }
}

/** An answer would take more than may be computed or sent, and half of it would be wrong. */
export class TooMuch extends Error {
  override readonly name = 'TooMuch';
}
