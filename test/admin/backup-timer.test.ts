/** Backups that a server makes of itself: when, and which of them are kept. */

import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Administration } from '../../src/admin/administration.ts';
import { backupName, listBackups, timeOfBackup } from '../../src/admin/backup-folder.ts';
import { backupState } from '../../src/admin/backup-state.ts';
import { openBackupTimer } from '../../src/admin/backup-timer.ts';
import { resolveSettings } from '../../src/config.ts';
import { scratch } from '../backup/made.ts';

const STORE = '0123456789abcdef0123';
const HOUR = 60 * 60_000;
const ago = (hours: number) => backupName(STORE, Date.now() - hours * HOUR);

/** Which files are there after a server has looked once. */
async function afterLook(
  t: TestContext,
  names: readonly string[],
  stored: Record<string, unknown> = {},
  fails = false,
) {
  const folder = await scratch(t);
  for (const name of names) writeFileSync(join(folder, name), '');
  const settings = resolveSettings({ stored: { 'backup.dir': folder, ...stored } });
  const warned: unknown[] = [];
  const timer = openBackupTimer({
    store: STORE,
    settings: () => settings,
    backUp: async (file) => {
      if (fails) throw new Error('the disk is full');
      writeFileSync(file, '');
      return [];
    },
    log: { info: () => undefined, warn: (fields: unknown) => void warned.push(fields) },
  });
  timer.start();
  // What was begun ends before it stops.
  while (fails && timer.failure === undefined) await new Promise(setImmediate);
  const { failure } = timer;
  await timer.stop();
  return { names: readdirSync(folder), failure, warned, settings };
}

const CASES: readonly [
  what: string,
  there: readonly string[],
  stored: Record<string, unknown>,
  made: boolean,
][] = [
  ['there is none', [], {}, true],
  ['the last one is older than a day', [ago(25)], {}, true],
  ['the last one is younger than a day', [ago(23), ago(47)], {}, false],
  ['the last one is younger than a week, one is due each week', [ago(25)], { 'backup.every': '7 d' }, false],
  ['there are only those of another server', [backupName('fedcba98', Date.now())], {}, true],
  ['the last one is from the future', [ago(-100)], {}, true],
  ['no folder is set', [], { 'backup.dir': '' }, false],
];
for (const [what, there, stored, made] of CASES) {
  test(`a backup is ${made ? '' : 'not '}made when a server starts and ${what}`, async (t) => {
    const { names, warned } = await afterLook(t, there, stored);
    assert.equal(names.length, there.length + (made ? 1 : 0));
    assert.deepEqual(warned, []);
  });
}

test('the newest are kept, and nothing else is touched', async (t) => {
  const others = ['mine.tar.gz', backupName('fedcba98', 0), 'davd-01234567-x.tar.gz'];
  const old = [ago(30), ago(60), ago(90), ago(120)];
  const { names } = await afterLook(t, [...old, ...others], { 'backup.keep': 3 });
  for (const name of [...others, ...old.slice(0, 2)]) assert.ok(names.includes(name), name);
  assert.equal(names.length, others.length + 3);
});

test('a backup that fails is told, and none of the others is removed', async (t) => {
  const old = [ago(30), ago(60), ago(90)];
  const { names, failure, warned } = await afterLook(
    t,
    [...old, `.${ago(200)}.partial`],
    { 'backup.keep': 1 },
    true,
  );
  assert.deepEqual(names.sort(), [...old].sort());
  assert.equal(failure, 'the disk is full');
  assert.equal(warned.length, 1);
});

test('a time is read from a name as it was written', () => {
  const time = Date.UTC(2026, 1, 28, 23, 59, 58);
  assert.equal(backupName(STORE, time), 'davd-01234567-20260228T235958Z.tar.gz');
  assert.equal(timeOfBackup(STORE, backupName(STORE, time)), time);
});

test('status tells the last backup, and that one is late', async (t) => {
  const folder = await scratch(t);
  const settings = resolveSettings({ stored: { 'backup.dir': folder } });
  const on = { settings, store: { id: STORE } } as Administration;
  const problems: (string | null | undefined)[] = [];
  const state = async () => (await backupState(on))?.problem;
  problems.push(await state());
  writeFileSync(join(folder, ago(50)), '');
  problems.push(await state());
  writeFileSync(join(folder, ago(24.5)), '12345');
  problems.push(await state());
  assert.deepEqual(problems[0], null);
  assert.match(problems[1] ?? '', /^the last backup is of \d{4}-\d\d-\d\d, one is due every 1 d/);
  assert.deepEqual(problems[2], null);
  assert.equal((await backupState(on))?.last?.bytes, 5);
  assert.equal((await listBackups(folder, STORE)).length, 2);
});
