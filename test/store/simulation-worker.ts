import { parentPort, workerData } from 'node:worker_threads';
import { simulateTime } from './simulated-time.ts';
import type { Simulated } from './simulation.ts';

const { module, run, seed, args }: Simulated = workerData;
const restart = simulateTime();
const loaded = await import(`./${module}`);
parentPort?.postMessage(await loaded[run](restart, seed, ...args));
