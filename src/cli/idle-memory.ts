/** Memory that a busy time left behind goes back to the system once nothing goes on. */

/** ms between two looks, and how many in a row must find it quiet. */
const EVERY = 10_000;
const QUIET_LOOKS = 6;
/** Part of the time between two looks for which this thread may have worked. */
const QUIET = 0.02;
/** Octets by which memory must have grown since it was last collected: what V8 needs for a few requests comes and goes. */
const GROWTH = 32 * 1024 * 1024;

/**
 * V8 collects garbage when it needs room; a server that is asked nothing never does, and would keep the most that it
 * ever took. To collect in one go costs more than the 50 ms for which the event loop stands still: V8 forgets the shapes
 * of objects that only live as long as a request, and with them the machine code of all that handles them, so that the
 * next thousand requests take twice as long. So it is done once after a start, and then only for much memory, after a
 * minute in which nothing went on; `--no-memory-reducer` keeps V8 from doing the same by itself. Needs Node's
 * `--expose-gc`, and does nothing without. `every`: ms between two looks.
 */
export function giveBackWhenIdle(every = EVERY): void {
  const { gc } = globalThis;
  if (!gc) return;
  let worked = work();
  let quietLooks = 0;
  let collected = Number.NEGATIVE_INFINITY;
  setInterval(() => {
    const quiet = work() - worked <= every * QUIET;
    worked = work();
    quietLooks = quiet ? quietLooks + 1 : 0;
    if (quietLooks < QUIET_LOOKS || held() < collected + GROWTH) return;
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
