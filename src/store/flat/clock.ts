/**
 * A clock for what is forgotten with time. It goes on from what the journal says, as fast as the process lives, and is never
 * ahead of the machine's: so a machine that is set a year ahead by mistake makes nobody forget a year.
 *
 * @param last ms since 1970 UTC, when the latest that is known was committed; 0 where nothing is.
 * @returns ms since 1970 UTC
 */
export function carefulClock(last: number): () => number {
  const begun = performance.now();
  return () => Math.min(Date.now(), last === 0 ? Infinity : last + performance.now() - begun);
}
