/** What is stored is what was sent, octet for octet: in answers, on disk, and after a restart. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { propertyOf, readMultistatus, responseOf, textOf } from '../multistatus.ts';
import { card, event, lines } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';

const calendar = '/dav/calendars/alice/default/';
const book = '/dav/addressbooks/alice/default/';

let server: TestServer;
before(async () => {
  server = await openTestServer();
});
after(() => server.close());

const photo = Buffer.alloc(100_000, 7)
  .toString('base64')
  .replace(/(.{74})/g, '$1\r\n ');

const objects: readonly [name: string, url: string, bytes: string | Uint8Array, type?: string][] = [
  ['an event', `${calendar}plain.ics`, event('plain'), 'text/calendar'],
  ['an event without a Content-Type', `${calendar}untyped.ics`, event('untyped')],
  [
    'an event as component=VEVENT',
    `${calendar}typed.ics`,
    event('typed'),
    'text/calendar; charset=utf-8; component=VEVENT',
  ],
  ['an event with LF line ends', `${calendar}lf.ics`, event('lf').replaceAll('\r\n', '\n')],
  ['an event with a byte-order mark', `${calendar}bom.ics`, `\ufeff${event('bom')}`],
  ['an event without a final line end', `${calendar}unended.ics`, event('unended').trimEnd()],
  ['an event with blank lines at its end', `${calendar}blank.ics`, `${event('blank')}\r\n\r\n`],
  [
    'an event with letters of many scripts',
    `${calendar}scripts.ics`,
    event('scripts', { summary: 'Žluťoučký 日本語 🎉' }),
  ],
  ['an event with long unfolded lines', `${calendar}long.ics`, event('long', { padding: 5_000 })],
  ['a card', `${book}plain.vcf`, card('plain')],
  ['a card with a photo', `${book}photo.vcf`, card('photo', [`PHOTO;ENCODING=b;TYPE=JPEG:${photo}`])],
  [
    'a card with groups and unknown properties',
    `${book}groups.vcf`,
    card('groups', ['item1.TEL:+33 1', 'item1.X-ABLabel:_$!<Work>!$_', 'X-Odd;X-P=q:r']),
  ],
  [
    'a group of contacts',
    `${book}group.vcf`,
    card('group', ['X-ADDRESSBOOKSERVER-KIND:group', 'X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:plain']),
  ],
  [
    'a card without N',
    `${book}nameless.vcf`,
    lines(['BEGIN:VCARD', 'VERSION:3.0', 'UID:nameless', 'FN:Nameless', 'END:VCARD']),
  ],
];

for (const [name, url, bytes, type] of objects) {
  test(`${name} comes back as it was sent`, async () => {
    const put = await server.alice('PUT', url, bytes, {
      'if-none-match': '*',
      ...(type && { 'content-type': type }),
    });
    assert.equal(put.status, 201, put.text());
    const got = await server.alice('GET', url);
    assert.deepEqual(Buffer.from(got.body), Buffer.from(bytes));
    assert.match(put.headers['etag'] ?? '', /^"[^"]+"$/);
    assert.equal(got.headers['etag'], put.headers['etag']);
  });
}

test('HEAD has the headers of GET', async () => {
  for (const [, url] of objects) {
    const [head, got] = [await server.alice('HEAD', url), await server.alice('GET', url)];
    assert.deepEqual(head.headers, got.headers);
    assert.equal(head.status, 200);
  }
});

test('an ETag is found in whatever spelling proxies and clients give it', async () => {
  const url = `${calendar}plain.ics`;
  const etag = ((await server.alice('GET', url)).headers['etag'] ?? '').slice(1, -1);
  for (const spelling of [
    `"${etag}"`,
    `W/"${etag}"`,
    etag,
    `"${etag}-gzip"`,
    `"${etag}-br"`,
    `W/"${etag}-gzip"`,
  ]) {
    const { status } = await server.alice('PUT', url, event('plain'), { 'if-match': spelling });
    assert.equal(status, 204, spelling);
  }
  for (const spelling of ['"another"', 'W/"another"', `"${etag}x"`, '']) {
    const { status } = await server.alice('PUT', url, event('plain', { summary: 'no' }), {
      'if-match': spelling,
    });
    assert.equal(status, 412, spelling);
  }
});

test('the same bytes have the same ETag, others another', async () => {
  const url = `${calendar}etag.ics`;
  const put = async (summary: string) =>
    (await server.alice('PUT', url, event('etag', { summary }))).headers['etag'];
  const first = await put('one');
  assert.notEqual(await put('two'), first);
  assert.equal(await put('one'), first);
});

test('each stands in a file of its own, readable and byte for byte', async () => {
  // Files follow their commits; after closing they all stand.
  await server.reopen();
  for (const [name, url, bytes] of objects) {
    const file = join(
      server.data,
      'files',
      url.replace(/^\/dav\/(calendars|addressbooks)\/alice\//, 'alice/$1/'),
    );
    assert.deepEqual(await readFile(file), Buffer.from(bytes), name);
  }
});

test('everything is the same after a restart: bytes, ETags, tokens', async () => {
  const states = async () => {
    const contents = await Promise.all(objects.map(([, url]) => server.alice('GET', url)));
    const asked =
      '<propfind xmlns="DAV:"><prop><getetag/><sync-token/><getlastmodified/><creationdate/></prop></propfind>';
    const listings = await Promise.all(
      [calendar, book].map((url) => server.alice('PROPFIND', url, asked, { depth: '1' })),
    );
    return {
      contents: contents.map((c) => [c.headers, c.text()]),
      listings: listings.map((l) => sorted(l.body)),
    };
  };
  const before = await states();
  await server.reopen();
  assert.deepEqual(await states(), before);
});

function sorted(body: Uint8Array) {
  const { responses } = readMultistatus(body);
  return responses
    .map((r) => [
      r.href,
      [...r.properties].map(([name, { status, element }]) => [name, status, textOf(element)]),
    ])
    .sort();
}

test('a sync token from before the restart still works', async () => {
  const sync = async (token: string) => {
    const body = `<sync-collection xmlns="DAV:"><sync-token>${token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`;
    return readMultistatus((await server.alice('REPORT', calendar, body)).body);
  };
  const { token = '' } = await sync('');
  await server.alice('DELETE', `${calendar}lf.ics`);
  await server.reopen();
  await server.alice('PUT', `${calendar}new.ics`, event('new'));
  const after = await sync(token);
  assert.deepEqual(after.responses.map((r) => r.href).sort(), [`${calendar}lf.ics`, `${calendar}new.ics`]);
  assert.equal(responseOf(after, `${calendar}lf.ics`).status, 404);
  assert.match(textOf(propertyOf(responseOf(after, `${calendar}new.ics`), 'D:getetag')), /^"/);
});
