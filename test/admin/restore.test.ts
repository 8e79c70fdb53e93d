import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openPasswords } from '../../src/accounts/password.ts';
import { administrator } from '../../src/admin/operations.ts';
import { event } from '../objects.ts';
import { openTestServer } from '../server.ts';

test('a removed user comes back whole, after a restart too: login, items, files', async (t) => {
  const server = await openTestServer();
  t.after(() => server.close());
  const administer = () => {
    const { store, sightings } = server.app;
    const settings = server.app.settings();
    return administrator({
      data: server.data,
      store,
      settings,
      layers: {},
      sightings,
      passwords: openPasswords(),
    });
  };
  const path = '/dav/calendars/alice/default/a.ics';
  const type = { 'content-type': 'text/calendar' };
  assert.equal((await server.alice('PUT', path, event('a'), type)).status, 201);
  await administer()('user.remove', { name: 'alice' });
  assert.equal((await server.alice('GET', path)).status, 401);
  await server.reopen();
  assert.ok(!existsSync(join(server.data, 'files/alice/calendars/default/a.ics')));
  await administer()('user.restore', { name: 'Alice' });
  assert.equal((await server.alice('GET', path)).text(), event('a'));
  await server.reopen();
  assert.equal((await server.alice('GET', path)).text(), event('a'));
  assert.ok(existsSync(join(server.data, 'files/alice/calendars/default/a.ics')));
  assert.deepEqual(readdirSync(join(server.data, 'files/.trash')), []);
});
