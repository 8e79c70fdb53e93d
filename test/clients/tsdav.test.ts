/** tsdav, the client library of cal.com and others: an account from the address of the server, and a sync. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createDAVClient } from 'tsdav';
import { httpServer } from '../../src/http/server.ts';
import { openLog } from '../../src/log.ts';
import { toVersion } from '../../src/model/vcard-convert.ts';
import { card, event } from '../objects.ts';
import { contacts } from '../real/items.ts';
import { openTestServer, type TestServer } from '../server.ts';

let server: TestServer;
let serverUrl = '';
let stop: () => Promise<void>;
before(async () => {
  server = await openTestServer();
  const { handle, trusted } = server.app;
  const http = httpServer({ handle, trusted, log: openLog({ level: 'silent' }) });
  const endpoint = await http.listen({ host: '127.0.0.1', port: 0 });
  serverUrl = 'port' in endpoint ? `http://127.0.0.1:${endpoint.port}` : '';
  stop = () => http.stop(0);
});
after(async () => {
  await stop();
  await server.close();
});

function client(defaultAccountType: 'caldav' | 'carddav') {
  return createDAVClient({
    serverUrl,
    credentials: { username: 'alice', password: 'alice-secret' },
    authMethod: 'Basic',
    defaultAccountType,
  });
}

test('calendars are found, an event is made, changed, synced and deleted', async () => {
  const dav = await client('caldav');
  const calendars = await dav.fetchCalendars();
  assert.deepEqual(
    calendars.map((c) => c.displayName),
    ['Calendar', 'Tasks'],
  );
  const [calendar] = calendars;
  assert.ok(calendar);
  assert.deepEqual(calendar.components, ['VEVENT', 'VJOURNAL']);

  const made = await dav.createCalendarObject({ calendar, iCalString: event('one'), filename: 'one.ics' });
  assert.equal(made.status, 201);
  const [object] = await dav.fetchCalendarObjects({ calendar });
  assert.ok(object);
  assert.equal(object.data, event('one').trim());
  assert.equal(object.etag, made.headers.get('etag'));

  const known = { ...calendar, objects: [object], objectMultiGet: dav.calendarMultiGet };
  const changed = await dav.updateCalendarObject({
    calendarObject: { ...object, data: event('one', { summary: 'Changed' }) },
  });
  assert.equal(changed.status, 204);
  const synced = await dav.smartCollectionSync({ collection: known, method: 'webdav', detailedResult: true });
  assert.deepEqual(
    synced.objects.updated.map((o: { etag?: string }) => o.etag),
    [changed.headers.get('etag')],
  );

  const stale = await dav.deleteCalendarObject({ calendarObject: object });
  assert.equal(stale.status, 412);
  const etag = changed.headers.get('etag') ?? '';
  assert.equal((await dav.deleteCalendarObject({ calendarObject: { ...object, etag } })).status, 204);
  assert.deepEqual(await dav.fetchCalendarObjects({ calendar }), []);
});

test('a client that was away is told what was made, changed and deleted elsewhere', async () => {
  const dav = await client('caldav');
  const [calendar] = await dav.fetchCalendars();
  assert.ok(calendar);
  const put = (name: string, summary: string) =>
    server.alice('PUT', `/dav/calendars/alice/default/${name}.ics`, event(name, { summary }));
  await put('kept', 'before');
  await put('gone', 'before');
  const objects = await dav.fetchCalendarObjects({ calendar });
  const [fresh] = await dav.fetchCalendars();
  assert.ok(fresh);
  await put('kept', 'after');
  await put('new', 'after');
  await server.alice('DELETE', '/dav/calendars/alice/default/gone.ics');
  const collection = { ...fresh, objects, objectMultiGet: dav.calendarMultiGet };
  const synced = await dav.smartCollectionSync({ collection, method: 'webdav', detailedResult: true });
  const names = (list: readonly { url: string }[]) => list.map(({ url }) => url.split('/').at(-1));
  assert.deepEqual(names(synced.objects.created), ['new.ics']);
  assert.deepEqual(names(synced.objects.updated), ['kept.ics']);
  assert.deepEqual(names(synced.objects.deleted), ['gone.ics']);
  for (const name of ['kept', 'new'])
    await server.alice('DELETE', `/dav/calendars/alice/default/${name}.ics`);
});

test('events are found by their time', async () => {
  const dav = await client('caldav');
  const [calendar] = await dav.fetchCalendars();
  assert.ok(calendar);
  await dav.createCalendarObject({ calendar, iCalString: event('timed'), filename: 'timed.ics' });
  const during = async (start: string, end: string) =>
    (await dav.fetchCalendarObjects({ calendar, timeRange: { start, end } })).length;
  assert.equal(await during('2026-05-01T00:00:00Z', '2026-06-01T00:00:00Z'), 1);
  assert.equal(await during('2026-06-01T00:00:00Z', '2026-07-01T00:00:00Z'), 0);
});

test('a calendar is made', async () => {
  const dav = await client('caldav');
  const url = `${serverUrl}/dav/calendars/alice/made/`;
  const [answer] = await dav.makeCalendar({ url, props: { displayname: 'Made' } });
  assert.ok(answer?.ok);
  assert.ok((await dav.fetchCalendars()).some((c) => c.displayName === 'Made'));
});

test('the address book is found, a card is made and deleted', async () => {
  const dav = await client('carddav');
  const books = await dav.fetchAddressBooks();
  assert.deepEqual(
    books.map((b) => b.displayName),
    ['Contacts'],
  );
  const [addressBook] = books;
  assert.ok(addressBook);
  const made = await dav.createVCard({ addressBook, vCardString: card('one'), filename: 'one.vcf' });
  assert.equal(made.status, 201);
  const [vCard] = await dav.fetchVCards({ addressBook });
  assert.ok(vCard);
  assert.equal(vCard.data, card('one').trim());
  assert.equal((await dav.deleteVCard({ vCard })).status, 204);
});

const many = process.env['DAVD_TEST_LONG'] ? 1000 : 200;

test(`${many} contacts are made, listed, fetched and synced`, async () => {
  const dav = await client('carddav');
  const [addressBook] = await dav.fetchAddressBooks();
  assert.ok(addressBook);
  const texts = new Map(contacts(many).map(({ uid, text }) => [`${uid}.vcf`, text]));
  const waiting = [...texts];
  while (waiting.length > 0) {
    const some = waiting.splice(0, 20);
    const made: readonly Response[] = await Promise.all(
      some.map(([filename, vCardString]) => dav.createVCard({ addressBook, vCardString, filename })),
    );
    assert.deepEqual([...new Set(made.map(({ status }) => status))], [201]);
  }
  const nameOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);
  const fetched = await dav.fetchVCards({ addressBook });
  assert.equal(fetched.length, many);
  for (const { url, data, etag } of fetched) {
    assert.match(etag ?? '', /^"/);
    // tsdav names no version, so all come as 3.0.
    const served = Buffer.from(toVersion(Buffer.from(texts.get(nameOf(url)) ?? ''), '3.0')).toString();
    assert.equal(data, served.trim());
  }

  const before = { ...addressBook, objects: fetched, objectMultiGet: dav.addressBookMultiGet };
  const [first, second] = fetched;
  assert.ok(first && second);
  const changed = await dav.updateVCard({
    vCard: { ...first, data: String(first.data).replace(/^FN:.*$/m, 'FN:Changed') },
  });
  assert.equal(changed.status, 204);
  assert.equal((await dav.deleteVCard({ vCard: second })).status, 204);
  const synced = await dav.smartCollectionSync({
    collection: before,
    method: 'webdav',
    detailedResult: true,
  });
  assert.deepEqual(
    synced.objects.updated.map((o: { url: string }) => nameOf(o.url)),
    [nameOf(first.url)],
  );
  assert.deepEqual(
    synced.objects.deleted.map((o: { url: string }) => nameOf(o.url)),
    [nameOf(second.url)],
  );
});
