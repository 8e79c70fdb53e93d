/** Commands that change the same thing at the same moment: none of them is lost. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPasswords } from '../../src/accounts/password.ts';
import { administrator } from '../../src/admin/operations.ts';
import { readStoredSettings, writeStoredSettings } from '../../src/config-file.ts';
import { openTestServer } from '../server.ts';

test('commands that change one user, or the settings, at once lose nothing', async (t) => {
  const server = await openTestServer();
  t.after(() => server.close());
  await writeStoredSettings(server.data, {});
  const { store, sightings } = server.app;
  const administer = administrator({
    data: server.data,
    store,
    settings: server.app.settings(),
    layers: {},
    sightings,
    passwords: openPasswords(),
  });
  const devices = Array.from({ length: 12 }, (_, i) => `device ${i}`);
  await Promise.all([
    ...devices.map((device) => administer('device.add', { user: 'alice', device })),
    administer('user.set', { name: 'alice', displayName: 'Alice the Great' }),
    administer('user.set', { name: 'alice', timeZone: 'Europe/Paris' }),
    administer('user.password', { name: 'alice', password: 'another-secret' }),
    administer('user.rename', { name: 'alice', to: 'alicia' }),
    administer('config.set', { name: 'history.days', value: '7' }),
    administer('config.set', { name: 'auth.realm', value: 'home' }),
    administer('config.set', { name: 'url', value: 'https://dav.example.com' }),
  ]);
  const user = await store.findUser('alicia');
  assert.deepEqual(user?.devices.map(({ name }) => name).sort(), [...devices].sort());
  assert.deepEqual([user?.displayName, user?.timeZone], ['Alice the Great', 'Europe/Paris']);
  const login = { method: 'PROPFIND', target: '/', headers: { depth: '0' } };
  assert.equal((await server.send({ ...login, login: 'alice:another-secret' })).status, 207);
  assert.deepEqual(await readStoredSettings(server.data), {
    'history.days': 7,
    'auth.realm': 'home',
    url: 'https://dav.example.com',
  });
});

test('of two devices of one name added at once one is refused', async (t) => {
  const server = await openTestServer();
  t.after(() => server.close());
  const { store, sightings } = server.app;
  const settings = server.app.settings();
  const on = { data: server.data, store, settings, layers: {}, sightings, passwords: openPasswords() };
  const add = () => administrator(on)('device.add', { user: 'bob', device: 'Phone' });
  const added = await Promise.allSettled([add(), add(), add()]);
  assert.deepEqual(added.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
});
