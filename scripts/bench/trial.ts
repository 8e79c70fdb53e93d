import { expectStatus } from './answers.ts';
import type { Answer, Connection } from './connection.ts';
import type { OwnServer } from './servers/server.ts';
import type { Subject } from './subject.ts';

/** How much is done to get a figure. */
export interface Effort {
  readonly rounds: number;
  /** Part of the usual number of operations in a round. */
  readonly share: number;
  /** ms after which a round ends early, and a step has no more rounds. */
  readonly roundBudget: number;
  readonly stepBudget: number;
}

/** What an answer should have had, and had. */
export interface Count {
  readonly of: string;
  readonly expected: number;
  readonly found: number;
}

/** One step on one server: sends requests, takes times, and counts what comes. */
export class Trial {
  readonly subject: Subject;
  readonly effort: Effort;
  /** Requests sent so far. */
  requests = 0;
  readonly counts: Count[] = [];
  readonly notes = new Map<string, boolean>();
  /** Which round this is, from 0. */
  round = 0;

  /** What the bare handler did while a step went on. */
  readonly beside: number[] = [];
  /** Where the bare handler answers. */
  readonly bare: URL;

  constructor(subject: Subject, effort: Effort, bare: URL) {
    this.subject = subject;
    this.effort = effort;
    this.bare = bare;
  }

  /** An answer is held against what it should be; a step that miscounts is reported. */
  count(of: string, expected: number, found: number): void {
    const known = this.counts.findIndex((count) => count.of === of);
    if (known < 0) this.counts.push({ of, expected, found });
    else if (expected !== found) this.counts[known] = { of, expected, found };
  }

  /** As `count`, of names that should be the same in any order. */
  same(of: string, expected: readonly string[], found: readonly string[]): void {
    const wanted = new Set(expected);
    const right = new Set(found.filter((name) => wanted.has(name)));
    // A name too many counts as much as one too few.
    const strange = found.length - right.size;
    this.count(of, expected.length, strange === 0 ? right.size : found.length + strange);
  }

  /** What holds of every answer or not, without being wrong. */
  note(what: string, holds: boolean): void {
    this.notes.set(what, (this.notes.get(what) ?? true) && holds);
  }

  /** Times of requests sent one after the other over one connection, in ms. `read` is not timed. */
  timed(
    times: number,
    request: (i: number) => Buffer,
    read: (answer: Answer, i: number) => void,
  ): Promise<number[]> {
    return this.repeated(times, async (send, i) => {
      const { answer, ms } = await send(request(i));
      read(answer, i);
      return ms;
    });
  }

  /** The times that `operation` takes of what it does, in ms. */
  repeated(times: number, operation: (send: Send, i: number) => Promise<number>): Promise<number[]> {
    return this.whole(this.#share(times), operation);
  }

  /** As `repeated`, where a part would mean something else: never fewer times than told, but for the budget. */
  async whole(times: number, operation: (send: Send, i: number) => Promise<number>): Promise<number[]> {
    const [connection] = await this.subject.connect(1);
    if (!connection) return [];
    const taken: number[] = [];
    const end = performance.now() + this.effort.roundBudget;
    for (let i = 0; i < times && (i === 0 || performance.now() < end); i++)
      taken.push(await operation((request) => this.#send(connection, request), i));
    connection.close();
    return taken;
  }

  /** Requests a second over some connections. `read` belongs to it, so it has to be quick. */
  async rated(
    connections: number,
    times: number,
    request: (i: number) => Buffer,
    read: (answer: Answer, i: number) => void,
  ): Promise<number[]> {
    const count = Math.max(this.#share(times), connections);
    const requests = Array.from({ length: count }, (_, i) => request(i));
    const open = await this.subject.connect(connections);
    let next = 0;
    let done = 0;
    const begun = performance.now();
    const end = begun + this.effort.roundBudget;
    await Promise.all(
      open.map(async (connection) => {
        while (next < count && (done < connections || performance.now() < end)) {
          const i = next++;
          read(await connection.send(requests[i] as Buffer), i);
          done++;
          this.requests++;
        }
      }),
    );
    const seconds = (performance.now() - begun) / 1000;
    for (const connection of open) connection.close();
    return [done / seconds];
  }

  /** All requests, however long it takes; requests a second. */
  async all(connections: number, count: number, request: (i: number) => Buffer): Promise<number> {
    const open = await this.subject.connect(connections);
    let next = 0;
    const begun = performance.now();
    await Promise.all(
      open.map(async (connection) => {
        while (next < count) expectStatus(await connection.send(request(next++)), 201, 204);
      }),
    );
    this.requests += count;
    const seconds = (performance.now() - begun) / 1000;
    for (const connection of open) connection.close();
    return count / seconds;
  }

  /** The server's process, for what can be measured of one's own only. */
  get own(): OwnServer {
    const { own } = this.subject.server;
    if (!own) throw new Error('this server runs elsewhere');
    return own;
  }

  async #send(connection: Connection, request: Buffer): Promise<{ answer: Answer; ms: number }> {
    this.requests++;
    const begun = performance.now();
    const answer = await connection.send(request);
    return { answer, ms: performance.now() - begun };
  }

  #share(times: number): number {
    return Math.max(1, Math.round(times * this.effort.share));
  }
}

/** Sends a request and waits for its answer. */
export type Send = (request: Buffer) => Promise<{ answer: Answer; ms: number }>;
