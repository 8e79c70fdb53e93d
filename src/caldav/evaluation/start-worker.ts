import { getAsset, isSea } from 'node:sea';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';

/** Under which the build puts the bundled program of the worker into the executable. */
export const WORKER_ASSET = 'evaluation-worker.cjs';

/** The name is the thread's in `top -H`. */
const OPTIONS = { name: 'evaluation', resourceLimits: { maxOldGenerationSizeMb: 256 } };

/**
 * MB for young objects, of which V8 otherwise begins with one, and copies what lives on again and again while a large object
 * is read. Holds for threads that start from here on; the others do next to nothing.
 */
const ROOM = 16;

/** A worker that runs worker.ts: from its file, or, in the executable, from what the build put into it. */
export function startWorker(): Worker {
  setFlagsFromString(`--min-semi-space-size=${ROOM}`);
  const worker = isSea()
    ? new Worker(getAsset(WORKER_ASSET, 'utf8'), { ...OPTIONS, eval: true })
    : new Worker(new URL('worker.ts', import.meta.url), OPTIONS);
  worker.unref();
  return worker;
}

/**
 * The first time zone that a process asks ICU for takes 27 ms, as it looks through its locales. All threads know what one
 * has seen: a thread that does nothing else goes first.
 */
export function prepareZones(): void {
  const helper = new Worker('new Intl.DateTimeFormat()', { eval: true, name: 'zones' });
  helper.on('error', () => undefined).unref();
}
