/** How far a long command is, on standard error, where that is a terminal. */

export interface Progress {
  /** @param what begins the line: "Checking". */
  show(what: string, done: number, of: number): void;
  /** Takes the line away, so that something else can be printed. */
  clear(): void;
}

/** ms between two looks of the same line. */
const PACE = 100;
const WIDTH = 30;

export function openProgress(): Progress {
  const { stderr } = process;
  if (!stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  let shown = -Infinity;
  return {
    show(what, done, of) {
      const now = performance.now();
      if (now - shown < PACE) return;
      shown = now;
      const part = of > 0 ? Math.min(1, done / of) : 0;
      const filled = Math.round(part * WIDTH);
      const bar = '#'.repeat(filled) + '.'.repeat(WIDTH - filled);
      stderr.write(`\r\x1b[K${what} [${bar}] ${String(Math.floor(part * 100)).padStart(3)} %`);
    },
    clear() {
      if (shown > 0) stderr.write('\r\x1b[K');
      shown = -Infinity;
    },
  };
}
