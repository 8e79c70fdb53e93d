import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DavError } from '../../src/dav/errors.ts';
import { encodeSegment, href, locate, pathOf } from '../../src/dav/paths.ts';

const alice = { kind: 'calendar', user: 'alice' } as const;

for (const [path, place, prefix] of [
  ['/', { type: 'root' }, '/dav'],
  ['/dav', { type: 'root' }, '/dav'],
  ['/dav.php/', { type: 'root' }, '/dav.php'],
  ['/principals', { type: 'principals' }, '/dav'],
  ['/cal.php/principals/alice', { type: 'principal', user: 'alice' }, '/cal.php'],
  ['/dav/principals/alice%40example.com/', { type: 'principal', user: 'alice@example.com' }, '/dav'],
  ['/dav/calendars/', { type: 'homes', kind: 'calendar' }, '/dav'],
  ['/dav/calendars/alice', { type: 'home', ...alice }, '/dav'],
  [
    '/card.php/addressbooks/alice/default/',
    { type: 'collection', kind: 'addressbook', user: 'alice', collection: 'default' },
    '/card.php',
  ],
  [
    '/dav/calendars/alice/default/a%2Fb.ics',
    { type: 'object', ...alice, collection: 'default', object: 'a/b.ics' },
    '/dav',
  ],
  [
    '/dav/calendars/alice/default/\u00c3\u00a4.ics',
    { type: 'object', ...alice, collection: 'default', object: 'ä.ics' },
    '/dav',
  ],
] as const) {
  test(`locate: ${path} is a ${place.type}`, () => {
    const located = locate(path, '');
    assert.deepEqual(located?.place, place);
    assert.equal(located?.prefix, prefix);
  });
}

for (const path of [
  '/calendars/alice/',
  '/dav/nothing/',
  '/dav/calendars/alice/default/x/y',
  '/dav//calendars/',
  '/dav/calendars/../alice/',
  '/dav/calendars/%2e%2e/x/',
  '/davx/',
]) {
  test(`locate: nothing can be at ${path}`, () => assert.equal(locate(path, ''), undefined));
}

test('locate: broken encoding is refused with 400', () => {
  for (const path of ['/dav/calendars/%ff/', '/dav/calendars/%zz/', '/dav/calendars/\u00ff/']) {
    assert.throws(
      () => locate(path, ''),
      (error) => error instanceof DavError && error.status === 400,
    );
  }
});

test('locate: with a base path, requests with and without it mean the same, and hrefs carry it', () => {
  for (const path of ['/home/dav/principals/alice', '/dav/principals/alice']) {
    const located = locate(path, '/home');
    assert.deepEqual(located?.place, { type: 'principal', user: 'alice' });
    assert.equal(located?.href, '/home/dav/principals/alice/');
    assert.equal(located?.prefix, '/home/dav');
  }
});

test("locate: the client's spelling of a collection is kept", () => {
  assert.equal(
    locate('/dav/calendars/alice%40example.com/d%65fault', '')?.href,
    '/dav/calendars/alice%40example.com/d%65fault/',
  );
});

test('pathOf: scheme, authority, query and fragment go', () => {
  assert.equal(pathOf('http://other:81/dav/x%20y.ics?a#b'), '/dav/x%20y.ics');
  assert.equal(pathOf('/dav/x.ics'), '/dav/x.ics');
  assert.equal(pathOf('https://host'), '/');
});

test('href and locate are inverse for every name', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((s) => s !== '.' && s !== '..' && s.isWellFormed());
  fc.assert(
    fc.property(name, name, name, (user, collection, object) => {
      const place = { type: 'object', kind: 'addressbook', user, collection, object } as const;
      const path = href(place, '/dav');
      assert.match(path, /^[\w.~():@%/-]+$/);
      assert.deepEqual(locate(path, '')?.place, place);
      assert.equal(locate(path, '')?.href, path);
    }),
  );
});

test('encodeSegment: spells names as Baïkal did: unreserved characters and ():@ stay, others in lower-case hex', () => {
  assert.equal(encodeSegment("a-b_c.d~e@f g!'()*:é/\n"), 'a-b_c.d~e@f%20g%21%27()%2a:%c3%a9%2f%0a');
});
