import { TooMuch } from '../../model/work.ts';
import type { Zone } from '../../model/zone.ts';
import { namedZone } from '../../model/zone-names.ts';
import { Slices } from '../../slices.ts';
import { definitionOf } from '../timezone.ts';
import type { SentAnswer, SentPart, SentQuestion, SentZone } from './message.ts';
import type { Asked, Effort, Questions } from './questions.ts';

/** As much of a `Worker` of node:worker_threads as is needed. */
export interface Helper {
  postMessage(sent: SentQuestion | SentPart, transferred: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (answer: SentAnswer) => void): unknown;
  on(event: 'error', listener: () => void): unknown;
  off(event: 'message', listener: (answer: SentAnswer) => void): unknown;
  off(event: 'error', listener: () => void): unknown;
  ref(): void;
  unref(): void;
  terminate(): Promise<unknown>;
}

/** Octets that are copied at once. */
const PART = 256 * 1024;

/** A worker while it runs: it is asked one question after the other. */
export class RunningWorker {
  readonly #helper: Helper;
  readonly #deadline: number;
  /** Bytes that it has already: an object is mostly asked several things, one after the other. */
  #sent: Uint8Array | undefined;
  #ended = false;

  /** @param deadline ms for each question */
  constructor(helper: Helper, deadline: number) {
    this.#helper = helper;
    this.#deadline = deadline;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** @throws TooMuch if it has no answer in time, or fails; then it has ended */
  ask(ask: Asked, question: Questions[Asked], effort: Effort): Promise<SentAnswer> {
    const helper = this.#helper;
    helper.ref();
    return new Promise((resolve, reject) => {
      const giveUp = (why: string) => {
        settle();
        void this.end();
        reject(new TooMuch(why));
      };
      const answered = (answer: SentAnswer) => {
        settle();
        resolve(answer);
      };
      // Out of memory, mostly.
      const failed = () => giveUp('computing the object takes too much');
      const timer = setTimeout(() => giveUp('computing the object takes too long'), this.#deadline);
      const settle = () => {
        clearTimeout(timer);
        helper.off('message', answered);
        helper.off('error', failed);
        // An idle worker keeps no process alive.
        helper.unref();
      };
      helper.on('error', failed);
      helper.on('message', answered);
      this.#post(ask, question, effort).catch((error: unknown) => {
        settle();
        // Parts that it has already would begin the next object.
        void this.end();
        reject(error);
      });
    });
  }

  async end(): Promise<void> {
    this.#ended = true;
    // It may still fail, which nobody needs to know.
    this.#helper.on('error', () => undefined);
    await this.#helper.terminate();
  }

  async #post(ask: Asked, question: Questions[Asked], effort: Effort): Promise<void> {
    const { zone, bytes, ...rest } = { zone: undefined, ...question };
    const sent = { ask, effort, question: rest, zone: sentZone(zone) };
    if (bytes === this.#sent) {
      this.#helper.postMessage({ ...sent, bytes: null }, []);
      return;
    }
    this.#sent = bytes;
    const slices = new Slices();
    let at = 0;
    for (; at + PART < bytes.length; at += PART) {
      const part = copied(bytes, at, at + PART);
      this.#helper.postMessage({ part }, [part.buffer]);
      if (slices.over) await slices.pause();
    }
    const last = copied(bytes, at, bytes.length);
    this.#helper.postMessage({ ...sent, bytes: last }, [last.buffer]);
  }
}

/** A part with a buffer of its own, which can be given away. */
function copied(bytes: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.subarray(start, end));
}

function sentZone(zone: Zone | undefined): SentZone {
  if (zone === undefined) return { name: 'UTC' };
  const definition = namedZone(zone.name) === zone ? undefined : definitionOf(zone);
  return definition === undefined ? { name: zone.name } : { definition };
}
