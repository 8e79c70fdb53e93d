import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A function of a module beside this one, and what it is given after a `Restart` and a seed. */
export interface Simulated {
  readonly module: string;
  readonly run: string;
  readonly seed: number;
  readonly args: readonly unknown[];
}

/** Runs it in a thread where time is simulated, apart from the test runner, which has a clock of its own. @throws what it throws. */
export async function simulated<T>(what: Simulated): Promise<T> {
  const worker = new Worker(new URL('./simulation-worker.ts', import.meta.url), { workerData: what });
  const [result]: [T] = (await once(worker, 'message')) as [T];
  return result;
}
