import type { CollectionId } from '../../types.ts';
import type { Catalog } from '../catalog.ts';
import type { Presence } from './presence.ts';
import type { Sweep } from './sweep.ts';
import type { Watch } from './watch.ts';

export interface SweepsParts {
  readonly catalog: Catalog;
  readonly presence: Presence;
  readonly sweep: Sweep;
  readonly watch: Watch | undefined;
  /** ms between sweeps of everything. */
  readonly period: number | undefined;
  /** A sweep has ended. */
  readonly swept: () => void;
  /** Everything is to be looked at, as it is now and then. */
  readonly everything: () => void;
}

/** ms without a hint after which a collection in which much happens is swept, and how long that waits at most. */
const CALM = 300;
const LONGEST = 1500;
/** Hints of one collection beyond which it is swept. */
const MANY = 1000;
/** ms between sweeps of everything, and where not all is watched. Sweeping takes one part in SHARE of the time at most. */
const PERIOD = 5 * 60_000;
const PERIOD_UNWATCHED = 60_000;
const SHARE = 200;

/** Sweeps collections, one at a time: those in which much happens, and now and then all, because hints may be missing. */
export class Sweeps {
  readonly #parts: SweepsParts;
  readonly #due = new Map<CollectionId, { readonly begun: number; readonly due: number }>();
  #timer: NodeJS.Timeout | undefined;
  #period: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  /** ms that sweeping took since the last sweep of everything. */
  #took = 0;
  #begun = false;
  #stopped = false;

  constructor(parts: SweepsParts) {
    this.#parts = parts;
  }

  /** @param hints how many there are for a collection. @returns whether they are taken care of. */
  hinted(collection: CollectionId, hints: number): boolean {
    if (hints < MANY && !this.#due.has(collection)) return false;
    this.soon(collection);
    return true;
  }

  soon(collection: CollectionId): void {
    const now = performance.now();
    const begun = this.#due.get(collection)?.begun ?? now;
    this.#due.set(collection, { begun, due: Math.min(begun + LONGEST, now + CALM) });
    this.#schedule();
  }

  everything(): void {
    for (const id of this.#parts.catalog.collections.keys()) this.soon(id);
  }

  /** Nothing is swept before. */
  begin(): void {
    this.#begun = true;
    this.#schedule();
    this.#again();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#period);
    this.#parts.sweep.stop();
    await this.#running;
  }

  #again(): void {
    const { watch, period = watch?.limited ? PERIOD_UNWATCHED : PERIOD } = this.#parts;
    this.#period = setTimeout(
      () => {
        this.#took = 0;
        this.#parts.everything();
        this.#again();
      },
      Math.max(period, this.#took * SHARE),
    ).unref();
  }

  #schedule(): void {
    const ready = this.#begun && !this.#stopped && !this.#running && this.#due.size > 0;
    if (!ready || this.#timer) return;
    const first = Math.min(...[...this.#due.values()].map(({ due }) => due));
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#running = this.#run().finally(() => {
          this.#running = undefined;
          this.#schedule();
        });
      },
      Math.max(0, first - performance.now()),
    ).unref();
  }

  async #run(): Promise<void> {
    const { presence, sweep, swept } = this.#parts;
    for (const [id, { due }] of [...this.#due]) {
      const now = performance.now();
      if (due > now || this.#stopped) continue;
      this.#due.delete(id);
      if (presence.away === undefined) await sweep.collection(id);
      this.#took += performance.now() - now;
      swept();
    }
  }
}
