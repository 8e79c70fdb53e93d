import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../src/cli/idle-memory.ts', import.meta.url));

/** Leaves garbage behind, has nothing to do, and ends once most of its memory has gone back to the system. */
const PROGRAM = `
  import { giveBackWhenIdle } from ${JSON.stringify(source)};
  const { rss } = process.memoryUsage;
  const least = rss();
  giveBackWhenIdle(200);
  let kept = Array.from({ length: 1_000_000 }, (_, i) => ({ i }));
  kept = undefined;
  const most = rss();
  setInterval(() => rss() < (least + most) / 2 && process.exit(0), 100);
  setTimeout(() => process.exit(1), 30_000);
`;

async function exitCode(...options: readonly string[]): Promise<number> {
  const args = ['--disable-warning=ExperimentalWarning', ...options, '--input-type=module-typescript'];
  const child = spawn(process.execPath, [...args, '--eval', PROGRAM], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code;
}

test('an idle server gives back what a busy time took', async () => {
  assert.equal(await exitCode('--expose-gc'), 0);
});
