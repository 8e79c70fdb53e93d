/** Ctrl-C, and being stopped. */

import { Refused } from '../admin/refused.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Resolves at Ctrl-C and SIGTERM. */
export function interrupted(): Promise<'stop'> {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) process.once(signal, () => resolve('stop'));
  });
}

/** Does work that is undone when it is stopped. */
export async function interruptibly<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(new Refused('stopped: nothing was written'));
  for (const signal of SIGNALS) process.once(signal, stop);
  try {
    return await work(stopping.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}
