/** A backup restored: the same users, objects and past, and none of the sync tokens. */

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { verifyBackup } from '../../src/admin/restore-backup.ts';
import { type App, openApp } from '../../src/app.ts';
import { openLog } from '../../src/log.ts';
import type { Collection, Store, SyncToken } from '../../src/store/types.ts';
import { event } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';
import { backUp, restore, restoreOptions, scratch } from './made.ts';

const calendar = '/dav/calendars/alice/default/';

/** A server, and where its backup and what is restored from it may stand. */
async function made(t: TestContext) {
  const server = await openTestServer();
  const apps: Pick<App, 'close'>[] = [server];
  t.after(() => Promise.all(apps.map((app) => app.close())));
  const folder = await scratch(t);
  const data = join(folder, 'data');
  return {
    server,
    file: join(folder, 'davd.tar.gz'),
    async restored(): Promise<App> {
      await restore(await readFile(join(folder, 'davd.tar.gz')), data);
      const app = await openApp({ data, log: openLog({ level: 'error', readable: true }) });
      apps.push(app);
      return app;
    },
    data,
  };
}

async function put(server: TestServer, name: string, summary: string): Promise<void> {
  const { status } = await server.alice('PUT', calendar + name, event(name, { summary }));
  assert.ok(status === 201 || status === 204, `${status}`);
}

/** What every user has: name and etag of each object, in each collection. */
async function contents(store: Store) {
  const all: string[] = [];
  for (const user of await store.users()) {
    for (const kind of ['calendar', 'addressbook'] as const) {
      for (const collection of await store.collections({ user: user.id, kind })) {
        all.push(
          JSON.stringify([user, collection.id, collection.name, collection.properties, collection.count]),
        );
        for await (const page of store.members(collection))
          for (const { name, etag } of page) all.push(`${collection.id} ${name} ${etag}`);
      }
    }
  }
  return all.sort();
}

async function calendarOf(store: Store): Promise<Collection> {
  const user = await store.findUser('alice');
  const found = await store.collection({ user: user?.id ?? '', kind: 'calendar' }, 'default');
  assert.ok(found);
  return found;
}

test('a restored server has what there was, file by file', async (t) => {
  const { server, file, data, restored } = await made(t);
  for (let i = 0; i < 20; i++) await put(server, `${i}.ics`, `Lunch ${i}`);
  await server.alice('DELETE', `${calendar}3.ics`);
  await server.alice(
    'PROPPATCH',
    calendar,
    '<propertyupdate xmlns="DAV:"><set><prop><displayname>Büro</displayname></prop></set></propertyupdate>',
  );
  const before = await contents(server.app.store);
  const { objects, lost } = await backUp(server.data, server.app.store, file);
  assert.deepEqual([objects, lost], [19, []]);
  await put(server, 'later.ics', 'Later');
  const app = await restored();
  assert.deepEqual(await contents(app.store), before);
  const names = await readdir(join(data, 'files/alice/calendars/default'));
  assert.equal(names.filter((name) => name.endsWith('.ics')).length, 19);
  assert.equal(
    await readFile(join(data, 'files/alice/calendars/default/7.ics'), 'utf8'),
    event('7.ics', { summary: 'Lunch 7' }),
  );
});

test('what was removed before the backup can be taken back after the restore', async (t) => {
  const { server, file, restored } = await made(t);
  await put(server, 'a.ics', 'Lunch');
  const { id } = await calendarOf(server.app.store);
  const alice = (await server.app.store.findUser('alice'))?.id ?? '';
  await server.app.store.commit([{ do: 'remove-user', user: alice }]);
  await backUp(server.data, server.app.store, file);
  const { store } = await restored();
  assert.deepEqual(
    (await store.removedUsers()).map(({ user }) => user.name),
    ['alice'],
  );
  await store.commit([{ do: 'restore-user', user: alice }]);
  const collection = await calendarOf(store);
  assert.deepEqual([collection.id, collection.count], [id, 1]);
});

test('every sync token from before is refused, also one given after the backup', async (t) => {
  const { server, file, restored } = await made(t);
  const tokens = new Map<SyncToken, 'collection' | 'home'>();
  const note = async (): Promise<void> => {
    const alice = (await server.app.store.findUser('alice'))?.id ?? '';
    const home = await server.app.store.home({ user: alice, kind: 'calendar' });
    tokens.set((await calendarOf(server.app.store)).token, 'collection').set(home?.token ?? '', 'home');
  };
  for (let i = 0; i < 20; i++) {
    await put(server, `${i % 5}.ics`, `Before ${i}`);
    await note();
  }
  await backUp(server.data, server.app.store, file);
  for (let i = 0; i < 100; i++) {
    await put(server, `${i % 7}.ics`, `After ${i}`);
    if (i % 10 === 0) await server.alice('MKCALENDAR', `/dav/calendars/alice/new${i}/`);
    await note();
  }
  const app = await restored();
  const collection = await calendarOf(app.store);
  for (let i = 0; i < 200; i++) {
    const bytes = Buffer.from(event(`${i % 7}`, { summary: `Restored ${i}` }));
    const facts = { uid: `${i % 7}`, component: 'VEVENT', start: 0, end: 1, recurring: false };
    await app.store.commit([{ do: 'put', collection: collection.id, name: `r${i % 7}.ics`, bytes, facts }]);
  }
  assert.ok(tokens.size > 120, `${tokens.size}`);
  const now = await calendarOf(app.store);
  for (const [token, of] of tokens) {
    const answer =
      of === 'collection'
        ? await app.store.changes(now, token)
        : await app.store.homeChanges({ user: now.owner, kind: 'calendar' }, token);
    assert.equal(answer, 'invalid-token', token);
  }
  assert.notEqual(await app.store.changes(now, now.token), 'invalid-token');
});

test('a backup is good, until something in it differs', async (t) => {
  const { server, file } = await made(t);
  await put(server, 'a.ics', 'Lunch');
  await backUp(server.data, server.app.store, file);
  const { differences, objects } = await verifyBackup(restoreOptions(createReadStream(file), file));
  assert.deepEqual([differences, objects], [[], 1]);
});

test('an object whose bytes are lost is told, and the rest is backed up', async (t) => {
  const { server, file, restored } = await made(t);
  await put(server, 'a.ics', 'Lunch');
  await put(server, 'b.ics', 'Dinner');
  await server.reopen();
  const journal = join(server.data, 'journal');
  const [segment = ''] = (await readdir(journal)).filter((name) => name.endsWith('.journal'));
  const octets = await readFile(join(journal, segment));
  octets.write('x', octets.indexOf('SUMMARY:Lunch'));
  await writeFile(join(journal, segment), octets);
  await writeFile(join(server.data, 'files/alice/calendars/default/a.ics'), 'lost as well');
  const { lost, objects } = await backUp(server.data, server.app.store, file);
  assert.deepEqual([lost, objects], [['files/alice/calendars/default/a.ics'], 2]);
  const { differences } = await verifyBackup(restoreOptions(createReadStream(file), file));
  assert.deepEqual(
    differences.map((each) => each.file),
    lost,
  );
  const app = await restored();
  const collection = await calendarOf(app.store);
  for await (const [content] of app.store.read(collection, ['b.ics'])) {
    assert.equal(Buffer.from(content?.bytes ?? []).toString(), event('b.ics', { summary: 'Dinner' }));
  }
});
