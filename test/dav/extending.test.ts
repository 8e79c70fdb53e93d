/** Adding a property or a report takes one row; everything that lists them follows by itself. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readTables } from '../../scripts/compliance/tables.ts';
import { compliancePage } from '../../scripts/compliance.ts';
import { caldav } from '../../src/caldav/extension.ts';
import { carddav } from '../../src/carddav/extension.ts';
import { davHandler } from '../../src/dav/handler.ts';
import { multistatusOf, statusResponse } from '../../src/dav/multistatus.ts';
import { type Extension, property, type ReportRow, report } from '../../src/dav/protocol.ts';
import type { Reply, Req } from '../../src/http/types.ts';
import { propertyOf, readMultistatus, responseOf, textOf } from '../multistatus.ts';
import { openTestServer, type TestServer } from '../server.ts';

const made = property('{urn:example:made-up}mood', ['calendar'], () => 'sunny', { allprop: true });
const asked = report('{urn:example:made-up}ask', ['calendar'], async (resource) =>
  multistatusOf([statusResponse(resource.href, 200)]),
);
const extended: Extension = {
  ...caldav,
  properties: [...caldav.properties, made],
  reports: [...caldav.reports, asked],
};

const calendar = '/dav/calendars/alice/default/';
let server: TestServer;
before(async () => {
  server = await openTestServer();
});
after(() => server.close());

async function send(method: string, body: string, path = calendar, another?: ReportRow): Promise<Reply> {
  const handle = davHandler({
    store: server.app.store,
    extensions: [{ ...extended, reports: [...extended.reports, ...(another ? [another] : [])] }, carddav],
    basePath: '',
    usersVisible: false,
    limits: { xmlBytes: 10_000, objectBytes: { calendar: 10_000, addressbook: 10_000 } },
    log: { error: (detail, message) => assert.fail(`${message}: ${JSON.stringify(detail)}`) },
  });
  const user = await server.app.store.findUser('alice');
  assert.ok(user);
  const bytes = Buffer.from(body);
  const req: Req = {
    method,
    path,
    query: '',
    headers: { depth: '0' },
    body: { bytes: async () => bytes },
    remote: '127.0.0.1',
    secure: true,
    exposed: false,
  };
  return handle(req, { user });
}

async function propfind(inner: string) {
  const reply = await send('PROPFIND', `<propfind xmlns="DAV:">${inner}</propfind>`);
  assert.equal(reply.status, 207);
  return responseOf(readMultistatus(Buffer.from(String(reply.body))), calendar);
}

test('a made-up property is in allprop, in propname, and protected', async () => {
  assert.equal(textOf(propertyOf(await propfind('<allprop/>'), '{urn:example:made-up}mood')), 'sunny');
  assert.ok((await propfind('<propname/>')).properties.has('{urn:example:made-up}mood'));
  const set = '<m:mood xmlns:m="urn:example:made-up">dark</m:mood>';
  const patch = `<propertyupdate xmlns="DAV:"><set><prop>${set}</prop></set></propertyupdate>`;
  assert.match(String((await send('PROPPATCH', patch)).body), /403 Forbidden.*cannot-modify-protected/s);
});

test('a made-up report is in supported-report-set, and answers', async () => {
  const found = await propfind('<prop><supported-report-set/></prop>');
  const names = propertyOf(found, 'D:supported-report-set').children.map(
    (supported) => supported.children[0]?.children[0]?.name,
  );
  assert.ok(names.includes('{urn:example:made-up}ask'));
  assert.equal((await send('REPORT', '<ask xmlns="urn:example:made-up"/>')).status, 207);
});

test('a report is run for whoever holds its privilege; free-busy does not tell others what exists', async () => {
  for (const [privilege, status] of [
    ['write', 403],
    ['read-free-busy', 404],
  ] as const) {
    const row = report('{urn:example:made-up}ask', ['root'], async () => multistatusOf([]), { privilege });
    const reply = await send('REPORT', '<ask xmlns="urn:example:made-up"/>', '/dav/', row);
    assert.equal(reply.status, status);
  }
});

test('both are on the compliance page', () => {
  const page = compliancePage(readTables([extended, carddav]));
  assert.match(page, /\| `\{urn:example:made-up\}mood` \| calendar \| {2}\|/);
  assert.match(page, /\| `\{urn:example:made-up\}ask` \| calendar \|/);
});
