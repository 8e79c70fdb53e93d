/** Explores crashes apart from the test runner, which watches every promise of its own thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { exploreCrashes } from './crash-explorer.ts';

const { seed, states, step }: { seed: number; states: number; step: number } = workerData;
parentPort?.postMessage(await exploreCrashes(seed, states, step));
