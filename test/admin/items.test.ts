/** Collections and items as an administrator changes them, and as a device sees that. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPasswords } from '../../src/accounts/password.ts';
import { type Administrator, administrator } from '../../src/admin/operations.ts';
import { card, event } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';

let server: TestServer;
let administer: Administrator;
before(async () => {
  server = await openTestServer();
  const { store, sightings } = server.app;
  const settings = server.app.settings();
  administer = administrator({
    data: server.data,
    store,
    settings,
    layers: {},
    sightings,
    passwords: openPasswords(),
  });
});
after(() => server.close());

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const type = { 'content-type': 'text/calendar' };

test('a calendar added by an administrator is what a device reads', async () => {
  await administer('collection.add', {
    user: 'alice',
    kind: 'calendar',
    name: 'work',
    displayName: 'Büro & Co',
    color: '#18e',
    order: 7,
    timeZone: 'europe/paris',
  });
  const body =
    '<propfind xmlns="DAV:" xmlns:I="http://apple.com/ns/ical/" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><displayname/><I:calendar-color/><I:calendar-order/><C:calendar-timezone-id/></prop></propfind>';
  const reply = await server.alice('PROPFIND', '/dav/calendars/alice/work/', body, { depth: '0' });
  for (const value of ['Büro &amp; Co', '#1188EEFF', '>7<', 'Europe/Paris']) {
    assert.ok(reply.text().includes(value), value);
  }
});

test('a collection moved to another user takes its items along, and its name must be free', async () => {
  const wish = { user: 'alice', kind: 'calendar', name: 'shared' } as const;
  await administer('collection.add', { ...wish, color: '#123456' });
  for (const name of ['a', 'b']) {
    await server.alice('PUT', `/dav/calendars/alice/shared/${name}.ics`, event(name), type);
  }
  const moved = await administer('collection.move', { ...wish, to: 'bob' });
  assert.deepEqual([moved.user, moved.items, moved.color], ['bob', 2, '#123456']);
  const reply = await server.send({ method: 'GET', target: '/dav/calendars/bob/shared/a.ics', login: 'bob' });
  assert.equal(reply.text(), event('a'));
  assert.equal((await server.alice('GET', '/dav/calendars/alice/shared/a.ics')).status, 404);
  await assert.rejects(
    administer('collection.move', { user: 'alice', kind: 'calendar', name: 'default', to: 'bob' }),
    /user "bob" has a calendar "default" already/,
  );
});

test('an item is found by file name and UID, in the one collection that is meant', async () => {
  await server.alice('PUT', '/dav/calendars/alice/default/x.ics', event('uid-x', { summary: 'Lunch' }), type);
  await server.alice('PUT', '/dav/addressbooks/alice/default/y.vcf', card('uid-y'));
  for (const path of [
    'alice/default/x.ics',
    'ALICE/calendars/default/uid-x',
    'alice/calendars/default/x.ics',
  ]) {
    const item = await administer('item.show', { path });
    assert.deepEqual([item.path, item.title], ['alice/calendars/default/x.ics', 'Lunch']);
    assert.equal(Buffer.from(item.content, 'base64').toString(), event('uid-x', { summary: 'Lunch' }));
  }
  assert.equal((await administer('item.show', { path: 'alice/default/y.vcf' })).title, 'Renée Dubois');
  await assert.rejects(
    administer('item.list', { path: 'alice/default' }),
    /is a calendar and an address book/,
  );
  await assert.rejects(administer('item.show', { path: 'alice/default' }), /names no item/);
  await assert.rejects(administer('item.show', { path: 'alice/default/z.ics' }), { name: 'NotThere' });
});

test('an edited item is checked as a device’s is, and never overwrites what it does not know', async () => {
  const path = 'alice/calendars/default/e.ics';
  await server.alice('PUT', '/dav/calendars/alice/default/e.ics', event('e'), type);
  const { etag } = await administer('item.show', { path });
  const put = (text: string, known = etag) =>
    administer('item.put', { path, content: base64(text), etag: known });
  await assert.rejects(put('BEGIN:VCALENDAR\nEND:VCALENDAR\n'), /^Refused: nothing was stored: line/);
  await assert.rejects(put(event('e').replaceAll('VEVENT', 'VTODO')), /stores VEVENT/);
  const changed = await put(event('e', { summary: 'Dinner' }));
  assert.equal(changed.title, 'Dinner');
  await assert.rejects(put(event('e', { summary: 'Late' })), /changed by somebody else meanwhile/);
  await administer('item.remove', { path });
  assert.equal((await server.alice('GET', '/dav/calendars/alice/default/e.ics')).status, 404);
});
