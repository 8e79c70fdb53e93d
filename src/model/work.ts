/**
 * How much may be computed for one question. Rules are data from strangers: `FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30`
 * looks for ever, `FREQ=SECONDLY` finds too much. Steps bound the work without reading a clock, so that equal questions
 * get equal answers.
 */
export interface Effort {
  readonly steps: number;
  /** By `performance.now()`. For who may ask again where nobody waits. */
  readonly until?: number;
}

/** Steps between two looks at the clock. */
const LOOK = 500;

/** An effort that is being spent. */
export class Work {
  readonly #until: number;
  #left: number;
  #nextLook: number;
  #late = false;

  constructor({ steps, until = Infinity }: Effort) {
    this.#until = until;
    this.#left = steps;
    this.#nextLook = until === Infinity ? -Infinity : steps - LOOK;
  }

  /** The answer may lack what would have come later. */
  get exhausted(): boolean {
    return this.#left <= 0;
  }

  /** Takes steps from the budget; false where none are left. */
  spend(steps: number): boolean {
    this.#left -= steps;
    if (this.#left < this.#nextLook) this.#look();
    return this.#left > 0;
  }

  /** @throws TooMuch if it is exhausted. @param what takes too much: `finding its occurrences` */
  demandLeft(what: string): void {
    if (this.exhausted) throw new TooMuch(`${what} takes too much: ask for a shorter time`, this.#late);
  }

  #look(): void {
    if (performance.now() > this.#until) {
      this.#left = 0;
      this.#late = true;
    }
    this.#nextLook = this.#left - LOOK;
  }
}

/** An answer would take more than may be computed or sent, and half of it would be wrong. */
export class TooMuch extends Error {
  override readonly name = 'TooMuch';
  /** For lack of time: another time there may be an answer. */
  readonly late: boolean;

  constructor(message: string, late = false) {
    super(message);
    this.late = late;
  }
}
