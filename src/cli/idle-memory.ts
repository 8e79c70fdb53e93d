/** Memory that a busy time left behind goes back to the system once nothing goes on. */

const EVERY = 10_000;
/** Part of that time for which this thread may have worked. */
const QUIET = 0.02;
/** Octets by which memory must have grown since it was last collected: one collection for one busy time. */
const GROWTH = 4 * 1024 * 1024;

/**
 * V8 collects garbage when it needs room; a server that is asked nothing never does, and would keep the most that it
 * ever took. The event loop stands still for some 50 ms then, which is why it must have been quiet. Needs Node's
 * `--expose-gc`, and does nothing without. `every`: ms between two looks.
 */
export function giveBackWhenIdle(every = EVERY): void {
  const { gc } = globalThis;
  if (!gc) return;
  let worked = work();
  let collected = 0;
  setInterval(() => {
    const quiet = work() - worked <= every * QUIET;
    worked = work();
    if (!quiet || held() < collected + GROWTH) return;
    // Only as a last resort the pages that are free go back at once.
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    collected = held();
    worked = work();
  }, every).unref();
}

/** Octets of the heap, and of what it refers to beside it: most of what a server reads and writes. */
function held(): number {
  const { heapTotal, external } = process.memoryUsage();
  return heapTotal + external;
}

/** ms for which this thread has worked. */
function work(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
