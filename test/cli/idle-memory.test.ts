import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../src/cli/idle-memory.ts', import.meta.url));

/** Begins to give back, and once what a start left behind has gone calls `after`; counts what is given from then on. */
const BEGIN = `
  import { giveBackWhenIdle } from ${JSON.stringify(source)};
  const { gc } = globalThis;
  let given = 0;
  globalThis.gc = (options) => {
    gc(options);
    if (given++ > 0) return;
    setImmediate(after);
  };
  giveBackWhenIdle(50);
  setTimeout(() => process.exit(99), 30_000);
`;

/** Leaves garbage behind, has nothing to do, and ends once most of its memory has gone back to the system. */
const BUSY = `
  function after() {
    const { rss } = process.memoryUsage;
    const least = rss();
    let kept = Array.from({ length: 1_000_000 }, (_, i) => ({ i }));
    kept = undefined;
    const most = rss();
    setInterval(() => rss() < (least + most) / 2 && process.exit(0), 100);
  }
`;

/** Leaves a little garbage behind, and tells how often something was given for that. */
const LIGHT = `
  function after() {
    let kept = Array.from({ length: 100_000 }, (_, i) => ({ i }));
    kept = undefined;
    setTimeout(() => process.exit(given - 1), 1_500);
  }
`;

async function exitCode(program: string): Promise<number> {
  const options = ['--expose-gc', '--no-memory-reducer', '--disable-warning=ExperimentalWarning'];
  const args = [...options, '--input-type=module-typescript', '--eval', BEGIN + program];
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
