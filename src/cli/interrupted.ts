/** Ctrl-C, and being stopped. */

import { Refused } from '../admin/refused.ts';

/** Resolves at Ctrl-C and SIGTERM. */
export function interrupted(): Promise<'stop'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('stop'));
  });
}

/** A signal for work that is undone when it is stopped. */
export function untilInterrupted(): AbortSignal {
  const stop = new AbortController();
  void interrupted().then(() => stop.abort(new Refused('stopped: nothing was written')));
  return stop.signal;
}
