import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPasswords } from '../../src/accounts/password.ts';
import type { Administration } from '../../src/admin/administration.ts';
import { controlHandler } from '../../src/admin/control.ts';
import { administrator } from '../../src/admin/operations.ts';
import { follower } from '../../src/admin/streams.ts';
import { addUser } from '../../src/admin/users.ts';
import { resolveSettings } from '../../src/config.ts';
import { openLog } from '../../src/log.ts';
import { type Change, type Collection, type Kind, Refusal, type Store } from '../../src/store/types.ts';
import { openTestServer, type TestServer } from '../server.ts';

let server: TestServer;
let on: Administration;
before(async () => {
  server = await openTestServer();
  on = {
    data: server.data,
    store: server.app.store,
    settings: server.app.settings(),
    layers: {},
    sightings: server.app.sightings,
    passwords: openPasswords(),
  };
});
after(() => server.close());

async function collectionsOf(name: string, kind: Kind): Promise<readonly Collection[]> {
  const user = await on.store.findUser(name);
  return user ? on.store.collections({ user: user.id, kind }) : [];
}

test('addUser: the user and the three collections are one commit', async () => {
  const commits: (readonly Change[])[] = [];
  const commit: Store['commit'] = (changes, circumstances) => {
    commits.push(changes);
    return on.store.commit(changes, circumstances);
  };
  const findUser: Store['findUser'] = (name) => on.store.findUser(name);
  const store = { commit, findUser } as Store;
  await addUser({ ...on, store }, { name: 'dora', password: 'secret-dora-1' });
  assert.deepEqual(
    commits.map((changes) => changes.map((change) => change.do)),
    [['put-user', 'create-collection', 'create-collection', 'create-collection']],
  );
});

test('addUser: a calendar for events, a list for tasks, an address book, each with its color and order', async () => {
  await addUser(on, { name: 'emil', password: 'secret-emil-1' });
  const [calendar, tasks, ...more] = await collectionsOf('emil', 'calendar');
  const [book] = await collectionsOf('emil', 'addressbook');
  assert.deepEqual(more, []);
  assert.deepEqual(
    [calendar?.name, calendar?.components, calendar?.protected],
    ['default', ['VEVENT', 'VJOURNAL'], true],
  );
  assert.deepEqual([tasks?.name, tasks?.components, tasks?.protected], ['tasks', ['VTODO'], false]);
  assert.deepEqual([book?.name, book?.protected], ['default', true]);
  const colors = [calendar, tasks].map(
    (each) => each?.properties['{http://apple.com/ns/ical/}calendar-color'],
  );
  for (const color of colors) assert.match(String(color), /^#[0-9A-F]{8}$/);
  assert.notEqual(colors[0], colors[1]);
  const orders = [calendar, tasks].map(
    (each) => each?.properties['{http://apple.com/ns/ical/}calendar-order'],
  );
  assert.deepEqual(orders, ['1', '2']);
});

const languages: [locale: string, calendar: string, tasks: string, contacts: string][] = [
  ['en', 'Calendar', 'Tasks', 'Contacts'],
  ['fr', 'Agenda', 'Tâches', 'Contacts'],
  ['de-AT', 'Kalender', 'Aufgaben', 'Kontakte'],
  ['pt_BR', 'Calendário', 'Tarefas', 'Contatos'],
  ['pt-PT', 'Calendário', 'Tarefas', 'Contactos'],
  ['zh-TW', '行事曆', '工作', '聯絡人'],
  ['zh-Hans', '日历', '任务', '通讯录'],
  ['nb-NO', 'Kalender', 'Oppgaver', 'Kontakter'],
  ['tlh', 'Calendar', 'Tasks', 'Contacts'],
];
for (const [locale, ...names] of languages) {
  test(`addUser: collections are named in ${locale}`, async () => {
    const name = `user-${locale.toLowerCase()}`;
    await addUser(on, { name, locale, password: 'secret' });
    const collections = [
      ...(await collectionsOf(name, 'calendar')),
      ...(await collectionsOf(name, 'addressbook')),
    ];
    assert.deepEqual(
      collections.map(({ properties }) => properties['{DAV:}displayname']),
      names,
    );
  });
}

test('addUser: the original spelling stays as an alias, and an address as name is the user’s address', async () => {
  await addUser(on, { name: 'Frida@Example.com', password: 'secret' });
  const user = await on.store.findUser('frida@example.com');
  assert.equal(user?.name, 'frida@example.com');
  assert.deepEqual(user?.aliases, ['Frida@Example.com']);
  assert.deepEqual(user?.addresses, ['Frida@Example.com']);
  assert.equal(user?.displayName, 'Frida@Example.com');
});

const settings = (url: string, listen = '127.0.0.1:8008') => resolveSettings({ overrides: { url, listen } });
const addresses: [url: string, listen: string, server: RegExp, local: boolean, encrypted: boolean][] = [
  ['', '127.0.0.1:8008', /^http:\/\/127\.0\.0\.1:8008\/$/, true, false],
  ['', '[::1]:8008', /^http:\/\/\[::1\]:8008\/$/, true, false],
  ['', '192.0.2.1:80', /^http:\/\/192\.0\.2\.1:80\/$/, false, false],
  ['', '0.0.0.0:8008', /^http:\/\/[^/]+:8008\/$/, false, false],
  ['https://dav.example.com', '127.0.0.1:8008', /^https:\/\/dav\.example\.com\/$/, false, true],
  ['https://example.com/home-dav', '127.0.0.1:8008', /^https:\/\/example\.com\/home-dav\/$/, false, true],
];
for (const [url, listen, base, local, encrypted] of addresses) {
  test(`account addresses: ${url || listen}`, async () => {
    const name = `a${Math.random().toString(36).slice(2)}`;
    const { account } = await addUser(
      { ...on, settings: settings(url, listen) },
      { name, password: 'secret' },
    );
    assert.match(account.server, base);
    assert.deepEqual([account.local, account.encrypted], [local, encrypted]);
    const { origin, pathname } = new URL(account.server);
    assert.equal(account.principal, `${origin}${pathname}dav/principals/${name}/`);
  });
}

test('what the store refuses for reasons of its own is a sentence too', async () => {
  const store = {
    findUser: async () => undefined,
    commit: () => Promise.reject(new Refusal('full', -1)),
  } as Partial<Store> as Store;
  await assert.rejects(administrator({ ...on, store })('user.add', { name: 'hans', password: 'secret' }), {
    name: 'Refused',
    message: 'nothing was changed: the disk is full; make room and try again',
  });
});

test('the control socket: outcomes and refusals are those of the functions', async () => {
  const handle = controlHandler({
    administer: administrator(on),
    follow: follower(on),
    version: '1.2.3',
    log: openLog({ level: 'silent' }),
  });
  const post = async (name: string, wish: unknown, version = '1.2.3') => {
    const { status, body } = await handle({
      method: 'POST',
      path: `/${name}`,
      query: '',
      headers: { 'davd-version': version },
      body: { bytes: async () => Buffer.from(JSON.stringify(wish)) },
      remote: 'unix',
      secure: false,
      exposed: false,
    });
    return [status, JSON.parse(String(body))];
  };
  const [status, { outcome }] = await post('user.add', { name: 'gina', password: 'secret-gina-1' });
  assert.equal(status, 200);
  assert.equal(outcome.name, 'gina');
  assert.deepEqual(await post('user.show', { name: 'nobody' }), [
    409,
    { refused: 'there is no user "nobody": davd user list shows who there is', notThere: true },
  ]);
  assert.deepEqual(await post('user.destroy', {}), [
    409,
    { refused: 'the running server knows no "user.destroy"' },
  ]);
  assert.match(
    (await post('user.list', null, '9.9.9'))[1].refused,
    /is davd 1\.2\.3, this command is davd 9\.9\.9/,
  );
});
