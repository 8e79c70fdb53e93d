/** The way from a command to its server: through the control socket if it runs, else straight into the store. */

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'undici';
import type { Administration } from './administration.ts';
import { type ControlAnswer, controlSocket, VERSION_HEADER } from './control.ts';
import { type Administrator, administrator } from './operations.ts';
import { NotThere, Refused } from './refused.ts';
import { type Follower, follower } from './streams.ts';

export interface Reached {
  readonly administer: Administrator;
  readonly follow: Follower;
  close(): Promise<void>;
}

export interface ReachOptions {
  readonly data: string;
  readonly version: string;
  /** Opens the data folder for this process alone; 'owned' while another process has it. */
  readonly open: () => Promise<Administration | 'owned'>;
  /** ms to wait for another command to finish, each one. */
  readonly patience?: number;
}

const PATIENCE = 10_000;

/** @throws Refused when another process keeps the folder and doesn't answer. */
export async function reach({ data, version, open, patience = PATIENCE }: ReachOptions): Promise<Reached> {
  let deadline = Date.now() + patience;
  let state = stateTime(data);
  for (;;) {
    const client = await connected(controlSocket(data));
    if (client) return throughSocket(client, version);
    const own = await open();
    if (own !== 'owned')
      return { administer: administrator(own), follow: follower(own), close: () => own.store.close() };
    // Whoever closes the folder saves its state: many commands at once wait for each other for as long as they come on.
    if (stateTime(data) !== state) {
      state = stateTime(data);
      deadline = Date.now() + patience;
    }
    if (Date.now() >= deadline) throw new Refused(stillOwned(data, patience));
    await sleep(50 + Math.random() * 100);
  }
}

function stateTime(data: string): number {
  return statSync(join(data, 'state'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** A running server listens at the control socket of `data`. */
export async function isServed(data: string): Promise<boolean> {
  const client = await connected(controlSocket(data));
  await client?.close();
  return client !== undefined;
}

/** Says that the folder is taken. `waited`: ms */
export function stillOwned(data: string, waited: number): string {
  return `another davd has had "${data}" open for ${Math.round(waited / 1000)} s: wait until it is done, or stop it`;
}

/** undefined where nobody listens. A refused connection is the socket file of a server that was killed. */
async function connected(socketPath: string): Promise<Client | undefined> {
  if (!existsSync(socketPath)) return undefined;
  // Loaded only where it is needed: it takes as long as the rest of a command.
  const { Client } = await import('undici');
  const client = new Client('http://davd', { connect: { socketPath }, headersTimeout: 60_000 });
  try {
    const { body } = await client.request({ method: 'GET', path: '/' });
    await body.dump();
    return client;
  } catch (error) {
    await client.destroy();
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'UND_ERR_SOCKET' || code === 'ECONNRESET') {
      return undefined;
    }
    throw new Refused(`can't talk to the running server at "${socketPath}": ${reason(error)}`);
  }
}

function throughSocket(client: Client, version: string): Reached {
  const post = async (name: string, wish: unknown) =>
    client
      .request({
        method: 'POST',
        path: `/${name}`,
        headers: { [VERSION_HEADER]: version, 'content-type': 'application/json' },
        body: JSON.stringify(wish ?? null),
        bodyTimeout: 0,
      })
      .catch((error: unknown) => {
        throw new Refused(`the running server did not answer: ${reason(error)}; look whether it was done`);
      });
  return {
    administer: async (name, wish) => {
      const { body } = await post(name, wish);
      return outcomeOf((await body.json()) as ControlAnswer) as never;
    },
    follow: async (name, wish) => {
      const { statusCode, body } = await post(name, wish);
      if (statusCode !== 200) outcomeOf((await body.json()) as ControlAnswer);
      return values(body) as never;
    },
    // A stream may still be under way.
    close: () => client.destroy(),
  };
}

function outcomeOf(answer: ControlAnswer): unknown {
  if ('outcome' in answer) return answer.outcome;
  throw answer.notThere ? new NotThere(answer.refused) : new Refused(answer.refused);
}

/** The values of a stream, one a line. It ends when the server does. */
async function* values(body: AsyncIterable<Uint8Array>): AsyncIterable<unknown> {
  let rest = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield JSON.parse(line);
    }
  } catch (error) {
    if (rest !== '' || !(error instanceof Error && 'code' in error)) throw error;
  }
}

function reason(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EACCES')
    return 'no permission; run it as the owner';
  return error instanceof Error ? error.message : String(error);
}
