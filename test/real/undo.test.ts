/** A client empties a calendar; davd undo brings everything back, on the server and on the client. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { davd, madeFolder, serving } from '../cli/davd.ts';
import { events } from './items.ts';
import { password, replica, withoutVdirsyncer } from './vdirsyncer-run.ts';

const count = process.env['DAVD_TEST_LONG'] ? 1000 : 70;
const deleted = Math.floor(count * 0.9);

test(`vdirsyncer deletes ${deleted} of ${count} events, davd undo and the next sync bring all back`, {
  skip: withoutVdirsyncer(),
}, async (t) => {
  const data = await madeFolder(t);
  const run = async (...args: string[]) => {
    const { code, out, err } = await davd([...args, '--data', data], { input: `${password}\n` });
    assert.equal(code, 0, err);
    return out;
  };
  await run('user', 'add', 'alice', '--password-stdin');
  const { url } = await serving(t, data);
  const phone = replica(t, url);
  const items = events(count);
  await phone.discover();
  for (const item of items) phone.write('calendars', item);
  await phone.sync();
  const folder = join(data, 'files/alice/calendars/default');
  const files = () =>
    new Map(
      readdirSync(folder)
        .filter((name) => name.endsWith('.ics'))
        .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
    );
  const settled = async (size: number) => {
    while (files().size !== size) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  await settled(count);
  const before = files();
  const onPhone = phone.read('calendars');

  const since = new Date().toISOString();
  for (const { uid } of items.slice(0, deleted)) phone.remove('calendars', uid);
  await phone.sync();
  await settled(count - deleted);
  assert.match(await run('status'), /vdirsyncer.* has deleted \d+ of \d+ items of alice\/calendars\/default/);

  const outcome = JSON.parse(await run('undo', '--user', 'alice', '--since', since, '--json'));
  assert.deepEqual([outcome.done.length, outcome.left], [deleted, []]);
  await settled(count);
  assert.deepEqual(files(), before);
  const said = await phone.sync();
  assert.equal(said.match(/ to calendars_here\/default$/gm)?.length, deleted, said);
  assert.doesNotMatch(said, / to calendars_there|Deleting|conflict/);
  assert.deepEqual(phone.read('calendars'), onPhone);
  assert.doesNotMatch(await run('status'), /has deleted/);
});
