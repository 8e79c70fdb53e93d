import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DavError } from '../../src/dav/errors.ts';
import { parseIf } from '../../src/dav/if-header.ts';

test('parseIf: the examples of RFC 4918 §10.4', () => {
  const uuid = 'urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2';
  const token = { not: false, state: { token: uuid } };
  const etag = (tag: string) => ({ not: false, state: { etag: tag } });
  assert.deepEqual(parseIf(`(<${uuid}> ["I am an ETag"]) (["I am another ETag"])`), [
    { resource: undefined, conditions: [token, etag('I am an ETag')] },
    { resource: undefined, conditions: [etag('I am another ETag')] },
  ]);
  assert.deepEqual(parseIf(`(Not <${uuid}> <urn:uuid:58f202ac-22cf-11d1-b12d-002035b29092>)`), [
    {
      resource: undefined,
      conditions: [
        { ...token, not: true },
        { not: false, state: { token: 'urn:uuid:58f202ac-22cf-11d1-b12d-002035b29092' } },
      ],
    },
  ]);
  assert.deepEqual(parseIf(`(<${uuid}>) (Not <DAV:no-lock>)`), [
    { resource: undefined, conditions: [token] },
    { resource: undefined, conditions: [{ not: true, state: { token: 'DAV:no-lock' } }] },
  ]);
  assert.deepEqual(parseIf(`</resource1> (<${uuid}> [W/"A weak ETag"]) (["strong ETag"])`), [
    { resource: '/resource1', conditions: [token, etag('A weak ETag')] },
    { resource: '/resource1', conditions: [etag('strong ETag')] },
  ]);
  assert.deepEqual(
    parseIf(`</specs/> (<${uuid}>) <http://www.example.com/specs/x> (["4217"] Not ["a) (b"])`),
    [
      { resource: '/specs/', conditions: [token] },
      {
        resource: 'http://www.example.com/specs/x',
        conditions: [etag('4217'), { not: true, state: { etag: 'a) (b' } }],
      },
    ],
  );
});

test('parseIf: anything else is refused', () => {
  for (const header of [
    '',
    '()',
    '(Not)',
    '<x>',
    '(<x>',
    '<x> <y> (<z>)',
    '(<x>) <y> (<z>)',
    '(x)',
    '<> (<x>)',
  ]) {
    assert.throws(() => parseIf(header), DavError, header);
  }
});
