/** What a trace makes of requests. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversationText } from '../../src/admin/trace/conversation.ts';
import { maskObject } from '../../src/admin/trace/mask-object.ts';
import { maskText, Pseudonyms } from '../../src/admin/trace/mask-text.ts';
import { Masker } from '../../src/admin/trace/masker.ts';
import type { Conversed } from '../../src/requests.ts';

function conversed(part: Partial<Conversed> & { body?: string; reply?: string }): Conversed {
  const { body = '', reply = '', ...rest } = part;
  return {
    time: 0,
    ms: 1,
    method: 'PROPFIND',
    path: '/',
    status: 207,
    user: 'jane',
    address: '192.0.2.1',
    client: 'x/1',
    requestHeaders: {},
    requestBody: Buffer.from(body),
    replyHeaders: {},
    replyBody: Buffer.from(reply),
    ...rest,
  };
}

const texts: [text: string, masked: string][] = [
  ['Lunch at 12', 'Xxxxx xx 11'],
  ['a\\nb\\,c', 'x\\nx\\,x'],
  ['Zoë {{x}} ###', 'Xxé ((x(( ((('],
];
for (const [text, masked] of texts) {
  test(`maskText: ${text}`, () => assert.equal(maskText(text), masked));
}

test('maskObject: keeps shape and times, masks texts, parameters and addresses, names identities alike', () => {
  const uids = new Pseudonyms((n) => `uid${n}`);
  const lines = [
    'DTSTART;TZID=Europe/Paris:20260101T090000',
    'SUMMARY;LANGUAGE=de;X-NOTE="Jane: hi":Zahnarzt\r\n  Müller',
    'UID:jane@example.com',
    'RELATED-TO:jane@example.com',
    'ATTENDEE;CN="Jane Doe";PARTSTAT=ACCEPTED:mailto:jane@example.com',
    `PHOTO;ENCODING=b:${'QUJD'.repeat(100)}`,
    'item1.EMAIL:jane@example.com',
  ];
  assert.deepEqual(maskObject(lines.join('\r\n'), uids).split('\n'), [
    'DTSTART;TZID=Europe/Paris:20260101T090000',
    'SUMMARY;LANGUAGE=de;X-NOTE="Xxxx: xx":Xxxxxxxx Xéxxxx',
    'UID:uid1',
    'RELATED-TO:uid1',
    'ATTENDEE;CN="Xxxx Xxx";PARTSTAT=ACCEPTED:mailto:xxxx@xxxxxxx.xxx',
    'PHOTO;ENCODING=b:AAAA',
    'item1.EMAIL:xxxx@xxxxxxx.xxx',
  ]);
});

test('a trace learns tokens and etags where they come, and uses them where they go', () => {
  const masker = new Masker({ url: 'https://example.com/home' });
  const at = '/home/dav.php/calendars/jane/Private%20stuff/';
  const first = masker.mask(
    conversed({
      method: 'REPORT',
      path: at,
      body: '<sync-collection xmlns="DAV:"><sync-token/><prop><getetag/></prop></sync-collection>',
      reply: `<D:multistatus><D:response><D:href>${at}jane.ics</D:href><D:propstat><D:prop><D:getetag>"e"</D:getetag></D:prop></D:propstat></D:response><D:sync-token>urn:t1</D:sync-token></D:multistatus>`,
    }),
  );
  const second = masker.mask(
    conversed({
      method: 'REPORT',
      path: at,
      body: '<sync-collection xmlns="DAV:"><sync-token>urn:t1</sync-token></sync-collection>',
      reply: '<D:multistatus><D:sync-token>urn:t2</D:sync-token></D:multistatus>',
    }),
  );
  const third = masker.mask(
    conversed({
      method: 'MOVE',
      path: `${at}jane.ics`,
      status: 201,
      requestHeaders: {
        'if-match': '"e"',
        authorization: 'Basic c2VjcmV0',
        destination: `https://example.com${at}moved.ics`,
      },
    }),
  );
  const proppatch = masker.mask(
    conversed({
      method: 'PROPPATCH',
      path: at,
      body: '<propertyupdate xmlns="DAV:"><set><prop><displayname>Jane &amp; Joe</displayname></prop></set></propertyupdate>',
    }),
  );
  const text = conversationText('A trace', [first, second, third, proppatch]);
  assert.doesNotMatch(text, /jane|Private|stuff|Joe|c2VjcmV0|example|home/i);
  assert.match(
    text,
    /^# A trace\n\n### A collection from before\nMKCALENDAR \/dav\.php\/calendars\/alice\/collection1\/ as alice/,
  );
  assert.match(
    text,
    /HTTP\/1\.1 207\n\nsync-token > token1\n\/dav\.php\/calendars\/alice\/collection1\/object1\.ics\n {2}D:getetag > etag1\n/,
  );
  assert.match(text, /<sync-token>\{\{token1\}\}<\/sync-token>/);
  assert.match(
    text,
    /if-match: \{\{etag1\}\}\ndestination: \/dav\.php\/calendars\/alice\/collection1\/object2\.ics\n/,
  );
  assert.match(text, /<displayname>Xxxx &amp; Xxx<\/displayname>/);
});
