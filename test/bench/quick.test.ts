import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isRight, type Result } from '../../scripts/bench/results.ts';

const program = fileURLToPath(new URL('../../scripts/bench/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'davd-quick-bench-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Times say nothing here; counts do. */
test('the quick benchmark: davd answers every step with what is there, and so do its peers to most', async (t) => {
  const json = join(folder, 'bench.json');
  const args = ['--disable-warning=ExperimentalWarning', program, '--quick', '--json', json];
  const { stderr } = await promisify(execFile)(process.execPath, args).catch((error) => error);
  for (const line of String(stderr).split('\n')) if (line.includes('is left out')) t.diagnostic(line);
  const { results }: { results: readonly Result[] } = JSON.parse(readFileSync(json, 'utf8'));
  const servers = new Set(results.map(({ server }) => server));
  const steps = new Set(results.map(({ step }) => step));
  assert.ok(steps.size >= 25, `only ${steps.size} steps were taken`);
  const wrong = results.filter((result) => result.server === 'davd' && !isRight(result));
  assert.deepEqual(wrong, []);
  for (const result of results.filter(({ server }) => server === 'davd'))
    assert.ok(result.notes['bytes'] ?? true, `${result.what}: bytes are not those that were sent`);
  for (const server of servers) {
    const right = results.filter((result) => result.server === server && isRight(result));
    assert.ok(right.length > steps.size / 2, `${server} is right in ${right.length} of ${steps.size} steps`);
  }
});
