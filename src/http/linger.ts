/** Closing a connection whose client is still sending (RFC 9112 §9.6). */

import type { IncomingMessage } from 'node:http';

/** ms without a byte, ms altogether, and octets, after which a client that goes on sending is cut off. */
const IDLE = 5_000;
const TOTAL = 30_000;
const OCTETS = 64 * 1024 * 1024;

/**
 * Takes in and drops the rest of a request whose answer has been written. Closing at once would make the kernel
 * reset the connection, and the client could lose the answer. Resolves when the connection may be closed.
 */
export function linger(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let octets = 0;
    const done = (): void => {
      clearTimeout(idle);
      clearTimeout(total);
      request.off('data', take).off('end', done).off('close', done).off('error', done);
      resolve();
    };
    const take = (chunk: Uint8Array): void => {
      idle.refresh();
      octets += chunk.length;
      if (octets > OCTETS) done();
    };
    const idle = setTimeout(done, IDLE);
    const total = setTimeout(done, TOTAL);
    if (request.complete || request.destroyed) return done();
    request.on('data', take).on('end', done).on('close', done).on('error', done);
    request.resume();
  });
}
