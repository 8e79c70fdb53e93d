/** The conversations' own language: each sort of expectation holds, and fails where it does not. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cases, readConversation } from './conversation.ts';
import { converse } from './converse.ts';

const multistatus = `<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<D:response><D:href>/a/</D:href>
<D:propstat><D:prop><D:displayname>A</D:displayname><C:set><C:comp name="VEVENT"/></C:set></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>
<D:propstat><D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>
<D:response><D:href>/b</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>
<D:sync-token>urn:x:1</D:sync-token></D:multistatus>`;

const error = '<D:error xmlns:D="DAV:"><D:valid-sync-token/><D:text>in line 3</D:text></D:error>';

function answer(status: number, text: string) {
  const headers = { 'content-type': 'application/xml; charset=utf-8', allow: 'GET, PUT' };
  return { send: async () => ({ status, headers, body: Buffer.from(text), text: () => text }) };
}

async function expecting(lines: string, server = answer(207, multistatus)): Promise<void> {
  const [step] = readConversation(`# One\n\n### Step\nGET /a/\n\nHTTP/1.1 ${lines}`).steps;
  assert.ok(step);
  await converse(server, step, new Map(), new Map(), 'here.http');
}

const holding = [
  '207',
  '200|207',
  '207\nAllow: GET, PUT',
  '207\nAllow = GET, PUT',
  '207\nAllow ~ ^GET',
  '207\nAllow has PUT',
  '207\nno ETag',
  '207\n\n/a/\n/b\nno other',
  '207\n\n/a/\n  D:displayname',
  '207\n\n/a/\n  D:displayname = A',
  '207\n\n/a/\n  D:displayname != B',
  '207\n\n/a/\n  C:set has C:comp[name=VEVENT]',
  '207\n\n/a/\n  404 D:getetag',
  '207\n\n/a/\n  no D:owner',
  '207\n\n/b\n  status 404',
  '207\n\nno /c',
  '207\n\nresponses = 2',
  '207\n\nsync-token = urn:x:1',
  '207\n\nroot has D:displayname',
  '207\n\nbody ~ multistatus',
];

const failing = [
  '200',
  '200|204',
  '207\nAllow: GET',
  '207\nAllow ~ ^PUT',
  '207\nAllow has DELETE',
  '207\nno Allow',
  '207\nETag',
  '207\n\n/a/\nno other',
  '207\n\n/c',
  '207\n\n/a/\n  D:owner',
  '207\n\n/a/\n  D:getetag',
  '207\n\n/a/\n  D:displayname = B',
  '207\n\n/a/\n  D:displayname != A',
  '207\n\n/a/\n  C:set has C:comp[name=VTODO]',
  '207\n\n/a/\n  404 D:displayname',
  '207\n\n/a/\n  no D:getetag',
  '207\n\n/a/\n  status 404',
  '207\n\nno /b',
  '207\n\nresponses = 3',
  '207\n\nno sync-token',
  '207\n\nno body',
  '207\n\nerror D:valid-sync-token',
  '207\n\n/a/\n  D:displayname = {{unset}}',
  '207\n\nanything = 2',
];

describe('an expectation', () => {
  for (const lines of holding) test(`holds: ${JSON.stringify(lines)}`, () => expecting(lines));

  for (const lines of failing) {
    test(`fails, and says where: ${JSON.stringify(lines)}`, () =>
      assert.rejects(expecting(lines), /^(?:Assertion)?Error.*: here\.http:3: /));
  }

  test('of an error is about its condition and its sentence', async () => {
    const refused = answer(403, error);
    await expecting('403\n\nerror D:valid-sync-token', refused);
    await expecting('403\n\nerror D:valid-sync-token ~ line 3', refused);
    await assert.rejects(expecting('403\n\nerror D:valid-resourcetype', refused));
    await assert.rejects(expecting('403\n\nerror D:valid-sync-token ~ line 4', refused));
  });

  const broken: readonly [why: string, body: string][] = [
    ['a second 200 propstat', multistatus.replace('404 Not Found', '200 OK')],
    ['a name twice', multistatus.replace('<D:getetag/>', '<D:displayname/>')],
    ['a relative href', multistatus.replace('>/b<', '>b<')],
    ['a whole URL as an href', multistatus.replace('>/b<', '>http://localhost/b<')],
    ['another status line', multistatus.replace('HTTP/1.1 200 OK', 'HTTP/1.1 200 Fine')],
    [
      'a response after the token',
      multistatus.replace(/(<D:sync-token>.*<\/D:sync-token>)(<.*)/, '$1<D:x/>$2'),
    ],
    ['a control character', multistatus.replace('>A<', '>\u0007<')],
    [
      'a collection without a slash',
      multistatus
        .replace('<C:set>', '<D:resourcetype><D:collection/></D:resourcetype><C:set>')
        .replace('>/a/<', '>/a<'),
    ],
  ];
  for (const [why, body] of broken) {
    test(`a multistatus with ${why} fails whatever is expected`, async () => {
      assert.notEqual(body, multistatus);
      await assert.rejects(expecting('207\n\nresponses = 2', answer(207, body)));
    });
  }
});

test('a step with lists of values is done for each combination', () => {
  const [step] = readConversation('# One\n\n### Step\n@a in\n  1\n  2\n@b = 3\nGET /\n\nHTTP/1.1 200').steps;
  assert.ok(step);
  assert.deepEqual(
    cases(step).map((chosen) => [...chosen.values()].join()),
    ['1,3', '2,3'],
  );
});
