/** A process of its own that polls a server and the bare handler in turn, and tells the longest wait for each. */

import { Connection } from './connection.ts';

export interface PollerTask {
  readonly server: string;
  readonly poll: string;
  readonly bare: string;
  readonly bareRequest: string;
}

export interface Waits {
  /** ms */
  readonly server: number;
  readonly bare: number;
  readonly polls: number;
}

/** ms between two polls. */
const PAUSE = 1;

async function poll(task: PollerTask): Promise<void> {
  const server = await Connection.open(new URL(task.server));
  const bare = await Connection.open(new URL(task.bare));
  const [toServer, toBare] = [Buffer.from(task.poll, 'latin1'), Buffer.from(task.bareRequest, 'latin1')];
  const waits = { server: 0, bare: 0, polls: 0 };
  let going = true;
  process.once('message', () => {
    going = false;
  });
  const timed = async (connection: Connection, request: Buffer): Promise<number> => {
    const begun = performance.now();
    await connection.send(request);
    return performance.now() - begun;
  };
  for (let warming = 0; warming < 200; warming++) {
    await timed(server, toServer);
    await timed(bare, toBare);
  }
  process.send?.('polling');
  while (going) {
    waits.server = Math.max(waits.server, await timed(server, toServer));
    waits.bare = Math.max(waits.bare, await timed(bare, toBare));
    waits.polls++;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  process.send?.(waits, undefined, undefined, () => process.exit());
}

process.once('message', (task) => void poll(task as PollerTask));
process.once('disconnect', () => process.exit());
