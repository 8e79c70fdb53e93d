/** A server with a given handler on a free port, and raw conversations with it. */

import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { type HttpServer, httpServer } from '../../src/http/server.ts';
import type { Handler } from '../../src/http/types.ts';
import { openLog } from '../../src/log.ts';

export interface Served {
  readonly port: number;
  readonly server: HttpServer;
  /** Sends `parts` one after the other and returns all that comes until the server closes, or `until` matches. */
  talk(parts: string | readonly (string | Uint8Array)[], until?: RegExp): Promise<string>;
  open(): Promise<Socket>;
}

/** The server is stopped at the end of the test. */
export async function serve(t: TestContext, handle: Handler): Promise<Served> {
  const server = httpServer({ handle, trusted: () => undefined, log: openLog({ level: 'silent' }) });
  const endpoint = await server.listen({ host: '127.0.0.1', port: 0 });
  const port = 'port' in endpoint ? endpoint.port : 0;
  t.after(() => server.stop(0));
  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket));
      socket.once('error', reject);
    });
  const talk: Served['talk'] = async (parts, until) => {
    const socket = await open();
    const answer = heard(socket, until);
    for (const part of typeof parts === 'string' ? [parts] : parts) {
      socket.write(part);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const text = await answer;
    socket.destroy();
    return text;
  };
  return { port, server, talk, open };
}

/** All that the socket receives until it ends or `until` matches. */
export function heard(socket: Socket, until?: RegExp): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const done = (): void => resolve(text);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (until?.test(text)) done();
    });
    socket.on('end', done).on('close', done).on('error', done);
  });
}

/** Status codes of the answers in `text`, interim ones too. */
export function statuses(text: string): number[] {
  return Array.from(text.matchAll(/HTTP\/1\.1 (\d{3})/g), ([, code]) => Number(code));
}
