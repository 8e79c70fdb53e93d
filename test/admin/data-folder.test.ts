import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { initDataFolder, inspectDataFolder } from '../../src/admin/data-folder.ts';
import { openStore } from '../../src/app.ts';
import { resolveSettings } from '../../src/config.ts';
import { openLog } from '../../src/log.ts';

function folder(t: TestContext): string {
  const data = mkdtempSync(join(tmpdir(), 'davd-init-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  return data;
}

/** What a crash leaves, step by step. */
const steps: [what: string, make: (data: string) => void][] = [
  ['the first folder', (data) => mkdirSync(join(data, 'journal'))],
  [
    'all folders',
    (data) => {
      for (const part of ['journal', 'state', 'cache', 'files']) mkdirSync(join(data, part));
    },
  ],
  [
    'a marker that is half written',
    (data) => {
      mkdirSync(join(data, 'files'));
      writeFileSync(join(data, 'files', '.davd.json.new'), '{"for');
    },
  ],
];
for (const [what, make] of steps) {
  test(`init finishes what a crash cut short after ${what}`, async (t) => {
    const data = folder(t);
    make(data);
    assert.equal(await inspectDataFolder(data), 'unfinished');
    await initDataFolder(data, {});
    assert.equal(await inspectDataFolder(data), 'data');
    await (await openStore(data, resolveSettings({}), openLog({ level: 'error' }))).close();
  });
}

test('init finishes a store that lacks only its settings', async (t) => {
  const data = folder(t);
  await initDataFolder(data, {});
  rmSync(join(data, 'davd.json'));
  writeFileSync(join(data, 'davd.json.new'), '{');
  await initDataFolder(data, { caldav: false });
  assert.equal(await inspectDataFolder(data), 'data');
});

test('init refuses folders of those names that hold something', async (t) => {
  const data = folder(t);
  mkdirSync(join(data, 'journal'));
  writeFileSync(join(data, 'journal', 'diary.txt'), 'mine');
  assert.equal(await inspectDataFolder(data), 'foreign');
  await assert.rejects(initDataFolder(data, {}), { name: 'Refused' });
  assert.ok(!existsSync(join(data, 'davd.json')));
});
