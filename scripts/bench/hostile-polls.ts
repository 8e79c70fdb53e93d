/** A thread that polls a server while another asks it for much: what others wait for. */

import { setTimeout } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Connection, message } from './connection.ts';
import { mainThreadOf } from './servers/process.ts';

/** One poll; ms. */
export interface Wait {
  /** Which request was going on, by the number that `Polls.during` was told last. */
  readonly during: number;
  readonly ms: number;
  /** What the server's main thread computed meanwhile: how long it would be on a machine with nothing else to do. */
  readonly computed: number;
}

interface Task {
  readonly origin: string;
  readonly pid: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Two numbers: which request is going on; 1 when all are done. */
  readonly shared: SharedArrayBuffer;
}

const PAUSE = 2;
const FILE = new URL(import.meta.url);

/** Polls until it is stopped. */
export class Polls {
  readonly #shared = new Int32Array(new SharedArrayBuffer(8));
  readonly #waits: Promise<Wait[]>;

  constructor(task: Omit<Task, 'shared'>) {
    const worker = new Worker(FILE, { workerData: { ...task, shared: this.#shared.buffer } });
    this.#waits = new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    // Heard when it is stopped.
    this.#waits.catch(() => undefined);
  }

  during(request: number): void {
    Atomics.store(this.#shared, 0, request);
  }

  stop(): Promise<Wait[]> {
    Atomics.store(this.#shared, 1, 1);
    return this.#waits;
  }
}

async function poll({ origin, pid, path, headers, shared }: Task): Promise<Wait[]> {
  const state = new Int32Array(shared);
  const connection = await Connection.open(new URL(origin));
  const request = message('PROPFIND', path, headers);
  const waits: Wait[] = [];
  while (Atomics.load(state, 1) === 0) {
    const before = mainThreadOf(pid);
    const from = performance.now();
    await connection.send(request);
    const ms = performance.now() - from;
    waits.push({ during: Atomics.load(state, 0), ms, computed: mainThreadOf(pid) - before });
    await setTimeout(PAUSE);
  }
  connection.close();
  return waits;
}

if (!isMainThread) parentPort?.postMessage(await poll(workerData as Task));
