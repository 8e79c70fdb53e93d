/** The way from a command to its server: through the control socket if it runs, else straight into the store. */

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'undici';
import type { Administration } from './administration.ts';
import { type ControlAnswer, controlSocket, VERSION_HEADER } from './control.ts';
import { type Administrator, administrator } from './operations.ts';
import { Refused } from './refused.ts';

export interface Reached {
  readonly administer: Administrator;
  close(): Promise<void>;
}

export interface ReachOptions {
  readonly data: string;
  readonly version: string;
  /** Opens the data folder for this process alone; 'owned' while another process has it. */
  readonly open: () => Promise<Administration | 'owned'>;
  /** ms to wait for another command to finish. */
  readonly patience?: number;
}

const PATIENCE = 10_000;

/** @throws Refused when another process keeps the folder and doesn't answer. */
export async function reach({ data, version, open, patience = PATIENCE }: ReachOptions): Promise<Reached> {
  const deadline = Date.now() + patience;
  for (;;) {
    const client = await connected(controlSocket(data));
    if (client) return throughSocket(client, version);
    const own = await open();
    if (own !== 'owned') return { administer: administrator(own), close: () => own.store.close() };
    if (Date.now() >= deadline) throw new Refused(stillOwned(data, patience));
    await sleep(50 + Math.random() * 100);
  }
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
  return {
    administer: async (name, wish) => {
      const { body } = await client
        .request({
          method: 'POST',
          path: `/${name}`,
          headers: { [VERSION_HEADER]: version, 'content-type': 'application/json' },
          body: JSON.stringify(wish ?? null),
        })
        .catch((error: unknown) => {
          throw new Refused(`the running server did not answer: ${reason(error)}; look whether it was done`);
        });
      const answer = (await body.json()) as ControlAnswer;
      if ('refused' in answer) throw new Refused(answer.refused);
      return answer.outcome as never;
    },
    close: () => client.close(),
  };
}

function reason(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EACCES')
    return 'no permission; run it as the owner';
  return error instanceof Error ? error.message : String(error);
}
