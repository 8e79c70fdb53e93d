import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPasswords } from '../../../src/accounts/password.ts';
import { type Administrator, administrator } from '../../../src/admin/operations.ts';
import type { UndoOutcome } from '../../../src/admin/past/put-back.ts';
import { card, event } from '../../objects.ts';
import { openTestServer, type TestServer } from '../../server.ts';

const calendar = '/dav/calendars/alice/default/';
const book = '/dav/addressbooks/alice/default/';

describe('undo and restore', () => {
  let server: TestServer;
  let administer: Administrator;

  beforeEach(async () => {
    server = await openTestServer();
    const { store, sightings } = server.app;
    administer = administrator({
      data: server.data,
      store,
      settings: server.app.settings(),
      layers: {},
      sightings,
      passwords: openPasswords(),
    });
  });
  afterEach(() => server.close());

  const client =
    (agent: string) =>
    async (method: string, path: string, body?: string): Promise<number> =>
      (await server.alice(method, path, body, { 'user-agent': agent })).status;
  const phone = client('iOS/17.1 dataaccessd/1.0');
  const laptop = client('Thunderbird/128');
  const get = async (path: string): Promise<string | number> => {
    const reply = await server.alice('GET', path);
    return reply.status === 200 ? reply.text() : reply.status;
  };
  const summary = ({ done, left }: UndoOutcome) => ({
    done: done.map((item) => `${item.done} ${item.path.split('/').slice(2).join('/')}`),
    left: left.map(({ path, why }) => `${path.split('/').slice(2).join('/')}: ${why}`),
  });
  /** Clients may delete it. */
  const open = () =>
    administer('collection.protect', { user: 'alice', kind: 'calendar', name: 'default', on: false });
  /** Times are told apart. */
  const now = async (): Promise<string> => {
    await sleep(5);
    const time = new Date().toISOString();
    await sleep(5);
    return time;
  };
  const lastChange = async (path?: string): Promise<string> =>
    (await administer('history.list', { ...(path && { path }), limit: 1 })).rows[0]?.id ?? '';

  test('what a client has done since a time is taken back, and nothing that others did', async () => {
    await phone('PUT', `${calendar}a.ics`, event('a'));
    await phone('PUT', `${calendar}b.ics`, event('b'));
    await laptop('PUT', `${calendar}c.ics`, event('c'));
    await laptop('PUT', `${calendar}e.ics`, event('e'));
    const since = await now();
    await phone('DELETE', `${calendar}a.ics`);
    await phone('PUT', `${calendar}b.ics`, event('b', { summary: 'Changed' }));
    await phone('PUT', `${calendar}new.ics`, event('new'));
    await phone('DELETE', `${calendar}e.ics`);
    await laptop('PUT', `${calendar}e.ics`, event('e', { summary: 'Again' }));
    await laptop('DELETE', `${calendar}c.ics`);
    const wish = { user: 'ALICE', device: 'iOS', since };
    const preview = await administer('undo', { ...wish, dryRun: true });
    assert.equal(await get(`${calendar}a.ics`), 404);
    const outcome = await administer('undo', wish);
    assert.deepEqual(summary(outcome), summary(preview));
    assert.deepEqual(summary(outcome), {
      done: ['removed default/new.ics', 'changed back default/b.ics', 'brought back default/a.ics'],
      left: ['default/e.ics: changed since'],
    });
    assert.equal(outcome.left[0]?.since?.client, 'Thunderbird/128');
    assert.equal(await get(`${calendar}a.ics`), event('a'));
    assert.equal(await get(`${calendar}b.ics`), event('b'));
    assert.equal(await get(`${calendar}c.ics`), 404);
    assert.equal(await get(`${calendar}new.ics`), 404);

    const again = await administer('undo', wish);
    assert.deepEqual([again.done, again.unchanged, again.act], [[], 3, null]);
    await administer('undo', { changes: [outcome.act ?? ''] });
    assert.equal(await get(`${calendar}a.ics`), 404);
    assert.equal(await get(`${calendar}new.ics`), event('new'));
    assert.equal(await get(`${calendar}b.ics`), event('b', { summary: 'Changed' }));
  });

  test('--force goes back behind what others have changed since', async () => {
    await phone('PUT', `${calendar}a.ics`, event('a'));
    await phone('DELETE', `${calendar}a.ics`);
    const deletion = await lastChange();
    await laptop('PUT', `${calendar}a.ics`, event('a', { summary: 'Other' }));
    assert.deepEqual(summary(await administer('undo', { changes: [deletion] })).done, []);
    await administer('undo', { changes: [deletion], force: true });
    assert.equal(await get(`${calendar}a.ics`), event('a'));
  });

  test('a deleted name and its UID can be used at once, and an undo sees to it that no UID is there twice', async () => {
    await phone('PUT', `${calendar}a.ics`, event('a'));
    await phone('DELETE', `${calendar}a.ics`);
    const deletion = await lastChange();
    assert.equal(await laptop('PUT', `${calendar}other.ics`, event('a', { summary: 'New' })), 201);
    const left = await administer('undo', { changes: [deletion] });
    assert.deepEqual(summary(left), { done: [], left: ['default/a.ics: UID taken'] });
    assert.equal(left.left[0]?.taker, 'other.ics');
    const forced = await administer('undo', { changes: [deletion], force: true });
    assert.deepEqual(summary(forced).done, ['removed default/other.ics', 'brought back default/a.ics']);
    assert.deepEqual([await get(`${calendar}a.ics`), await get(`${calendar}other.ics`)], [event('a'), 404]);

    await phone('DELETE', `${calendar}a.ics`);
    const second = await lastChange();
    await phone('PUT', `${calendar}again.ics`, event('a', { summary: 'Uploaded anew' }));
    // The client that deleted it has made the other: that is what is to be undone.
    assert.deepEqual(summary(await administer('undo', { changes: [second] })).done, [
      'removed default/again.ics',
      'brought back default/a.ics',
    ]);
  });

  test('a collection that was deleted whole comes back with its items, colour and name', async () => {
    const patch = `<propertyupdate xmlns="DAV:"><set><prop><displayname>Work</displayname>
      <calendar-color xmlns="http://apple.com/ns/ical/">#123456</calendar-color></prop></set></propertyupdate>`;
    await open();
    for (let i = 0; i < 3; i++) await phone('PUT', `${calendar}${i}.ics`, event(`${i}`));
    await phone('PUT', `${book}a.vcf`, card('a'));
    await phone('PROPPATCH', calendar, patch);
    const before = await administer('collection.show', { user: 'alice', kind: 'calendar', name: 'default' });
    const time = await now();
    await phone('PUT', `${book}a.vcf`, card('a', ['NOTE:later']));
    await phone('DELETE', `${calendar}0.ics`);
    assert.equal(await phone('DELETE', calendar), 204);
    await server.reopen();
    const { store, sightings } = server.app;
    administer = administrator({
      data: server.data,
      store,
      settings: server.app.settings(),
      layers: {},
      sightings,
      passwords: openPasswords(),
    });
    const preview = await administer('restore', { path: 'alice/default', at: time, dryRun: true });
    assert.deepEqual(summary(preview), {
      done: ['brought back default', 'brought back default/0.ics'],
      left: [],
    });
    assert.equal(await get(`${calendar}1.ics`), 404);
    await administer('restore', { path: 'alice/default', at: time });
    const after = await administer('collection.show', { user: 'alice', kind: 'calendar', name: 'default' });
    assert.deepEqual({ ...after, modified: '' }, { ...before, modified: '' });
    assert.deepEqual([after.displayName, after.color, after.items], ['Work', '#123456', 3]);
    for (let i = 0; i < 3; i++) assert.equal(await get(`${calendar}${i}.ics`), event(`${i}`));
    // The address book of the same name was not deleted, so it was not meant.
    assert.equal(await get(`${book}a.vcf`), card('a', ['NOTE:later']));
  });

  test('a deleted collection comes back beside a new one of its name', async () => {
    await open();
    await phone('PUT', `${calendar}a.ics`, event('a'));
    const time = await now();
    await phone('DELETE', calendar);
    await phone('MKCALENDAR', calendar);
    await phone('PUT', `${calendar}b.ics`, event('b'));
    await assert.rejects(administer('restore', { path: 'alice/calendars/default' }), /there is a new/);
    const named = await administer('restore', { path: 'alice/calendars/default', as: 'old' });
    assert.deepEqual(summary(named).done, ['brought back default']);
    assert.equal(named.done[0]?.as, 'old');
    assert.equal(await get('/dav/calendars/alice/old/a.ics'), event('a'));
    await administer('undo', { changes: [named.act ?? ''] });
    assert.equal(await get('/dav/calendars/alice/old/a.ics'), 404);
    const { done } = await administer('restore', { path: 'alice/calendars/old', at: time });
    assert.equal(done[0]?.as, 'default-2');
    assert.equal(await get(`${calendar}b.ics`), event('b'));
  });

  test('an item comes back, as it was last or as it was at a time', async () => {
    await phone('PUT', `${book}a.vcf`, card('a'));
    const time = await now();
    await phone('PUT', `${book}a.vcf`, card('a', ['NOTE:later']));
    await assert.rejects(administer('restore', { path: 'alice/default/a.vcf' }), /is there: say from which/);
    await phone('DELETE', `${book}a.vcf`);
    await administer('restore', { path: 'alice/default/a.vcf' });
    assert.equal(await get(`${book}a.vcf`), card('a', ['NOTE:later']));
    await administer('restore', { path: 'alice/default/a.vcf', at: time });
    assert.equal(await get(`${book}a.vcf`), card('a'));
    await assert.rejects(administer('restore', { path: 'alice/default/b.vcf' }), /there was no/);
    await assert.rejects(
      administer('restore', { path: 'alice/other/b.vcf' }),
      /had no address book|had no collection/,
    );
  });

  test('--at keeps what was added since, --exact does not', async () => {
    await phone('PUT', `${book}a.vcf`, card('a'));
    const time = await now();
    await phone('PUT', `${book}a.vcf`, card('a', ['NOTE:later']));
    await phone('PUT', `${book}b.vcf`, card('b'));
    const wish = { path: 'alice/addressbooks/default', at: time };
    assert.deepEqual(summary(await administer('restore', wish)).done, ['changed back default/a.vcf']);
    assert.deepEqual(summary(await administer('restore', { ...wish, exact: true })).done, [
      'removed default/b.vcf',
    ]);
    await assert.rejects(
      administer('restore', { path: 'alice/default', at: time }),
      /a calendar and an address/,
    );
  });

  test('a user comes back with everything, and removals of collections stay apart from it', async () => {
    await phone('PUT', `${calendar}a.ics`, event('a'));
    await phone('PUT', `${book}a.vcf`, card('a'));
    await assert.rejects(administer('restore', { path: 'alice' }), /user "alice" is there/);
    await administer('user.remove', { name: 'alice' });
    await assert.rejects(administer('restore', { path: 'alice/nothing' }), /had no collection/);
    const outcome = await administer('restore', { path: 'alice' });
    assert.deepEqual(
      outcome.done.map(({ done, path, kind }) => [done, path, kind]),
      [['brought back', 'alice', 'user']],
    );
    assert.equal(await get(`${calendar}a.ics`), event('a'));
    assert.equal(await get(`${book}a.vcf`), card('a'));
    await administer('user.set', { name: 'alice', displayName: 'Changed' });
    await administer('undo', { changes: [await lastChange('alice')] });
    assert.equal((await administer('user.show', { name: 'alice' })).displayName, 'Alice Doe');
  });

  test('a move is taken back at both ends, or at none', async () => {
    await phone('MKCALENDAR', '/dav/calendars/alice/work/');
    await phone('PUT', `${calendar}a.ics`, event('a'));
    const move = () =>
      server.alice('MOVE', `${calendar}a.ics`, undefined, {
        destination: '/dav/calendars/alice/work/b.ics',
        'user-agent': 'iOS/17.1',
      });
    assert.equal((await move()).status, 201);
    const id = await lastChange();
    const { act } = await administer('undo', { changes: [id] });
    assert.equal(await get(`${calendar}a.ics`), event('a'));
    assert.equal(await get('/dav/calendars/alice/work/b.ics'), 404);
    await administer('undo', { changes: [act ?? ''] });
    await laptop('PUT', '/dav/calendars/alice/work/b.ics', event('a', { summary: 'Edited' }));
    assert.deepEqual(summary(await administer('undo', { changes: [id] })), {
      done: [],
      left: ['work/b.ics: changed since', 'default/a.ics: changed since'],
    });
  });

  test('UIDs that changed places change back', async () => {
    const put = (name: string, uid: string) =>
      server.app.store.commit([]).then(() => phone('PUT', `${calendar}${name}`, event(uid)));
    await put('a.ics', 'one');
    await put('b.ics', 'two');
    const time = await now();
    await phone('DELETE', `${calendar}a.ics`);
    await phone('DELETE', `${calendar}b.ics`);
    await put('a.ics', 'two');
    await put('b.ics', 'one');
    await administer('undo', { user: 'alice', since: time });
    assert.deepEqual(
      [await get(`${calendar}a.ics`), await get(`${calendar}b.ics`)],
      [event('one'), event('two')],
    );
  });

  test('more than fit into one commit are put back, and are one undo', async () => {
    const cards = Array.from({ length: 1200 }, (_, i) => i);
    const { store } = server.app;
    const home = { user: (await store.findUser('alice'))?.id ?? '', kind: 'addressbook' } as const;
    const { id: collection } = (await store.collection(home, 'default')) ?? { id: '' };
    const facts = { uid: null, component: 'VCARD', start: 0, end: 0, recurring: false };
    await store.commit(
      cards.map((i) => {
        const bytes = Buffer.from(card(`${i}`));
        return { do: 'put', collection, name: `${i}.vcf`, bytes, facts: { ...facts, uid: `${i}` } } as const;
      }),
    );
    const time = await now();
    await store.commit(
      cards.map((i) => ({ do: 'delete', collection, name: `${i}.vcf` }) as const),
      {
        by: { user: 'alice', device: 'phone' },
      },
    );
    const { done, act } = await administer('undo', { user: 'alice', device: 'Phone', since: time });
    assert.equal(done.length, 1200);
    assert.equal(await get(`${book}1199.vcf`), card('1199'));
    await administer('undo', { changes: [act ?? ''] });
    assert.equal((await store.collection(home, 'default'))?.count, 0);
  });

  test('wishes that can not be met are refused in a sentence', async () => {
    await assert.rejects(administer('undo', {}), /say what to undo/);
    await assert.rejects(administer('undo', { user: 'alice' }), /say what to undo/);
    await assert.rejects(administer('undo', { changes: ['1-zz'] }), /there is no change "1-zz"/);
    await assert.rejects(administer('undo', { user: 'alice', since: 'soon' }), /"soon" is no time/);
    await assert.rejects(administer('restore', { path: 'alise/default' }), /did you mean "alice"/);
    await assert.rejects(administer('restore', { path: 'alice/calendars/default' }), /is there: say from/);
  });

  test('the history says who did what with what, and what an item was', async () => {
    await open();
    await phone('PUT', `${calendar}a.ics`, event('a', { summary: 'Dentist' }));
    const time = await now();
    await laptop('PUT', `${calendar}a.ics`, event('a', { summary: 'Doctor' }));
    await phone('DELETE', `${calendar}a.ics`);
    await phone('DELETE', calendar);
    const { rows } = await administer('history.list', { path: 'alice/calendars/default' });
    const told = rows.map(({ user, client, what, kind, title, date, items }) =>
      [user, client.split('/')[0], what, kind, title, date ?? '', items]
        .filter((part) => part !== undefined && part !== '')
        .join(' '),
    );
    assert.deepEqual(told.slice(0, 4), [
      'alice iOS deleted calendar',
      'alice iOS deleted VEVENT Doctor 2026-05-03',
      'alice Thunderbird changed VEVENT Doctor 2026-05-03',
      'alice iOS added VEVENT Dentist 2026-05-03',
    ]);
    const path = 'alice/default/a.ics';
    const then = await administer('history.show', { path, at: time });
    assert.equal(Buffer.from(then.content, 'base64').toString(), event('a', { summary: 'Dentist' }));
    assert.equal((await administer('history.show', { path })).title, 'Doctor');
    const [change] = await administer('history.diff', { what: rows[2]?.id ?? '' });
    assert.deepEqual([change?.before?.title, change?.after?.title], ['Dentist', 'Doctor']);
    const [last] = await administer('history.diff', { what: path });
    assert.deepEqual([last?.before?.title, last?.after], ['Doctor', null]);
    const onlyLaptop = await administer('history.list', { device: 'thunder', path });
    assert.equal(onlyLaptop.rows.length, 1);
    assert.deepEqual((await administer('history.list', { path, until: time })).rows.length, 1);
    assert.ok((await administer('history.list', { limit: 1 })).more);
  });
});
