/** A server behind a proxy under a path: every path it gives out works from outside. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clark, descendants, readMultistatus, readXml } from '../multistatus.ts';
import { event } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';

const base = '/home-dav';
const everything = `<propfind xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav"><prop>
<current-user-principal/><principal-URL/><principal-collection-set/><owner/><acl/><C:calendar-home-set/><CR:addressbook-home-set/>
</prop></propfind>`;

let server: TestServer;
before(async () => {
  server = await openTestServer({ url: `https://example.com${base}/` });
});
after(() => server.close());

for (const path of ['/.well-known/caldav', '/.well-known/carddav', `${base}/.well-known/caldav`]) {
  test(`${path} leads below the base path, without scheme or host`, async () => {
    const reply = await server.send({
      method: 'PROPFIND',
      target: path,
      headers: { 'x-forwarded-proto': 'https' },
    });
    assert.deepEqual([reply.status, reply.headers['location']], [301, `${base}/dav/`]);
  });
}

for (const path of [
  '/',
  '/dav/',
  '/dav/principals/alice/',
  '/dav/calendars/alice/',
  '/dav.php/calendars/alice/default/',
]) {
  test(`every href in an answer about ${base}${path} stands below the base path`, async () => {
    const reply = await server.alice('PROPFIND', `${base}${path}`, everything, { depth: '1' });
    assert.equal(reply.status, 207);
    const hrefs = descendants(readXml(reply.body)).filter((e) => e.name === clark('D:href'));
    assert.ok(hrefs.length > 5);
    for (const { text } of hrefs) assert.match(text, /^\/home-dav\//);
  });
}

test('a proxy that strips the base path is understood as well', async () => {
  const reply = await server.alice('PROPFIND', '/dav/calendars/alice/', everything, { depth: '1' });
  const { responses } = readMultistatus(reply.body);
  assert.deepEqual(
    responses.map((r) => r.href),
    [
      `${base}/dav/calendars/alice/`,
      `${base}/dav/calendars/alice/default/`,
      `${base}/dav/calendars/alice/tasks/`,
    ],
  );
});

test('objects are written, moved and fetched below it', async () => {
  const calendar = `${base}/dav/calendars/alice/default/`;
  assert.equal((await server.alice('PUT', `${calendar}one.ics`, event('one'))).status, 201);
  const moved = await server.alice('MOVE', `${calendar}one.ics`, undefined, {
    destination: `https://example.com${calendar}two.ics`,
  });
  assert.equal(moved.status, 201);
  const body = `<C:calendar-multiget xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/></D:prop><D:href>${calendar}two.ics</D:href></C:calendar-multiget>`;
  const { responses } = readMultistatus((await server.alice('REPORT', calendar, body)).body);
  assert.deepEqual(
    responses.map((r) => [r.href, r.status]),
    [[`${calendar}two.ics`, undefined]],
  );
});
