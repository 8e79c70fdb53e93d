/** How clients send what they send: over a socket, in pieces, and with expectations. */

import assert from 'node:assert/strict';
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { after, before, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { httpServer } from '../../src/http/server.ts';
import { openLog } from '../../src/log.ts';
import { event } from '../objects.ts';
import { basic, openTestServer, type TestServer } from '../server.ts';

const calendar = '/dav/calendars/alice/default/';
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

let server: TestServer;
let port = 0;
let stop: () => Promise<void>;
before(async () => {
  server = await openTestServer();
  const { handle, trusted } = server.app;
  const http = httpServer({ handle, trusted, log: openLog({ level: 'silent' }) });
  const endpoint = await http.listen({ host: '127.0.0.1', port: 0 });
  port = 'port' in endpoint ? endpoint.port : 0;
  stop = () => http.stop(0);
});
after(async () => {
  agent.destroy();
  await stop();
  await server.close();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  readonly text: string;
  readonly continued: boolean;
}

/** Sends `pieces` one after the other: chunked, unless a Content-Length is given. */
function ask(
  method: string,
  path: string,
  headers: OutgoingHttpHeaders,
  pieces: readonly string[] = [],
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let continued = false;
    const authorization = basic('alice');
    const asked = request({
      port,
      host: '127.0.0.1',
      method,
      path,
      agent,
      headers: { authorization, ...headers },
    });
    const sendAll = async () => {
      for (const piece of pieces) {
        asked.write(piece);
        await new Promise((next) => setImmediate(next));
      }
      asked.end();
    };
    asked.on('error', reject);
    asked.on('continue', () => {
      continued = true;
      void sendAll();
    });
    asked.on('response', async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      const { statusCode: status = 0, headers } = response;
      resolve({ status, headers, bytes, text: bytes.toString(), continued });
    });
    if (headers['expect']) asked.flushHeaders();
    else void sendAll();
  });
}

const pieces = (text: string) => text.match(/.{1,20}/gs) ?? [];

const decoders = { gzip: gunzipSync, br: brotliDecompressSync, identity: (bytes: Buffer) => bytes };

for (const coding of ['gzip', 'br', 'identity'] as const) {
  test(`${coding}: an object and its ETag are the same however they travel`, async () => {
    const name = `${calendar}long-${coding}.ics`;
    const text = event(`long-${coding}`, { padding: 5000 });
    const { headers: stored } = await ask('PUT', name, {}, [text]);
    const got = await ask('GET', name, { 'accept-encoding': `${coding}, *;q=0` });
    assert.equal(got.headers['content-encoding'], coding === 'identity' ? undefined : coding);
    assert.equal(got.headers['etag'], stored['etag']);
    assert.match(`${got.headers['vary']}`, /Accept-Encoding$/);
    assert.equal(decoders[coding](got.bytes).toString(), text);
    const same = await ask('GET', name, { 'accept-encoding': coding, 'if-none-match': `${stored['etag']}` });
    assert.deepEqual([same.status, same.headers['vary']], [304, got.headers['vary']]);
    const part = await ask('GET', name, { 'accept-encoding': coding, range: 'bytes=0-4999' });
    assert.deepEqual(
      [part.status, part.headers['content-encoding'], part.text.length],
      [206, undefined, 5000],
    );
  });

  test(`${coding}: a listing that is sent as it is made arrives whole`, async () => {
    const count = 1500;
    await Promise.all(
      Array.from({ length: count }, (_, i) =>
        server.alice('PUT', `${calendar}many-${i}.ics`, event(`many-${i}`)),
      ),
    );
    const body =
      '<propfind xmlns="DAV:"><prop><getetag/><getlastmodified/><getcontenttype/></prop></propfind>';
    const headers = { 'accept-encoding': coding, depth: '1' };
    const got = await ask('PROPFIND', calendar, headers, [body]);
    assert.equal(got.status, 207);
    assert.match(`${got.headers['vary']}`, /Accept-Encoding/);
    assert.equal(got.headers['content-length'], undefined);
    const listed = decoders[coding](got.bytes).toString();
    assert.match(listed, /<\/D:multistatus>$/);
    assert.equal(listed.match(/many-\d+\.ics/g)?.length, count);
    if (coding !== 'identity') assert.ok(got.bytes.length < listed.length / 5);
  });
}

test('a poll stays as it is', async () => {
  const body = '<propfind xmlns="DAV:"><prop><sync-token/></prop></propfind>';
  const got = await ask('PROPFIND', calendar, { 'accept-encoding': 'gzip, br', depth: '0' }, [body]);
  assert.equal(got.headers['content-encoding'], undefined);
  assert.equal(got.headers['vary'], 'Brief, Prefer');
});

test('a chunked PUT is stored whole (Evolution, macOS)', async () => {
  const put = await ask(
    'PUT',
    `${calendar}chunked.ics`,
    {
      'transfer-encoding': 'chunked',
      'x-expected-entity-length': String(event('chunked').length),
      'if-none-match': '*',
    },
    pieces(event('chunked')),
  );
  assert.equal(put.status, 201);
  assert.equal((await ask('GET', `${calendar}chunked.ics`, {})).text, event('chunked'));
});

test('a PUT that waits for 100 Continue gets it, and is stored (curl, .NET)', async () => {
  const put = await ask('PUT', `${calendar}expecting.ics`, { expect: '100-continue' }, [event('expecting')]);
  assert.deepEqual([put.status, put.continued], [201, true]);
  assert.equal((await ask('GET', `${calendar}expecting.ics`, {})).text, event('expecting'));
});

test('a PUT that waits for 100 Continue and is refused by its condition gets a final status', async () => {
  const headers = { expect: '100-continue', 'if-none-match': '*' };
  const put = await ask('PUT', `${calendar}expecting.ics`, headers, [event('expecting')]);
  assert.equal(put.status, 412);
});

test('without credentials a PUT that waits is answered 401 before its body is sent', async () => {
  const headers = { expect: '100-continue', authorization: '' };
  const put = await ask('PUT', `${calendar}expecting.ics`, headers, [event('expecting')]);
  assert.deepEqual([put.status, put.continued], [401, false]);
});

test('an empty answer says so with Content-Length: 0', async () => {
  const put = await ask('PUT', `${calendar}empty.ics`, {}, [event('empty')]);
  assert.equal(put.headers['content-length'], '0');
});

test('HEAD has the headers of GET and no body', async () => {
  const [head, got] = [
    await ask('HEAD', `${calendar}chunked.ics`, {}),
    await ask('GET', `${calendar}chunked.ics`, {}),
  ];
  for (const name of ['etag', 'content-type', 'content-length', 'last-modified']) {
    assert.equal(head.headers[name], got.headers[name], name);
    assert.notEqual(got.headers[name], undefined, name);
  }
  assert.equal(head.text, '');
});

test('a method nobody knows is answered 501', async () => {
  const answer = await fetch(`http://127.0.0.1:${port}/dav/`, {
    method: 'BREW',
    headers: { authorization: basic('alice') },
  });
  assert.equal(answer.status, 501);
});

test('a body in an unknown coding is answered 415', async () => {
  const put = await ask('PUT', `${calendar}coded.ics`, { 'content-encoding': 'zstd' }, ['x']);
  assert.equal(put.status, 415);
});

test('a body over the limit is answered 413, and the server goes on', async () => {
  const headers = { 'content-length': 11 * 1024 * 1024, expect: '100-continue' };
  const put = await ask('PUT', `${calendar}large.ics`, headers, []);
  assert.deepEqual([put.status, put.continued], [413, false]);
  assert.equal((await ask('OPTIONS', calendar, {})).status, 200);
});

test('an answer that is compressed on the way has the ETag it had', async () => {
  const path = `${calendar}compressed.ics`;
  const stored = await ask('PUT', path, {}, [event('compressed', { padding: 20_000 })]);
  const plain = await ask('GET', path, {});
  const packed = await ask('GET', path, { 'accept-encoding': 'gzip' });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.equal(packed.headers['etag'], stored.headers['etag']);
  for (const { headers } of [plain, packed]) assert.match(String(headers['vary']), /Accept-Encoding/);
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.equal(plain.headers['etag'], stored.headers['etag']);
});

test('a large listing is sent as it is made, and is whole', async () => {
  for (let i = 0; i < 60; i++) {
    await server.alice('PUT', `${calendar}large${i}.ics`, event(`large${i}`, { padding: 20_000 }));
  }
  const body = `<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`;
  const answer = await ask('REPORT', calendar, { depth: '1' }, [body]);
  assert.equal(answer.status, 207);
  assert.equal(answer.text.match(/UID:large\d+/g)?.length, 60);
  assert.ok(answer.text.endsWith('</D:multistatus>'));
});

test('a path in raw UTF-8, which the parser of Node takes for broken, is answered 400', async () => {
  const raw = Buffer.from(`${calendar}ä.ics`).toString('latin1');
  assert.equal((await ask('PUT', raw, {}, [event('umlaut')])).status, 400);
});
