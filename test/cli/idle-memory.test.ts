import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../src/cli/idle-memory.ts', import.meta.url));

/** Leaves garbage behind, has nothing to do, and ends once most of its memory has gone back to the system. */
const BUSY = `
  const { rss } = process.memoryUsage;
  const least = rss();
  giveBackWhenIdle(100);
  let kept = Array.from({ length: 1_000_000 }, (_, i) => ({ i }));
  kept = undefined;
  const most = rss();
  setInterval(() => rss() < (least + most) / 2 && process.exit(0), 100);
  setTimeout(() => process.exit(1), 30_000);
`;

/** Once memory has gone back, leaves a little garbage behind, and tells how often everything was collected. */
const LIGHT = `
  import { constants, PerformanceObserver } from 'node:perf_hooks';
  let collections = 0;
  const count = (entries) => {
    collections += entries.filter(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR).length;
  };
  new PerformanceObserver((list) => count(list.getEntries())).observe({ entryTypes: ['gc'] });
  giveBackWhenIdle(50);
  const given = setInterval(() => {
    if (collections === 0) return;
    clearInterval(given);
    collections = 0;
    let kept = Array.from({ length: 100_000 }, (_, i) => ({ i }));
    kept = undefined;
    setTimeout(() => process.exit(collections), 1_500);
  }, 50);
  setTimeout(() => process.exit(99), 30_000);
`;

async function exitCode(program: string): Promise<number> {
  const options = ['--expose-gc', '--no-memory-reducer', '--disable-warning=ExperimentalWarning'];
  const begin = `import { giveBackWhenIdle } from ${JSON.stringify(source)};`;
  const args = [...options, '--input-type=module-typescript', '--eval', begin + program];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code;
}

test('an idle server gives back what a busy time took', async () => {
  assert.equal(await exitCode(BUSY), 0);
});

test('what little use leaves behind is no reason to collect everything, which would make requests slow', async () => {
  assert.equal(await exitCode(LIGHT), 0);
});
