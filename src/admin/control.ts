/** The control socket of a running server: the operations as HTTP with JSON, for commands on the same machine. */

import { openSync } from 'node:fs';
import { join } from 'node:path';
import type { Handler, Reply } from '../http/types.ts';
import type { Log } from '../log.ts';
import { type Administrator, isOperation } from './operations.ts';
import { NotThere, Refused } from './refused.ts';
import { type Follower, isStream } from './streams.ts';

/** The version of the command, so that both sides are known to mean the same. */
export const VERSION_HEADER = 'davd-version';

/** What an answer holds: the outcome of the operation, or the sentence that refuses it. */
export type ControlAnswer =
  | { readonly outcome: unknown }
  | { readonly refused: string; readonly notThere?: true };

export interface ControlOptions {
  readonly administer: Administrator;
  readonly follow: Follower;
  readonly version: string;
  readonly log: Log;
}

/** Octets of a wish; it may hold an item. */
const LARGEST = 64 * 1024 * 1024;
/** Operations that change nothing. */
const READING = /\.(?:list|show|get)$|^status$/;
/** ms between signs of life in a stream. */
const HEARTBEAT = 1000;

/**
 * Only the owner of the data folder gets at the socket, so there is no authentication: POST /user.add and the like are
 * answered with their outcome, POST /tail with a JSON value a line, for as long as the client listens.
 */
export function controlHandler({ administer, follow, version, log }: ControlOptions): Handler {
  return async ({ method, path, headers, body }) => {
    const theirs = headers[VERSION_HEADER];
    if (theirs !== version) {
      return refuse(
        `the running server is davd ${version}, this command is davd ${theirs}: restart the server first`,
      );
    }
    const name = path.slice(1);
    if (method !== 'POST' || !(isOperation(name) || isStream(name))) {
      return refuse(`the running server knows no "${name}"`);
    }
    try {
      const wish: unknown = JSON.parse(Buffer.from(await body.bytes(LARGEST)).toString());
      log[READING.test(name) ? 'debug' : 'info']({ operation: name }, 'command');
      if (isStream(name)) return { status: 200, headers: {}, body: lines(await follow(name, wish as never)) };
      return answer(200, { outcome: (await administer(name, wish as never)) ?? null });
    } catch (error) {
      if (error instanceof NotThere) return answer(409, { refused: error.message, notThere: true });
      if (error instanceof Refused) return refuse(error.message);
      log.error({ err: error, operation: name }, 'command failed');
      return answer(500, { refused: 'the running server failed at it: its log says why' });
    }
  };
}

/** Where the socket of a data folder is, in a form that fits the 107 octets of a socket address. */
export function controlSocket(data: string): string {
  const path = join(data, 'davd.sock');
  if (Buffer.byteLength(path) <= 107 || process.platform !== 'linux') return path;
  // Left open: the path is good as long as the descriptor is.
  return `/proc/self/fd/${openSync(data, 'r')}/davd.sock`;
}

/** One value a line; an empty line now and then, by which a client that has gone is noticed. */
async function* lines(values: AsyncIterable<unknown>): AsyncIterable<string> {
  const reader = values[Symbol.asyncIterator]();
  let pending = reader.next();
  try {
    for (;;) {
      let timer: NodeJS.Timeout | undefined;
      const quiet = new Promise<'quiet'>((resolve) => {
        timer = setTimeout(resolve, HEARTBEAT, 'quiet');
      });
      const told = await Promise.race([pending, quiet]);
      clearTimeout(timer);
      if (told === 'quiet') yield '\n';
      else if (told.done) return;
      else {
        pending = reader.next();
        yield `${JSON.stringify(told.value)}\n`;
      }
    }
  } finally {
    await reader.return?.();
  }
}

function refuse(sentence: string): Reply {
  return answer(409, { refused: sentence });
}

function answer(status: number, content: ControlAnswer): Reply {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(content) };
}
