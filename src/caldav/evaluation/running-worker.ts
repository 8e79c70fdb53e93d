import { TooMuch } from '../../model/work.ts';
import type { Zone } from '../../model/zone.ts';
import { namedZone } from '../../model/zone-names.ts';
import { definitionOf } from '../timezone.ts';
import type { SentAnswer, SentQuestion, SentZone } from './message.ts';
import type { Asked, Effort, Questions } from './questions.ts';

/** As much of a `Worker` of node:worker_threads as is needed. */
export interface Helper {
  postMessage(question: SentQuestion): void;
  on(event: 'message', listener: (answer: SentAnswer) => void): unknown;
  on(event: 'error', listener: () => void): unknown;
  off(event: 'message', listener: (answer: SentAnswer) => void): unknown;
  off(event: 'error', listener: () => void): unknown;
  ref(): void;
  unref(): void;
  terminate(): Promise<unknown>;
}

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
      helper.postMessage(this.#sentQuestion(ask, question, effort));
    });
  }

  async end(): Promise<void> {
    this.#ended = true;
    // It may still fail, which nobody needs to know.
    this.#helper.on('error', () => undefined);
    await this.#helper.terminate();
  }

  #sentQuestion(ask: Asked, question: Questions[Asked], effort: Effort): SentQuestion {
    const { zone, bytes, ...rest } = { zone: undefined, ...question };
    const known = bytes === this.#sent;
    this.#sent = bytes;
    // A copy: what is sent takes the whole buffer along, of which the bytes may be a small part.
    return { ask, effort, question: rest, bytes: known ? null : new Uint8Array(bytes), zone: sentZone(zone) };
  }
}

function sentZone(zone: Zone | undefined): SentZone {
  if (zone === undefined) return { name: 'UTC' };
  const definition = namedZone(zone.name) === zone ? undefined : definitionOf(zone);
  return definition === undefined ? { name: zone.name } : { definition };
}
