import { DAY } from '../../model/civil.ts';
import { TooMuch } from '../../model/work.ts';
import { UTC } from '../../model/zone.ts';
import { readAnswer, type SentAnswer } from './message.ts';
import {
  type Answers,
  type Asked,
  answer,
  type Effort,
  QUICK,
  type Questions,
  THOROUGH,
} from './questions.ts';
import { type Helper, RunningWorker } from './running-worker.ts';

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
  #worker: RunningWorker | undefined;
  #prepared: Promise<void> | undefined;
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

  /** Resolves when there is a worker that has run its code before: starting one takes longer than most answers. */
  prepare(): Promise<void> {
    this.#prepared ??= this.#rehearse();
    return this.#prepared;
  }

  async close(): Promise<void> {
    await this.#worker?.end();
  }

  async #rehearse(): Promise<void> {
    const zone = UTC;
    const range = { start: 0, end: 30 * DAY };
    const bytes = Buffer.from(rehearsed('HOURLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYMINUTE=0,30'));
    await this.#try('check', { bytes }, QUICK);
    await this.#try('spans', { bytes, stretch: { from: range.start, to: range.end }, zone }, QUICK);
    await this.#try('match', { bytes, filter: ANYTHING, zone }, QUICK);
    // So long that what most time is spent in gets compiled.
    for (const rule of LONG_RULES) {
      const long = { bytes: Buffer.from(rehearsed(rule)), zone };
      await this.#try('busy', { ...long, range }, THOROUGH);
      await this.#try('data', { ...long, wanted: { expand: range } }, THOROUGH);
    }
  }

  /** Asks where nobody wants the answer. */
  async #try(ask: Asked, question: Questions[Asked], effort: Effort): Promise<void> {
    try {
      await this.#send(ask, question, effort);
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error;
    }
  }

  /** One after the other. */
  #send(ask: Asked, question: Questions[Asked], effort: Effort): Promise<SentAnswer> {
    if (this.#waiting >= MOST_WAITING)
      throw new TooMuch('there is too much to compute just now: try again later');
    this.#waiting += 1;
    const turn = this.#last
      .then(() => this.#running().ask(ask, question, effort))
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #running(): RunningWorker {
    if (!this.#worker || this.#worker.ended) {
      if (this.#worker) this.#prepared = undefined;
      this.#worker = new RunningWorker(this.#start(), this.#deadline);
    }
    return this.#worker;
  }
}

const ANYTHING = { name: 'VCALENDAR', isNotDefined: false, props: [], comps: [] };
const LONG_RULES = ['SECONDLY;BYDAY=MO,TU,WE,TH,FR,SA,SU', 'SECONDLY;BYMONTHDAY=1,2,3,-1;BYSETPOS=1'];

/** A series of which everything is asked. */
function rehearsed(rule: string): string {
  return `BEGIN:VCALENDAR\r
BEGIN:VEVENT\r
UID:rehearsed\r
DTSTART;TZID=Europe/Berlin:19700101T000000\r
DURATION:PT10M\r
RRULE:FREQ=${rule}\r
END:VEVENT\r
END:VCALENDAR\r
`;
}
