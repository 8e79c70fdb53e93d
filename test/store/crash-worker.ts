/** Explores crashes apart from the test runner, which has a clock of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { simulateTime } from './simulated-time.ts';

const { seed, states, step }: { seed: number; states: number; step: number } = workerData;
simulateTime(seed);
const { exploreCrashes } = await import('./crash-explorer.ts');
parentPort?.postMessage(await exploreCrashes(seed, states, step));
