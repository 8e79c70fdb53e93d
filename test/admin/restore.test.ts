import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPasswords } from '../../src/accounts/password.ts';
import { administrator } from '../../src/admin/operations.ts';
import { event } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';

function administers({ app, data }: TestServer) {
  const { store, sightings } = app;
  return administrator({
    data,
    store,
    settings: app.settings(),
    layers: {},
    sightings,
    passwords: openPasswords(),
  });
}

/** files/ follows what is stored, a moment later. */
async function soon(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i++) await sleep(20);
  assert.ok(holds());
}

/** Files that have a text, in their names or bytes. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const file = join(entry.parentPath, entry.name);
    const has = entry.name.includes(text) || (entry.isFile() && readFileSync(file).includes(text));
    return has ? [file] : [];
  });
}

test('with --purge nothing of a user is left on the disk, before or after a removal', async (t) => {
  const server = await openTestServer();
  t.after(() => server.close());
  const type = { 'content-type': 'text/calendar' };
  const path = '/dav/calendars/alice/default/dentist.ics';
  assert.equal((await server.alice('PUT', path, event('dentist'), type)).status, 201);
  assert.equal((await server.alice('PUT', path, event('dentist', { summary: 'Changed' }), type)).status, 204);
  await administers(server)('user.remove', { name: 'alice' });
  assert.notDeepEqual(filesWith(server.data, 'alice'), []);
  await administers(server)('user.remove', { name: 'Alice', purge: true });
  await soon(() => filesWith(server.data, 'dentist').length === 0);
  await soon(() => filesWith(server.data, 'alice').length === 0);
  await assert.rejects(administers(server)('user.restore', { name: 'alice' }), /no removed user "alice"/);
});

test('a removed user comes back whole, after a restart too: login, items, files', async (t) => {
  const server = await openTestServer();
  t.after(() => server.close());
  const administer = () => administers(server);
  const path = '/dav/calendars/alice/default/a.ics';
  const type = { 'content-type': 'text/calendar' };
  assert.equal((await server.alice('PUT', path, event('a'), type)).status, 201);
  await administer()('user.remove', { name: 'alice' });
  assert.equal((await server.alice('GET', path)).status, 401);
  await server.reopen();
  await soon(() => !existsSync(join(server.data, 'files/alice/calendars/default/a.ics')));
  await administer()('user.restore', { name: 'Alice' });
  assert.equal((await server.alice('GET', path)).text(), event('a'));
  await server.reopen();
  assert.equal((await server.alice('GET', path)).text(), event('a'));
  await soon(() => existsSync(join(server.data, 'files/alice/calendars/default/a.ics')));
  await soon(() => readdirSync(join(server.data, 'files/.trash')).length === 0);
});
