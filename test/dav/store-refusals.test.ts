/** What the store refuses because of its disk, as a client is told. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Refusal, type RefusalReason, type Store } from '../../src/store/types.ts';
import { event } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';

const calendar = '/dav/calendars/alice/default/';
const object = `${calendar}a.ics`;

const written: readonly [method: string, target: string, body?: string][] = [
  ['PUT', object, event('a', { summary: 'changed' })],
  ['DELETE', object],
  ['MKCALENDAR', '/dav/calendars/alice/new/'],
  [
    'PROPPATCH',
    calendar,
    '<propertyupdate xmlns="DAV:"><set><prop><displayname>x</displayname></prop></set></propertyupdate>',
  ],
];

const read: readonly [method: string, target: string, body?: string][] = [
  ['GET', object],
  ['PROPFIND', object, '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'],
  [
    'REPORT',
    calendar,
    '<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>',
  ],
];

const answers: readonly [RefusalReason, number, RegExp][] = [
  ['full', 507, /sufficient-disk-space|disk is full/],
  ['read-only', 503, /cannot write/],
  ['unavailable', 503, /does not answer/],
];

describe('a store that refuses', () => {
  let server: TestServer;
  let mended: () => void = () => undefined;
  before(async () => {
    server = await openTestServer();
    assert.equal((await server.alice('PUT', object, event('a'))).status, 201);
  });
  after(() => server.close());

  const refusing = (reason: RefusalReason, ...verbs: (keyof Store)[]) => {
    const refuse = () => Promise.reject(new Refusal(reason, -1, 'EIO'));
    for (const verb of verbs)
      Object.defineProperty(server.app.store, verb, { value: refuse, configurable: true });
    mended = () => {
      for (const verb of verbs) Reflect.deleteProperty(server.app.store, verb);
    };
  };

  for (const [reason, status, says] of answers) {
    it(`to write, ${reason}, is ${status}, and reading goes on`, async () => {
      refusing(reason, 'commit');
      for (const [method, target, body] of written) {
        const reply = await server.alice(method, target, body);
        assert.equal(reply.status, status, method);
        assert.match(reply.text(), says);
        if (status === 503) assert.match(reply.headers['retry-after'] ?? '', /^\d+$/);
      }
      for (const [method, target, body] of read) {
        assert.ok((await server.alice(method, target, body)).status < 300, method);
      }
      mended();
    });
  }

  it('to read is 503, and a later try is answered', async () => {
    for (const [method, target, body] of read) {
      refusing('unavailable', 'member', 'changes', 'read');
      const reply = await server.alice(method, target, body);
      assert.equal(reply.status, 503, method);
      assert.match(reply.headers['retry-after'] ?? '', /^\d+$/);
      assert.doesNotMatch(reply.text(), /EIO/);
      mended();
      assert.ok((await server.alice(method, target, body)).status < 300, method);
    }
  });
});
