/** Who finds whom: RFC 3744 §9, with users that see each other and with users that don't. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { propertyOf, readMultistatus, responseOf, textOf } from '../multistatus.ts';
import { openTestServer, type TestServer } from '../server.ts';

const search = (inner: string, attributes = '') =>
  `<D:principal-property-search xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/"${attributes}>${inner}<D:prop><D:displayname/></D:prop></D:principal-property-search>`;

const by = (names: string, match: string, type = '') =>
  `<D:property-search><D:prop>${names
    .split(' ')
    .map((name) => `<${name}/>`)
    .join('')}</D:prop><D:match${type && ` match-type="${type}"`}>${match}</D:match></D:property-search>`;

const alice = '/dav/principals/alice/';
const bob = '/dav/principals/bob/';
const carol = '/dav/principals/carol@example.com/';

const cases: readonly [name: string, inner: string, attributes: string, found: readonly string[]][] = [
  ['a substring in any case', by('D:displayname', 'LICE d'), '', [alice]],
  ['a substring that three share', by('D:displayname', 'o'), '', [alice, bob, carol]],
  ['two searches must both match', by('D:displayname', 'o') + by('D:displayname', 'bob'), '', [bob]],
  [
    'or one of them, with anyof',
    by('D:displayname', 'zoe') + by('D:displayname', 'bob'),
    ' test="anyof"',
    [bob],
  ],
  [
    'two properties in one search must both match',
    by('D:displayname CS:email-address-set', 'bob'),
    '',
    [bob],
  ],
  ['and do not where one differs', by('D:displayname CS:email-address-set', 'roe'), '', []],
  ['an address', by('CS:email-address-set', 'ALICE@example'), '', [alice]],
  [
    'a calendar user address',
    by('C:calendar-user-address-set', 'mailto:bob@example.com', 'equals'),
    '',
    [bob],
  ],
  ['a property that nobody can search by', by('D:getetag', ''), '', []],
  ['starts-with is not contains', by('D:displayname', 'doe', 'starts-with'), '', []],
  ['ends-with', by('D:displayname', 'doe', 'ends-with'), '', [alice]],
  ['equals', by('D:displayname', 'alice doe', 'equals'), '', [alice]],
  ['markup in the text is text', by('D:displayname', '&lt;displayname'), '', []],
];

describe('where users are visible', () => {
  let server: TestServer;
  before(async () => {
    server = await openTestServer({ 'users.visible': true });
  });
  after(() => server.close());

  for (const [name, inner, attributes, found] of cases) {
    test(`principal-property-search: ${name}`, async () => {
      const reply = await server.alice('REPORT', '/dav/principals/', search(inner, attributes));
      assert.equal(reply.status, 207, reply.text());
      const { responses } = readMultistatus(reply.body);
      assert.deepEqual(responses.map(({ href }) => href).sort(), [...found].sort());
      for (const response of responses) propertyOf(response, 'D:displayname');
    });
  }

  test('elsewhere nothing is found but by apply-to-principal-collection-set', async () => {
    const url = '/dav/calendars/alice/default/';
    const everywhere = '<D:apply-to-principal-collection-set/>';
    const nowhere = await server.alice('REPORT', url, search(by('D:displayname', 'bob')));
    assert.equal(readMultistatus(nowhere.body).responses.length, 0);
    const reply = await server.alice('REPORT', url, search(by('D:displayname', 'bob') + everywhere));
    assert.equal(readMultistatus(reply.body).responses[0]?.href, bob);
  });

  test("another's principal tells name and addresses, and nothing that is stored in it", async () => {
    const body =
      '<propfind xmlns="DAV:"><prop><displayname/><principal-URL/><acl/><c xmlns="urn:x"/><calendar-home-set xmlns="urn:ietf:params:xml:ns:caldav"/><calendar-user-address-set xmlns="urn:ietf:params:xml:ns:caldav"/></prop></propfind>';
    const patch =
      '<propertyupdate xmlns="DAV:"><set><prop><c xmlns="urn:x">secret</c></prop></set></propertyupdate>';
    const own = await server.send({ method: 'PROPPATCH', target: bob, login: 'bob', body: patch });
    assert.equal(own.status, 207);
    const reply = await server.alice('PROPFIND', bob, body, { depth: '0' });
    const response = responseOf(readMultistatus(reply.body), bob);
    assert.equal(textOf(propertyOf(response, 'D:displayname')), 'Bob Roe');
    assert.equal(textOf(propertyOf(response, 'D:principal-URL')), bob);
    assert.match(textOf(propertyOf(response, 'C:calendar-user-address-set')), /mailto:bob@example\.com/);
    assert.equal(response.properties.get('{urn:x}c')?.status, 404);
    assert.equal(response.properties.get('{DAV:}acl')?.status, 404);
    assert.equal(response.properties.get('{urn:ietf:params:xml:ns:caldav}calendar-home-set')?.status, 404);
    assert.equal((await server.alice('PROPPATCH', bob, patch)).status, 403);
    assert.equal((await server.alice('PROPFIND', '/dav/calendars/bob/', body)).status, 404);
  });

  test('calendarserver-principal-search: tokens begin words of names and addresses', async () => {
    const find = async (context: string, ...tokens: string[]) => {
      const list = tokens.map((token) => `<CS:search-token>${token}</CS:search-token>`).join('');
      const body = `<CS:calendarserver-principal-search xmlns:CS="http://calendarserver.org/ns/" context="${context}">${list}<D:prop xmlns:D="DAV:"><D:displayname/></D:prop></CS:calendarserver-principal-search>`;
      const reply = await server.alice('REPORT', '/dav/principals/', body);
      return readMultistatus(reply.body).responses.map(({ href }) => href);
    };
    assert.deepEqual(await find('attendee', 'ro'), [bob]);
    assert.deepEqual(await find('attendee', 'bob', 'roe'), [bob]);
    assert.deepEqual(await find('attendee', 'oe'), []);
    assert.deepEqual(await find('location', 'bob'), []);
  });
});

describe('where they are not, which is the default', () => {
  let server: TestServer;
  before(async () => {
    server = await openTestServer();
  });
  after(() => server.close());

  test('everybody finds only themselves', async () => {
    const reply = await server.alice('REPORT', '/dav/principals/', search(by('D:displayname', 'o')));
    assert.deepEqual(
      readMultistatus(reply.body).responses.map(({ href }) => href),
      [alice],
    );
    assert.equal((await server.alice('PROPFIND', bob, undefined, { depth: '0' })).status, 404);
  });
});
