/** Whatever is asked, the server answers by the protocol: never 500, never XML that a client can't read. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { checkMultistatus, readXml } from '../multistatus.ts';
import { card, event } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';

const runs = process.env['DAVD_TEST_LONG'] ? 20_000 : 600;

let server: TestServer;
before(async () => {
  server = await openTestServer();
  await server.alice('PUT', '/dav/calendars/alice/default/one.ics', event('one'));
  await server.alice('PUT', '/dav/addressbooks/alice/default/one.vcf', card('one'));
});
after(() => server.close());

const methods = [
  ...[
    'GET',
    'HEAD',
    'OPTIONS',
    'PUT',
    'DELETE',
    'PROPFIND',
    'PROPPATCH',
    'REPORT',
    'MKCOL',
    'MKCALENDAR',
    'MOVE',
  ],
  ...['COPY', 'LOCK', 'UNLOCK', 'POST', 'ACL'],
];

const segment = fc.constantFrom(
  ...[
    '',
    'dav',
    'dav.php',
    'principals',
    'calendars',
    'addressbooks',
    'alice',
    'ALICE',
    'bob',
    'default',
    'tasks',
  ],
  ...[
    'one.ics',
    'one.vcf',
    'new.ics',
    'a%20b',
    '%2e%2e',
    '..',
    '.',
    '%00',
    '%',
    '%C3%A4',
    '%E4',
    '~',
    '__proto__',
  ],
  ...['constructor', '*', 'a+b', 'a;b=c', '%F0%9F%8E%89', '%ED%A0%80', '%2F'],
);

const path = fc.oneof(
  fc.constantFrom(
    ...['/', '/dav/', '/dav/principals/alice/', '/dav/calendars/alice/', '/dav/calendars/alice/default/'],
    ...[
      '/dav/calendars/alice/default/one.ics',
      '/dav/addressbooks/alice/default/',
      '/dav/addressbooks/alice/default/one.vcf',
    ],
    ...[
      '/dav/calendars/alice/tasks/',
      '/dav/calendars/alice/new/',
      '/dav/addressbooks/alice/default/new.vcf',
    ],
  ),
  fc.array(segment, { maxLength: 7 }).map((segments) => `/${segments.join('/')}`),
);

const headers = fc.record(
  {
    depth: fc.constantFrom('0', '1', 'infinity', '2', '', '1,noroot', '-1'),
    'if-match': fc.constantFrom('*', '"x"', 'W/"x"', '', ',', '"', 'x y', '"a", *'),
    'if-none-match': fc.constantFrom('*', '"x"', '', '","'),
    'if-modified-since': fc.constantFrom('Mon, 01 Jan 2024 00:00:00 GMT', 'never', ''),
    destination: fc.oneof(
      path,
      path.map((p) => `https://other.example${p}`),
      fc.constantFrom('', 'x', '//', 'http://', 'mailto:a@b', '/%'),
    ),
    overwrite: fc.constantFrom('T', 'F', 't', 'x', ''),
    prefer: fc.constantFrom('return=minimal', 'return=representation', 'depth-noroot', ';;', ''),
    brief: fc.constantFrom('t', 'f', ''),
    'content-type': fc.constantFrom(
      'text/calendar',
      'text/vcard',
      'text/xml',
      'application/json',
      '',
      ';',
      'TEXT/CALENDAR; x',
    ),
    'user-agent': fc.constantFrom('Thunderbird/128', 'iOS/17', 'MSFT-WIN-4', ''),
    if: fc.constantFrom('(<urn:x>)', '(Not <DAV:no-lock>)', '(["x"])', '</dav/> (Not ["x"])', '<%>', '('),
    'if-unmodified-since': fc.constantFrom(
      'Mon, 01 Jan 2024 00:00:00 GMT',
      'Fri, 01 Jan 2100 00:00:00 GMT',
      '',
    ),
    'lock-token': fc.constantFrom('<urn:x>', 'urn:x', '<>', ''),
    timeout: fc.constantFrom('Second-1', 'Infinite', 'Second-x', ''),
    range: fc.constantFrom('bytes=0-1', 'bytes=-5', 'bytes=9999-', 'bytes=1-0', 'x'),
    'if-range': fc.constantFrom('"x"', 'Mon, 01 Jan 2024 00:00:00 GMT', ''),
    'content-range': fc.constantFrom('bytes 0-1/2'),
  },
  { requiredKeys: [] },
);

const D = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav"';
const wanted =
  '<prop><displayname/><getetag/><resourcetype/><acl/><C:calendar-data/><CR:address-data/><sync-token/><x xmlns="urn:x"/></prop>';
const bodies = [
  '',
  `<propfind ${D}>${wanted}</propfind>`,
  `<propfind ${D}><allprop/></propfind>`,
  `<propfind ${D}><propname/></propfind>`,
  `<propertyupdate ${D}><set><prop><displayname>x</displayname><getetag/><C:calendar-timezone>x</C:calendar-timezone></prop></set><remove><prop><displayname/></prop></remove></propertyupdate>`,
  `<C:calendar-query ${D}>${wanted}<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="20260101T000000Z" end="20270101T000000Z"/><C:prop-filter name="SUMMARY"><C:text-match>e</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`,
  `<C:calendar-query ${D}><prop><C:calendar-data><C:expand start="20260101T000000Z" end="20270101T000000Z"/></C:calendar-data></prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter><C:timezone>x</C:timezone></C:calendar-query>`,
  `<C:calendar-multiget ${D}>${wanted}<href>/dav/calendars/alice/default/one.ics</href><href>%</href><href/></C:calendar-multiget>`,
  `<C:free-busy-query ${D}><C:time-range start="20260101T000000Z" end="20260701T000000Z"/></C:free-busy-query>`,
  `<CR:addressbook-query ${D}>${wanted}<CR:filter test="allof"><CR:prop-filter name="FN"><CR:text-match match-type="starts-with">R</CR:text-match><CR:param-filter name="TYPE"/></CR:prop-filter></CR:filter><CR:limit><CR:nresults>1</CR:nresults></CR:limit></CR:addressbook-query>`,
  `<CR:addressbook-multiget ${D}>${wanted}<href>/dav/addressbooks/alice/default/one.vcf</href></CR:addressbook-multiget>`,
  `<sync-collection ${D}><sync-token/><sync-level>1</sync-level><limit><nresults>1</nresults></limit>${wanted}</sync-collection>`,
  `<expand-property ${D}><property name="owner"><property name="principal-URL"><property name="acl"/></property></property></expand-property>`,
  `<principal-property-search ${D}><property-search><prop><displayname/></prop><match>a</match></property-search>${wanted}</principal-property-search>`,
  `<principal-search-property-set ${D}/>`,
  `<mkcol ${D}><set><prop><resourcetype><collection/><C:calendar/></resourcetype><displayname>x</displayname></prop></set></mkcol>`,
  `<C:mkcalendar ${D}><set><prop><C:supported-calendar-component-set><C:comp name="VTODO"/><C:comp/></C:supported-calendar-component-set></prop></set></C:mkcalendar>`,
  ...['exclusive', 'shared'].map(
    (scope) =>
      `<lockinfo ${D}><lockscope><${scope}/></lockscope><locktype><write/></locktype><owner>me</owner></lockinfo>`,
  ),
  event('one'),
  event('another'),
  card('one'),
];

/** A body, whole or damaged: cut, with a piece doubled or removed, or with a piece of another in it. */
const body = fc.oneof(
  fc.constantFrom(...bodies),
  fc
    .record({
      text: fc.constantFrom(...bodies),
      other: fc.constantFrom(...bodies),
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      to: fc.double({ min: 0, max: 1, noNaN: true }),
      piece: fc.constantFrom(
        '',
        'cut',
        'other',
        '\u0000',
        '<',
        '&',
        '"',
        ']]>',
        '<!--',
        '\ud83c',
        'é',
        '<x/>',
      ),
    })
    .map(({ text, other, from, to, piece }) => {
      const [start, end] = [from, to].map((at) => Math.floor(at * text.length)).sort((a, b) => a - b);
      const middle = piece === 'other' ? other.slice(start, end) : piece === 'cut' ? '' : piece;
      return text.slice(0, start) + middle + text.slice(piece === 'other' ? start : end);
    }),
);

test(`${runs} odd requests are answered by the protocol`, async () => {
  const method = fc.constantFrom(...methods);
  const login = fc.constantFrom('alice', 'alice', 'alice', 'bob');
  const property = fc.asyncProperty(
    method,
    path,
    headers,
    body,
    login,
    async (method, target, headers, body, login) => {
      const reply = await server.send({ method, target, login, headers, body });
      assert.ok(reply.status < 500 || [501, 507].includes(reply.status), `${reply.status} ${reply.text()}`);
      if (reply.status === 207) checkMultistatus(reply.body, reply.headers['content-type'], false);
      else if (reply.body.length > 0 && /xml/.test(reply.headers['content-type'] ?? '')) readXml(reply.body);
      if (reply.status === 405)
        assert.ok(!reply.headers['allow']?.split(', ').includes(method) || method.startsWith('MK'));
    },
  );
  await fc.assert(property, { numRuns: runs });
});

test('afterwards everything is still in order', async () => {
  for (const url of ['/dav/calendars/alice/', '/dav/addressbooks/alice/', '/dav/calendars/alice/default/']) {
    const reply = await server.alice('PROPFIND', url, '', { depth: '1' });
    assert.equal(reply.status, 207);
    checkMultistatus(reply.body, reply.headers['content-type'], false);
  }
});
