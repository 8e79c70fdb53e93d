/** The order of a request above the protocol: discovery, authentication, switches. */

import assert from 'node:assert/strict';
import { METHODS } from 'node:http';
import { after, before, test } from 'node:test';
import { writeStoredSettings } from '../src/config-file.ts';
import { openTestServer, type TestServer } from './server.ts';

let server: TestServer;
before(async () => {
  server = await openTestServer({ url: 'https://example.com/home-dav' });
});
after(() => server.close());

const wellKnown = ['caldav', 'carddav'].flatMap((name) => [`/.well-known/${name}`, `/.well-known/${name}/`]);

for (const path of wellKnown.flatMap((path) => [path, `/home-dav${path}`])) {
  test(`${path} redirects without a login, to a path without scheme and host`, async () => {
    for (const method of ['PROPFIND', 'GET', 'HEAD', 'OPTIONS', 'REPORT', 'POST']) {
      const { status, headers } = await server.send({ method, target: path });
      assert.equal(status, 301, method);
      assert.equal(headers['location'], '/home-dav/dav/');
      assert.equal(headers['www-authenticate'], undefined);
    }
  });
}

test('every method on every other path asks for a login', async () => {
  for (const target of [
    '/',
    '/dav/',
    '/dav.php/calendars/alice/default/',
    '/home-dav/',
    '/nonsense',
    '/.well-known/x',
  ]) {
    for (const method of METHODS) {
      const { status, headers } = await server.send({ method, target });
      assert.equal(status, 401, `${method} ${target}`);
      assert.equal(headers['www-authenticate'], 'Basic realm="davd", charset="UTF-8"');
    }
  }
});

test('after accepted credentials nothing is answered 401', async () => {
  for (const target of ['/', '/nonsense', '/dav/calendars/bob/default/', '/dav/principals/nobody/']) {
    for (const method of ['PROPFIND', 'GET', 'PUT', 'DELETE', 'FOO']) {
      const { status } = await server.send({ method, target, login: 'alice' });
      assert.notEqual(status, 401, `${method} ${target}`);
    }
  }
});

const logins: [login: string, status: number][] = [
  ['alice', 207],
  ['ALICE', 207],
  ['alice%40example.com:alice-secret', 207],
  ['alice@example.com:alice-secret', 207],
  ['alice:wrong', 401],
  ['nobody:alice-secret', 401],
];
for (const [login, status] of logins) {
  test(`login ${login}: ${status}`, async () => {
    const reply = await server.send({ method: 'PROPFIND', target: '/', login, headers: { depth: '0' } });
    assert.equal(reply.status, status);
  });
}

test('the base path may be there or stripped by a proxy, and is in every href', async () => {
  for (const target of ['/dav/principals/alice/', '/home-dav/dav/principals/alice/']) {
    const reply = await server.alice('PROPFIND', target, undefined, { depth: '0' });
    assert.equal(reply.status, 207);
    for (const [, href] of reply.text().matchAll(/<D:href>([^<]*)</g))
      assert.match(href ?? '', /^\/home-dav\/|^mailto:/);
  }
});

test('settings read again count from the next request on', async (t) => {
  const own = await openTestServer();
  t.after(() => own.close());
  await writeStoredSettings(own.data, { caldav: false, 'auth.realm': 'at home' });
  await own.app.reload();
  const refused = await own.send({ method: 'GET', target: '/' });
  assert.match(refused.headers['www-authenticate'] ?? '', /realm="at home"/);
  const options = await own.alice('OPTIONS', '/dav/');
  assert.doesNotMatch(options.headers['dav'] ?? '', /calendar-access/);
  assert.match(options.headers['dav'] ?? '', /addressbook/);
  assert.equal((await own.send({ method: 'GET', target: '/.well-known/caldav' })).status, 401);
  assert.equal((await own.send({ method: 'GET', target: '/.well-known/carddav' })).status, 301);
});
