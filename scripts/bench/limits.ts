/** What this machine does at all, measured in turn with what the servers do. */

import { type ChildProcess, fork } from 'node:child_process';
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Connection, message } from './connection.ts';
import { processorOf } from './servers/process.ts';

export type LimitName = 'bare-wait' | 'append' | 'bare-put-8' | 'bare-poll-1' | 'bare-poll-16' | 'download';

export const LIMITS: Readonly<Record<LimitName, string>> = {
  'bare-wait': 'longest wait of a poll of the bare handler, at the same time',
  append: 'append 1 KB + fdatasync',
  'bare-put-8': 'bare handler, reads 1 KB, answers 201, 8 connections',
  'bare-poll-1': 'bare handler, reads 300 B, answers 2 KB, 1 connection',
  'bare-poll-16': 'the same, 16 connections',
  download: 'reading as many files of 1 KB, sending as many octets over loopback',
};

const FILE = Buffer.alloc(1024, 'x');
/** Octets of an answer around each object. */
const MARKUP = 350;
const POLL = message('PROPFIND', '/', { depth: '0' }, 'x'.repeat(300));
const PUT = message('PUT', '/', {}, 'x'.repeat(1024));

export class Limits {
  readonly #folder = mkdtempSync(join(tmpdir(), 'bench-limits-'));
  readonly #bare: ChildProcess;
  readonly #origin: URL;
  /** Requests that the bare handler was sent. */
  requests = 0;
  /** Files that are there to be read. */
  #files = 0;

  private constructor(bare: ChildProcess, port: number) {
    this.#bare = bare;
    this.#origin = new URL(`http://127.0.0.1:${port}/`);
  }

  static async start(): Promise<Limits> {
    const bare = fork(fileURLToPath(new URL('bare-server.ts', import.meta.url)));
    const port = await new Promise<number>((resolve) =>
      bare.once('message', (told) => resolve(Number(told))),
    );
    return new Limits(bare, port);
  }

  /** Where the bare handler answers. */
  get bare(): URL {
    return this.#origin;
  }

  /** One round: times in ms, or a rate. `share` is the part of the usual number of operations; `objects` are there. */
  async measure(
    name: Exclude<LimitName, 'bare-wait'>,
    share: number,
    objects: number,
  ): Promise<readonly number[]> {
    const times = (usual: number) => Math.max(1, Math.round(usual * share));
    switch (name) {
      case 'append':
        return this.#append(times(200));
      case 'bare-put-8':
        return [await this.#rate(8, times(5000), PUT)];
      case 'bare-poll-1':
        return [await this.#rate(1, times(2000), POLL)];
      case 'bare-poll-16':
        return [await this.#rate(16, times(10_000), POLL)];
      case 'download':
        return [this.#read(objects) + (await this.#send(objects))];
    }
  }

  /** ms of processor that the bare handler has used. */
  processor(): number {
    return processorOf(this.#bare.pid ?? 0);
  }

  stop(): void {
    this.#bare.disconnect();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #append(count: number): number[] {
    const path = join(this.#folder, 'append');
    const file = openSync(path, 'a');
    const times = Array.from({ length: count }, () => {
      const begun = performance.now();
      writeSync(file, FILE);
      fdatasyncSync(file);
      return performance.now() - begun;
    });
    closeSync(file);
    rmSync(path);
    return times;
  }

  async #rate(connections: number, count: number, request: Buffer): Promise<number> {
    const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(this.#origin)));
    let left = count;
    const begun = performance.now();
    await Promise.all(
      open.map(async (connection) => {
        while (left-- > 0) await connection.send(request);
        this.requests += count / connections;
      }),
    );
    const seconds = (performance.now() - begun) / 1000;
    for (const connection of open) connection.close();
    return count / seconds;
  }

  /** ms for reading so many files, as quickly as this process can. */
  #read(count: number): number {
    const path = (i: number) => join(this.#folder, `${i >> 10}`, `${i}.ics`);
    for (; this.#files < count; this.#files++) {
      if (this.#files % 1024 === 0) mkdirSync(join(this.#folder, `${this.#files >> 10}`));
      writeFileSync(path(this.#files), FILE);
    }
    const begun = performance.now();
    for (let i = 0; i < count; i++) readFileSync(path(i));
    return performance.now() - begun;
  }

  /** ms for receiving the octets of so many objects, a hundred at a time. */
  async #send(count: number): Promise<number> {
    const connection = await Connection.open(this.#origin);
    const request = message('GET', `/${100 * (FILE.length + MARKUP)}`, {});
    const begun = performance.now();
    for (let i = 0; i < count; i += 100) await connection.send(request);
    const ms = performance.now() - begun;
    connection.close();
    return ms;
  }
}
