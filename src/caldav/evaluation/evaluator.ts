import { TooMuch } from '../../model/work.ts';
import type { Zone } from '../../model/zone.ts';
import { namedZone } from '../../model/zone-names.ts';
import { definitionOf } from '../timezone.ts';
import { readAnswer, type SentAnswer, type SentQuestion, type SentZone } from './message.ts';
import {
  type Answers,
  type Asked,
  answer,
  type Effort,
  QUICK,
  type Questions,
  THOROUGH,
} from './questions.ts';

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

/** Octets that are parsed within a few ms, whatever they say. */
const SMALL = 16_384;
/** What an answer may take where others wait, ms: code that runs for the first time is slow. */
const MOMENT = 4;
/** What a question may take in a worker that may have to start first, ms. */
const DEADLINE = 2000;
/** Questions that wait for the worker; more come from somebody who wants to keep it busy. */
const MOST_WAITING = 100;

/**
 * Answers questions about objects: at once where that takes a few ms; in a worker, with a deadline, where the object is
 * large, or turns out to ask for much.
 */
export class Evaluator {
  readonly #start: () => Helper;
  readonly #deadline: number;
  #helper: Helper | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @param start makes a worker that runs worker.ts */
  constructor(start: () => Helper, { deadline = DEADLINE } = {}) {
    this.#start = start;
    this.#deadline = deadline;
  }

  /**
   * @param effort where less than THOROUGH, an object that asks for more is not worth it
   * @throws TooMuch if there is no answer within the budget, or in time
   * @throws InvalidData if the bytes can't be read, of 'check' and 'data'
   */
  async ask<A extends Asked>(ask: A, question: Questions[A], effort = THOROUGH): Promise<Answers[A]> {
    if (question.bytes.length <= SMALL) {
      try {
        return answer(ask, question, { ...QUICK, until: performance.now() + MOMENT });
      } catch (error) {
        if (!(error instanceof TooMuch) || (effort === QUICK && !error.late)) throw error;
      }
    }
    // What a worker sends is the answer to what it was sent.
    return readAnswer(await this.#send(ask, question, effort)) as Answers[A];
  }

  /** Has a worker at hand, as starting one takes longer than most answers. */
  prepare(): void {
    this.#helper ??= this.#start();
  }

  async close(): Promise<void> {
    await this.#helper?.terminate();
    this.#helper = undefined;
  }

  /** One after the other. */
  #send(ask: Asked, question: Questions[Asked], effort: Effort): Promise<SentAnswer> {
    if (this.#waiting >= MOST_WAITING)
      throw new TooMuch('there is too much to compute just now: try again later');
    this.#waiting += 1;
    const turn = this.#last
      .then(() => this.#exchange(sentQuestion(ask, question, effort)))
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #exchange(sent: SentQuestion): Promise<SentAnswer> {
    this.prepare();
    const helper = this.#helper ?? this.#start();
    helper.ref();
    return new Promise((resolve, reject) => {
      const giveUp = (why: string) => {
        settle();
        this.#helper = undefined;
        // It may still fail, which nobody needs to know.
        helper.on('error', () => undefined);
        void helper.terminate();
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
      helper.postMessage(sent);
    });
  }
}

function sentQuestion(ask: Asked, question: Questions[Asked], effort: Effort): SentQuestion {
  const { zone, ...rest } = { zone: undefined, ...question };
  // A copy: what is sent takes the whole buffer along, of which the bytes may be a small part.
  return { ask, effort, question: { ...rest, bytes: new Uint8Array(question.bytes) }, zone: sentZone(zone) };
}

function sentZone(zone: Zone | undefined): SentZone {
  if (zone === undefined) return { name: 'UTC' };
  const definition = namedZone(zone.name) === zone ? undefined : definitionOf(zone);
  return definition === undefined ? { name: zone.name } : { definition };
}
