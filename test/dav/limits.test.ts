/** Requests that are too large, too deep or too many: a clear answer, and the server goes on. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clark, propertyOf, readMultistatus, readXml, textOf } from '../multistatus.ts';
import { card, event } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';

const MB = 1024 * 1024;
const calendar = '/dav/calendars/alice/default/';
const book = '/dav/addressbooks/alice/default/';

let server: TestServer;
before(async () => {
  server = await openTestServer();
});
after(() => server.close());

test('an event over the limit is refused with 413 and max-resource-size', async () => {
  const reply = await server.alice('PUT', `${calendar}large.ics`, event('large', { padding: 10 * MB }));
  assert.equal(reply.status, 413);
  assert.ok(readXml(reply.body).children.some((c) => c.name === clark('C:max-resource-size')));
  assert.equal((await server.alice('GET', `${calendar}large.ics`)).status, 404);
});

test('a card over the limit is refused with 413 and max-resource-size', async () => {
  const reply = await server.alice('PUT', `${book}large.vcf`, card('large', [`NOTE:${'x'.repeat(16 * MB)}`]));
  assert.equal(reply.status, 413);
  assert.ok(readXml(reply.body).children.some((c) => c.name === clark('CR:max-resource-size')));
});

test('a card of just the limit is stored, as max-resource-size says', async () => {
  const asked =
    '<propfind xmlns="DAV:"><prop><max-resource-size xmlns="urn:ietf:params:xml:ns:carddav"/></prop></propfind>';
  const { body } = await server.alice('PROPFIND', book, asked, { depth: '0' });
  const [response] = readMultistatus(body).responses;
  assert.ok(response);
  const limit = Number(textOf(propertyOf(response, 'CR:max-resource-size')));
  const frame = Buffer.byteLength(card('full', ['NOTE:']));
  const full = card('full', [`NOTE:${'x'.repeat(limit - frame)}`]);
  assert.equal(Buffer.byteLength(full), limit);
  assert.equal((await server.alice('PUT', `${book}full.vcf`, full)).status, 201);
  assert.equal((await server.alice('GET', `${book}full.vcf`)).text(), full);
  assert.equal((await server.alice('DELETE', `${book}full.vcf`)).status, 204);
});

test('an XML body over the limit is refused with 413', async () => {
  const body = `<propfind xmlns="DAV:"><!--${'x'.repeat(10 * MB)}--></propfind>`;
  assert.equal((await server.alice('PROPFIND', calendar, body, { depth: '0' })).status, 413);
});

test('XML that is nested too deep is refused with 400', async () => {
  const deep = (levels: number) => `${'<a xmlns="DAV:">'.repeat(levels)}${'</a>'.repeat(levels)}`;
  for (const levels of [33, 1_000, 100_000]) {
    assert.equal((await server.alice('PROPFIND', calendar, deep(levels), { depth: '0' })).status, 400);
  }
});

test('XML that is nested as deep as real requests is read', async () => {
  const filter = `${'<C:comp-filter name="VCALENDAR">'.repeat(1)}${'<C:comp-filter name="X-INNER">'.repeat(20)}${'</C:comp-filter>'.repeat(21)}`;
  const body = `<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav"><C:filter>${filter}</C:filter></C:calendar-query>`;
  assert.equal((await server.alice('REPORT', calendar, body, { depth: '1' })).status, 207);
});

test('a thousand namespace declarations are read or refused, and cost nothing to speak of', async () => {
  const declarations = Array.from({ length: 1_000 }, (_, i) => ` xmlns:n${i}="urn:${i}"`);
  const flat = `<propfind xmlns="DAV:"${declarations.join('')}><prop><displayname/></prop></propfind>`;
  const nested = `${declarations.map((d) => `<a${d}>`).join('')}${'</a>'.repeat(1_000)}`;
  const spread = `<propfind xmlns="DAV:"><prop>${declarations.map((d, i) => `<n${i}:p${d}/>`).join('')}</prop></propfind>`;
  for (const body of [flat, nested, spread]) {
    const { status } = await server.alice('PROPFIND', calendar, body, { depth: '0' });
    assert.ok(status === 207 || status === 400, String(status));
  }
});

test('a property with a thousand attributes or children is not an attack on the server', async () => {
  for (const value of [
    `<x ${Array.from({ length: 5_000 }, (_, i) => `a${i}=""`).join(' ')}/>`,
    `<x>${'<y/>'.repeat(200_000)}</x>`,
  ]) {
    const body = `<propertyupdate xmlns="DAV:"><set><prop>${value}</prop></set></propertyupdate>`;
    assert.equal((await server.alice('PROPPATCH', calendar, body)).status, 400);
  }
});

for (const count of [1, 100, 500, 5_000]) {
  test(`a multiget of ${count} hrefs has ${count} responses in their order`, async () => {
    const names = Array.from({ length: count }, (_, i) => `${calendar}m${i}.ics`);
    for (const i of [0, 50, 99, 499].filter((n) => n < count)) {
      const { status } = await server.alice('PUT', `${calendar}m${i}.ics`, event(`m${i}`));
      assert.ok(status === 201 || status === 204);
    }
    const hrefs = names.map((name) => `<D:href>${name}</D:href>`).join('');
    const body = `<C:calendar-multiget xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/><C:calendar-data/></D:prop>${hrefs}</C:calendar-multiget>`;
    const reply = await server.alice('REPORT', calendar, body);
    assert.equal(reply.status, 207);
    const { responses } = readMultistatus(reply.body);
    assert.deepEqual(
      responses.map((r) => r.href),
      names,
    );
    assert.equal(
      responses.filter((r) => r.status === undefined).length,
      [0, 50, 99, 499].filter((n) => n < count).length,
    );
  });
}

test('after all that the server answers', async () => {
  assert.equal((await server.alice('OPTIONS', calendar)).status, 200);
});
