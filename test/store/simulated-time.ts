import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import zlib from 'node:zlib';
import { Random } from './random.ts';

/** In how many of a hundred looks at the clock some ms have gone by. */
const HASTE = 5;
/** Of so many turns that something ready could take, one goes to a timer that is due within TURN ms. */
const LATENESS = 20;
const TURN = 30;

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

class Clock {
  now = 0;
  random = new Random(0);
  readonly #set: typeof setImmediate = setImmediate;
  #ready: (() => void)[] = [];
  readonly #timers = new Set<Timer>();
  #going = false;

  restart(seed: number): void {
    this.random = new Random(seed);
    this.now = Date.UTC(2026, 0);
    this.#ready = [];
    this.#timers.clear();
  }

  look(): number {
    if (this.random.below(100) < HASTE) this.now += this.random.below(12);
    return this.now;
  }

  soon(run: () => void): void {
    this.#ready.push(run);
    this.#go();
  }

  later(ms: number, run: () => void): Timer {
    const timer = { at: this.now + Math.max(1, ms), run };
    this.#timers.add(timer);
    this.#go();
    return timer;
  }

  clear(timer: Timer): void {
    this.#timers.delete(timer);
  }

  #go(): void {
    if (this.#going) return;
    this.#going = true;
    this.#set(() => {
      this.#going = false;
      this.#step();
      if (this.#ready.length > 0 || this.#timers.size > 0) this.#go();
    });
  }

  /** One thing at a time, and all promises between two. Hours go by when nothing else is to be done, ms at any time. */
  #step(): void {
    const next = this.#nextTimer();
    const due = next && next.at <= this.now + TURN;
    const first = due && this.random.below(LATENESS) === 0 ? undefined : this.#ready.shift();
    if (first) first();
    else if (next) {
      this.#timers.delete(next);
      this.now = Math.max(this.now, next.at);
      next.run();
    }
  }

  #nextTimer(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (timer.at < (next?.at ?? Infinity)) next = timer;
    return next;
  }
}

/** Begins anew: what comes depends on the seed alone. Nothing that waits for its turn gets one any more. */
export type Restart = (seed: number) => void;

/**
 * From now on nothing in this thread depends on the machine's clock, threads or chance: the same seed gives the same order
 * of everything, and an hour goes by in no time. Before modules are loaded that keep what is replaced here.
 */
export function simulateTime(): Restart {
  const clock = new Clock();
  globalThis.setImmediate = ((run: (...args: unknown[]) => void, ...args: unknown[]) =>
    clock.soon(() => run(...args))) as unknown as typeof setImmediate;
  globalThis.setTimeout = ((run: (...args: unknown[]) => void, ms = 1, ...args: unknown[]) => {
    const timer = clock.later(ms, () => run(...args));
    return Object.assign(timer, { ref: () => timer, unref: () => timer });
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((timer: Timer | undefined) => {
    if (timer) clock.clear(timer);
  }) as unknown as typeof clearTimeout;
  timers.setImmediate = <T>(value?: T) => new Promise<T>((resolve) => clock.soon(() => resolve(value as T)));
  timers.setTimeout = <T>(ms = 1, value?: T) =>
    new Promise<T>((resolve) => void clock.later(ms, () => resolve(value as T)));
  performance.now = () => clock.look();
  Date.now = () => Math.floor(clock.look());
  crypto.randomBytes = ((size: number) =>
    Buffer.from(Array.from({ length: size }, () => clock.random.below(256)))) as typeof crypto.randomBytes;
  zlib.zstdCompress = aside(zlib.zstdCompressSync) as typeof zlib.zstdCompress;
  zlib.zstdDecompress = aside(zlib.zstdDecompressSync) as typeof zlib.zstdDecompress;
  syncBuiltinESMExports();
  return (seed) => clock.restart(seed);
}

type Done = (error: unknown, result?: Buffer) => void;

/** What takes a thread of its own takes a turn here. */
function aside(work: (bytes: Buffer, options?: object) => Buffer) {
  return (bytes: Buffer, options: object | Done, callback?: Done) => {
    const done = typeof options === 'function' ? (options as Done) : callback;
    setImmediate(() => {
      try {
        done?.(null, work(bytes, typeof options === 'function' ? {} : options));
      } catch (error) {
        done?.(error);
      }
    });
  };
}
