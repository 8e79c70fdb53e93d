/** vdirsyncer keeps two computers in step through a real server. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { davd, madeFolder, serving, stop } from '../cli/davd.ts';
import { contentsOf } from './replica.ts';
import { keepInStep, password, replica, withoutVdirsyncer } from './vdirsyncer-run.ts';

const counts = { calendars: 200, contacts: process.env['DAVD_TEST_LONG'] ? 1000 : 200 };

test(`vdirsyncer keeps ${counts.calendars} events and ${counts.contacts} contacts of two computers in step`, {
  skip: withoutVdirsyncer(),
}, async (t) => {
  const data = await madeFolder(t);
  await davd(['user', 'add', 'alice', '--data', data, '--password-stdin'], { input: `${password}\n` });
  const server = await serving(t, data);
  const texts = await keepInStep(t, { url: server.url, counts });

  await t.test('a restart of the server changes nothing', async () => {
    await stop(server);
    const again = await serving(t, data);
    const third = replica(t, again.url);
    await third.discover();
    await third.sync();
    for (const sort of ['calendars', 'contacts'] as const)
      assert.deepEqual(third.read(sort), texts[sort].of('third'));
    await stop(again);
  });

  await t.test('every item stands in a file of its own on the server, byte for byte as it was sent', () => {
    const files = join(data, 'files', 'alice');
    assert.deepEqual(contentsOf(join(files, 'calendars', 'default')), texts.calendars.sent());
    assert.deepEqual(contentsOf(join(files, 'addressbooks', 'default')), texts.contacts.sent());
  });
});
