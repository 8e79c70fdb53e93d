/** A server for calendars only, or for contacts only: the other service is not there, and not advertised. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readMultistatus } from '../multistatus.ts';
import { card, event } from '../objects.ts';
import { openTestServer } from '../server.ts';

const services = [
  { on: 'caldav', token: 'calendar-access', home: 'calendars', object: 'one.ics', body: event('one') },
  { on: 'carddav', token: 'addressbook', home: 'addressbooks', object: 'one.vcf', body: card('one') },
] as const;

for (const [i, service] of services.entries()) {
  const other = services[1 - i] ?? service;
  describe(`with ${service.on} alone`, async () => {
    const server = () =>
      openTestServer({ caldav: service.on === 'caldav', carddav: service.on === 'carddav' });

    test('the DAV header and the well-known addresses name it alone', async () => {
      await using opened = disposable(await server());
      const { headers } = await opened.alice('OPTIONS', '/dav/');
      assert.ok(headers['dav']?.includes(service.token));
      assert.ok(!headers['dav']?.includes(other.token));
      for (const [name, status] of [
        [service.on, 301],
        [other.on, 404],
      ] as const) {
        const reply = await opened.alice('PROPFIND', `/.well-known/${name}`, undefined, { depth: '0' });
        assert.equal(reply.status, status, name);
      }
    });

    test('its objects are stored, the other home is not there', async () => {
      await using opened = disposable(await server());
      const put = (home: string, name: string, body: string) =>
        opened.alice('PUT', `/dav/${home}/alice/default/${name}`, body);
      assert.equal((await put(service.home, service.object, service.body)).status, 201);
      assert.ok([404, 409].includes((await put(other.home, other.object, other.body)).status));
      const gone = await opened.alice('PROPFIND', `/dav/${other.home}/alice/`, undefined, { depth: '0' });
      assert.equal(gone.status, 404);
    });

    test('the root lists it alone, and no property leads to the other', async () => {
      await using opened = disposable(await server());
      const wanted =
        '<propfind xmlns="DAV:"><prop><calendar-home-set xmlns="urn:ietf:params:xml:ns:caldav"/><addressbook-home-set xmlns="urn:ietf:params:xml:ns:carddav"/></prop></propfind>';
      const root = await opened.alice('PROPFIND', '/dav/', wanted, { depth: '1' });
      const { responses } = readMultistatus(root.body);
      assert.deepEqual(
        responses.map((r) => r.href),
        ['/dav/', '/dav/principals/', `/dav/${service.home}/`],
      );
      const found = [...(responses[0]?.properties.values() ?? [])].filter((p) => p.status === 200);
      assert.equal(found.length, 1);
    });
  });
}

function disposable<T extends { close(): Promise<void> }>(server: T): T & AsyncDisposable {
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}
