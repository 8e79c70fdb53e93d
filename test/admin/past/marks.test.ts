import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openPasswords } from '../../../src/accounts/password.ts';
import { type Administrator, administrator } from '../../../src/admin/operations.ts';
import { event } from '../../objects.ts';
import { openTestServer, type TestServer } from '../../server.ts';

const calendar = '/dav/calendars/alice/default/';

describe('a burst of changes', () => {
  let server: TestServer;
  let administer: Administrator;

  const reopen = () => {
    const { store, sightings } = server.app;
    administer = administrator({
      data: server.data,
      store,
      settings: server.app.settings(),
      layers: {},
      sightings,
      passwords: openPasswords(),
    });
  };
  before(async () => {
    server = await openTestServer({ 'guard.items': 10, 'guard.percent': 30 });
    reopen();
  });
  after(() => server.close());

  const client = (agent: string) => (method: string, name: string, body?: string) =>
    server.alice(method, calendar + name, body, { 'user-agent': agent });
  const phone = client('iOS/17.1');
  const laptop = client('Thunderbird/128');
  const warnings = async () =>
    (await administer('status', undefined)).warnings.filter(({ about }) => about === 'bursts');
  const names = async () =>
    (await administer('item.list', { path: 'alice/calendars/default' })).map(({ path }) =>
      path.split('/').at(-1),
    );

  test('is marked, survives a restart, is warned of, and is taken back without what others did', async () => {
    for (let i = 10; i < 40; i++) await phone('PUT', `${i}.ics`, event(`${i}`));
    assert.deepEqual(await administer('history.marks', undefined), []);
    for (let i = 10; i < 18; i++) await phone('DELETE', `${i}.ics`);
    await laptop('PUT', '39.ics', event('39', { summary: 'By the laptop' }));
    await laptop('DELETE', '38.ics');
    await phone('PUT', 'new.ics', event('new'));
    for (let i = 18; i < 30; i++) await phone('DELETE', `${i}.ics`);
    for (let i = 30; i < 34; i++) await phone('PUT', `${i}.ics`, event(`${i}`, { summary: 'Overwritten' }));
    await server.reopen();
    reopen();
    const [mark, ...more] = await administer('history.marks', undefined);
    assert.deepEqual(more, []);
    assert.deepEqual([mark?.path, mark?.deleted, mark?.resolved], ['alice/calendars/default', 11, null]);
    const [warning] = await warnings();
    assert.match(
      warning?.text ?? '',
      /alice \(iOS\/17.1\) has deleted 11 of \d+ items .* davd undo --mark alice-default-/,
    );

    const outcome = await administer('undo', { mark: mark?.name ?? '' });
    assert.deepEqual([outcome.done.length, outcome.left], [24, []]);
    const there = [...Array.from({ length: 28 }, (_, i) => `${i + 10}.ics`), '39.ics', 'new.ics'];
    assert.deepEqual((await names()).sort(), there.sort());
    assert.equal((await phone('GET', '30.ics')).text(), event('30'));
    assert.equal((await phone('GET', '39.ics')).text(), event('39', { summary: 'By the laptop' }));
    assert.deepEqual(await warnings(), []);
    assert.equal((await administer('history.marks', undefined))[0]?.resolved, 'undone');
  });

  test('that is undone by user and time needs no attention either', async () => {
    const since = new Date().toISOString();
    for (let i = 10; i < 30; i++) await laptop('DELETE', `${i}.ics`);
    assert.equal((await warnings()).length, 1);
    await administer('undo', { user: 'alice', device: 'thunderbird', since });
    assert.deepEqual(await warnings(), []);
  });

  test('can be accepted', async () => {
    for (let i = 10; i < 30; i++) await client('third/1')('DELETE', `${i}.ics`);
    const [mark] = await administer('history.marks', undefined);
    const accepted = await administer('history.accept', { name: mark?.name ?? '' });
    assert.equal(accepted.resolved, 'acknowledged');
    assert.deepEqual(await warnings(), []);
    await assert.rejects(administer('history.accept', { name: 'alice-defualt' }), /there is no mark/);
    await assert.rejects(administer('undo', { mark: 'x' }), /there is no mark "x"/);
  });

  test('an undo is no burst', async () => {
    const [mark] = await administer('history.marks', undefined);
    await administer('undo', { mark: mark?.name ?? '' });
    assert.equal((await administer('history.marks', undefined)).length, 3);
  });
});
