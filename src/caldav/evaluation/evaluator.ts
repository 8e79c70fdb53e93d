import { TooMuch } from '../../model/work.ts';
import type { Zone } from '../../model/zone.ts';
import { namedZone } from '../../model/zone-names.ts';
import { definitionOf } from '../timezone.ts';
import { readAnswer, type SentAnswer, type SentQuestion, type SentZone } from './message.ts';
import { type Answers, type Asked, answer, QUICK, type Questions } from './questions.ts';

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

/** Octets that are parsed without others noticing. */
const SMALL = 65_536;
/** What a question may take in a worker that may have to start first, ms. */
const DEADLINE = 2000;
/** Questions that wait for the worker; more come from somebody who wants to keep it busy. */
const MOST_WAITING = 16;

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
   * @param patience 'quick': a small object is not asked of the worker, however much it takes
   * @throws TooMuch if there is no answer within the budget, or in time
   * @throws InvalidData if the bytes can't be read, of 'check' and 'data'
   */
  async ask<A extends Asked>(
    ask: A,
    question: Questions[A],
    patience: 'quick' | 'thorough' = 'thorough',
  ): Promise<Answers[A]> {
    if (question.bytes.length <= SMALL) {
      try {
        return answer(ask, question, QUICK);
      } catch (error) {
        if (!(error instanceof TooMuch) || patience === 'quick') throw error;
      }
    }
    // What a worker sends is the answer to what it was sent.
    return readAnswer(await this.#send(ask, question)) as Answers[A];
  }

  async close(): Promise<void> {
    await this.#helper?.terminate();
    this.#helper = undefined;
  }

  /** One after the other. */
  #send(ask: Asked, question: Questions[Asked]): Promise<SentAnswer> {
    if (this.#waiting >= MOST_WAITING)
      throw new TooMuch('there is too much to compute just now: try again later');
    this.#waiting += 1;
    const sent = sentQuestion(ask, question);
    const turn = this.#last
      .then(() => this.#exchange(sent))
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #exchange(sent: SentQuestion): Promise<SentAnswer> {
    this.#helper ??= this.#start();
    const helper = this.#helper;
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

function sentQuestion(ask: Asked, question: Questions[Asked]): SentQuestion {
  const { zone, ...rest } = { zone: undefined, ...question };
  // A copy: what is sent takes the whole buffer along, of which the bytes may be a small part.
  return { ask, question: { ...rest, bytes: new Uint8Array(question.bytes) }, zone: sentZone(zone) };
}

function sentZone(zone: Zone | undefined): SentZone {
  if (zone === undefined) return { name: 'UTC' };
  const definition = namedZone(zone.name) === zone ? undefined : definitionOf(zone);
  return definition === undefined ? { name: zone.name } : { definition };
}
