/** A backup while clients write as fast as they can: it is one moment, and has all that was acknowledged before it began. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { davd, madeFolder, serving } from '../cli/davd.ts';
import { event } from '../objects.ts';

const rounds = process.env['DAVD_TEST_LONG'] ? 10 : 1;
const connections = 8;
/** Names of each connection. */
const names = 40;
const calendar = '/dav/calendars/alice/default/';
const authorization = `Basic ${Buffer.from('alice:secret').toString('base64')}`;

/** One request of a connection, and when it was sent and answered, in steps of one clock. */
interface Operation {
  readonly name: string;
  /** undefined: the name is deleted. */
  readonly text: string | undefined;
  readonly sent: number;
  answered: number;
}

test(`a backup in a storm of writes is a moment after all that was acknowledged before, ${rounds} times`, async (t) => {
  const data = await madeFolder(t);
  await davd(['user', 'add', 'alice', '--data', data, '--password-stdin'], { input: 'secret\n' });
  const server = await serving(t, data);
  const storm = new Storm(server.url);
  for (let round = 0; round < rounds; round++) {
    await sleep(500);
    const acknowledged = storm.counts();
    const file = join(dirname(data), `${round}.tar.gz`);
    const made = await davd(['backup', file, '--data', data]);
    assert.equal(made.code, 0, made.err);
    const verified = await davd(['backup', '--verify', file]);
    assert.equal(verified.code, 0, verified.out + verified.err);
    const copy = join(dirname(data), `copy${round}`);
    const restored = await davd(['restore-backup', file, '--data', copy]);
    assert.equal(restored.code, 0, restored.err);
    storm.requireMoment(readFolder(join(copy, 'files/alice/calendars/default')), acknowledged);
  }
  t.diagnostic(`${storm.counts().reduce((sum, count) => sum + count, 0)} writes, ${rounds} backups`);
  await storm.end();
});

function readFolder(folder: string): ReadonlyMap<string, string> {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.ics')) : [];
  return new Map(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

class Storm {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: connections });
  /** What each connection did, in order. */
  readonly #done: Operation[][] = Array.from({ length: connections }, () => []);
  readonly #running: Promise<unknown>;
  #clock = 0;
  #ended = false;

  constructor(url: string) {
    this.#url = url;
    this.#running = Promise.all(this.#done.map((operations, own) => this.#run(operations, own)));
  }

  /** How many requests of each connection are answered. */
  counts(): readonly number[] {
    return this.#done.map((operations) => operations.filter(({ answered }) => answered < Infinity).length);
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#running;
    this.#agent.destroy();
  }

  async #run(operations: Operation[], own: number): Promise<void> {
    for (let i = 0; !this.#ended; i++) {
      const name = `${own}-${(i * 7) % names}.ics`;
      const there = operations.findLast((operation) => operation.name === name)?.text !== undefined;
      const text =
        there && i % 5 === 0 ? undefined : event(name, { summary: `${own}.${i}`, padding: (i * 97) % 4000 });
      const operation: Operation = { name, text, sent: this.#clock++, answered: Infinity };
      operations.push(operation);
      const status = await this.#send(name, text);
      assert.ok(status === 201 || status === 204, `${status} for ${name}`);
      operation.answered = this.#clock++;
    }
  }

  #send(name: string, text: string | undefined): Promise<number> {
    const method = text === undefined ? 'DELETE' : 'PUT';
    const headers = { authorization, 'content-type': 'text/calendar' };
    return new Promise((resolve, reject) => {
      request(new URL(calendar + name, this.#url), { method, agent: this.#agent, headers }, (response) => {
        response
          .resume()
          .on('end', () => resolve(response.statusCode ?? 0))
          .on('error', reject);
      })
        .on('error', reject)
        .end(text);
    });
  }

  /** @param acknowledged how many requests of each connection must be in it at least. */
  requireMoment(files: ReadonlyMap<string, string>, acknowledged: readonly number[]): void {
    const included = this.#done.map((operations, own) => {
      const found = new Map([...files].filter(([name]) => name.startsWith(`${own}-`)));
      return requestsIn(operations, found, acknowledged[own] ?? 0, own);
    });
    const lastSent = Math.max(
      ...included.map((count, own) => (count > 0 ? (this.#done[own]?.[count - 1]?.sent ?? -1) : -1)),
    );
    for (const [own, count] of included.entries()) {
      const next = this.#done[own]?.[count];
      assert.ok(
        !next || next.answered > lastSent,
        `connection ${own}: ${next?.name} was answered before another was sent`,
      );
    }
  }
}

/** After how many of its requests a connection's names are as they were found. */
function requestsIn(
  operations: readonly Operation[],
  found: ReadonlyMap<string, string>,
  least: number,
  own: number,
): number {
  const state = new Map<string, string>();
  const same = () =>
    state.size === found.size && [...state].every(([name, text]) => found.get(name) === text);
  for (let count = 0; count <= operations.length; count++) {
    if (count >= least && same()) return count;
    const { name = '', text } = operations[count] ?? {};
    if (text === undefined) state.delete(name);
    else state.set(name, text);
  }
  assert.fail(`connection ${own}: what is in the backup is no state after the first ${least} requests`);
}
