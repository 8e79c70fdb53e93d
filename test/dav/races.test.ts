/** Requests at the same time: exactly one of those that exclude each other succeeds. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { event } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';

const rounds = process.env['DAVD_TEST_LONG'] ? 1_000 : 100;
const calendar = '/dav/calendars/alice/default/';

let server: TestServer;
before(async () => {
  server = await openTestServer();
});
after(() => server.close());

async function statuses(requests: readonly Promise<{ status: number }>[]): Promise<number[]> {
  return (await Promise.all(requests)).map(({ status }) => status).sort();
}

test(`two PUTs with If-None-Match: * on one name: exactly one 201, ${rounds} times`, async () => {
  for (let i = 0; i < rounds; i++) {
    const put = (who: string) =>
      server.alice('PUT', `${calendar}race${i}.ics`, event(`race${i}`, { summary: who }), {
        'if-none-match': '*',
      });
    assert.deepEqual(await statuses([put('one'), put('other')]), [201, 412], `round ${i}`);
  }
});

test(`two PUTs of one UID under two names: exactly one 201, ${rounds} times`, async () => {
  for (let i = 0; i < rounds; i++) {
    const put = (name: string) => server.alice('PUT', `${calendar}${name}${i}.ics`, event(`uid${i}`));
    assert.deepEqual(await statuses([put('a'), put('b')]), [201, 409], `round ${i}`);
  }
});

test('of ten changes with the same ETag exactly one is made', async () => {
  const url = `${calendar}contended.ics`;
  let etag = (await server.alice('PUT', url, event('contended'))).headers['etag'] ?? '';
  for (let i = 0; i < rounds / 10; i++) {
    const changes = Array.from({ length: 10 }, (_, n) =>
      server.alice('PUT', url, event('contended', { summary: `${i}.${n}` }), { 'if-match': etag }),
    );
    const made = (await Promise.all(changes)).filter(({ status }) => status === 204);
    assert.equal(made.length, 1);
    etag = made[0]?.headers['etag'] ?? '';
    assert.equal((await server.alice('GET', url)).headers['etag'], etag);
  }
});

test('of two MKCALENDARs of one name exactly one is made', async () => {
  for (let i = 0; i < rounds / 10; i++) {
    const make = () => server.alice('MKCALENDAR', `/dav/calendars/alice/new${i}/`);
    assert.deepEqual(await statuses([make(), make()]), [201, 405]);
  }
});

test('a PUT into a calendar that is being deleted is stored in it before, or refused', async () => {
  for (let i = 0; i < rounds / 10; i++) {
    const home = `/dav/calendars/alice/going${i}/`;
    assert.equal((await server.alice('MKCALENDAR', home)).status, 201);
    const [put, removed] = await Promise.all([
      server.alice('PUT', `${home}one.ics`, event('one')),
      server.alice('DELETE', home),
    ]);
    assert.equal(removed?.status, 204);
    assert.ok([201, 404, 409].includes(put?.status ?? 0), String(put?.status));
    assert.equal((await server.alice('GET', `${home}one.ics`)).status, 404);
  }
});

test('an object and its ETag in an answer are always of one state', async () => {
  const url = `${calendar}pair.ics`;
  await server.alice('PUT', url, event('pair', { summary: 'v0' }));
  const multiget = `<C:calendar-multiget xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/><C:calendar-data/></D:prop><D:href>${url}</D:href></C:calendar-multiget>`;
  const pairs = new Map<string, string>();
  for (let i = 1; i <= rounds; i++) {
    const [, got, report] = await Promise.all([
      server.alice('PUT', url, event('pair', { summary: `v${i}` })),
      server.alice('GET', url),
      server.alice('REPORT', calendar, multiget),
    ]);
    const reported = report?.text() ?? '';
    for (const [etag = '', text = ''] of [
      [got?.headers['etag'], got?.text()],
      [/<D:getetag>(.*)<\/D:getetag>/.exec(reported)?.[1]?.replaceAll('&quot;', '"'), reported],
    ]) {
      const version = /SUMMARY:(v\d+)/.exec(text)?.[1] ?? '';
      assert.notEqual(version, '');
      assert.equal(pairs.get(etag) ?? version, version);
      pairs.set(etag, version);
    }
  }
});
