import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { chooseCoding, encodeReply } from '../../src/http/coding.ts';
import type { Reply } from '../../src/http/types.ts';
import { serve } from './wire.ts';

const choices: [accept: string | undefined, coding: string | undefined][] = [
  [undefined, undefined],
  ['', undefined],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['gzip, deflate', 'gzip'],
  ['gzip, deflate, br', 'br'],
  ['br;q=0.5, gzip;q=0.8', 'gzip'],
  ['br;q=0.5,gzip ; q=0.4', 'br'],
  ['BR', 'br'],
  ['*', 'br'],
  ['br;q=0, *', 'gzip'],
  ['gzip;q=0', undefined],
  ['identity', undefined],
  ['identity, gzip;q=0.5', undefined],
  ['identity;q=0.2, gzip;q=0.5', 'gzip'],
  ['deflate', undefined],
  ['gzip;q=x', undefined],
];
for (const [accept, coding] of choices) {
  test(`chooseCoding: ${accept} gives ${coding ?? 'what there is'}`, () => {
    assert.equal(chooseCoding(accept), coding);
  });
}

const text = 'BEGIN:VCALENDAR\r\n'.repeat(1000);
const long = text.repeat(20);
const headers = { 'content-type': 'application/xml; charset=utf-8', etag: '"e"', vary: 'Brief, Prefer' };

async function octets({ body }: Reply): Promise<Buffer> {
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body ?? []) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function* streamed(): AsyncGenerator<string | Uint8Array> {
  for (let i = 0; i < 20; i++) yield i % 2 ? text : Buffer.from(text);
}

for (const [coding, decode] of [
  ['gzip', gunzipSync],
  ['br', brotliDecompressSync],
] as const) {
  test(`${coding}: what is sent in one piece, in many, or as it is made, arrives`, async () => {
    const asked = { headers: { 'accept-encoding': coding } };
    for (const body of [text, Buffer.from(text), long, Buffer.from(long), streamed()]) {
      const reply = encodeReply({ status: 207, headers, body }, asked);
      assert.equal(reply.headers['content-encoding'], coding);
      assert.equal(reply.headers['vary'], 'Brief, Prefer, Accept-Encoding');
      assert.equal(reply.headers['etag'], '"e"');
      const sent = await octets(reply);
      assert.ok(sent.length < 5000);
      assert.equal(decode(sent).toString().length % text.length, 0);
      assert.ok(decode(sent).toString().startsWith(text));
    }
  });
}

test('what is short, a part, no text or asked for in parts is sent as it is', () => {
  const asked = { headers: { 'accept-encoding': 'gzip' } };
  const short: Reply = { status: 207, headers, body: 'x'.repeat(2000) };
  assert.equal(encodeReply(short, asked), short);
  const part: Reply = { status: 206, headers, body: text };
  assert.equal(encodeReply(part, asked), part);
  const image: Reply = { status: 200, headers: { 'content-type': 'image/png' }, body: text };
  assert.equal(encodeReply(image, asked), image);
  const ranged = encodeReply(
    { status: 200, headers, body: text },
    { headers: { ...asked.headers, range: 'x' } },
  );
  assert.equal(ranged.headers['content-encoding'], undefined);
  assert.equal(ranged.headers['vary'], 'Brief, Prefer, Accept-Encoding');
  const unchanged = encodeReply({ status: 304, headers: {} }, asked);
  assert.deepEqual(unchanged.headers, { vary: 'Accept-Encoding' });
});

test('an error of the source comes out, and a client that goes away ends the source', async () => {
  const asked = { headers: { 'accept-encoding': 'br' } };
  async function* broken(): AsyncGenerator<string> {
    yield text;
    throw new Error('broken');
  }
  await assert.rejects(octets(encodeReply({ status: 207, headers, body: broken() }, asked)), /broken/);
  let ended = false;
  async function* endless(): AsyncGenerator<string> {
    try {
      for (;;) yield Math.random().toString().repeat(1000);
    } finally {
      ended = true;
    }
  }
  const { body } = encodeReply({ status: 207, headers, body: endless() }, asked);
  if (typeof body === 'string' || body instanceof Uint8Array || !body) assert.fail();
  for await (const _ of body) break;
  await new Promise(setImmediate);
  assert.ok(ended);
});

test('over a socket: HEAD has the headers of GET, and no length that is not known', async (t) => {
  const { talk } = await serve(t, async () => ({ status: 200, headers, body: text }));
  const request = (method: string, more = '') =>
    talk(`${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${more}\r\n`);
  const got = await request('GET', 'Accept-Encoding: gzip\r\n');
  assert.match(got, /\r\ncontent-encoding: gzip\r\n/i);
  assert.match(got, /\r\nContent-Length: \d{2,3}\r\n/);
  const head = await request('HEAD', 'Accept-Encoding: gzip\r\n');
  assert.match(head, /\r\ncontent-encoding: gzip\r\n/i);
  assert.doesNotMatch(head, /Content-Length/i);
  assert.match(await request('HEAD'), new RegExp(`\r\nContent-Length: ${text.length}\r\n`));
});
