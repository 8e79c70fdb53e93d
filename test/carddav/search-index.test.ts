import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { SearchTexts } from '../../src/carddav/search-texts.ts';
import { readMultistatus } from '../multistatus.ts';
import { openTestServer, type TestServer } from '../server.ts';

const book = '/dav/addressbooks/alice/default/';

let server: TestServer;
beforeEach(async () => {
  server = await openTestServer();
});
afterEach(() => server.close());

async function store(name: string, ...lines: readonly string[]): Promise<void> {
  const card = ['BEGIN:VCARD', 'VERSION:3.0', `UID:${name}`, ...lines, 'END:VCARD', ''].join('\r\n');
  const { status } = await server.alice('PUT', `${book}${name}.vcf`, card);
  assert.ok(status === 201 || status === 204);
}

/** Names of the cards in which a text is found. */
async function found(text: string, property = 'FN'): Promise<string[]> {
  const reply = await server.alice(
    'REPORT',
    book,
    `<C:addressbook-query xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns="DAV:"><prop><getetag/></prop><C:filter><C:prop-filter name="${property}"><C:text-match>${text}</C:text-match></C:prop-filter></C:filter></C:addressbook-query>`,
    { depth: '1' },
  );
  assert.equal(reply.status, 207, reply.text());
  return readMultistatus(reply.body)
    .responses.map(({ href }) => href.slice(book.length, -'.vcf'.length))
    .sort();
}

describe('searching an address book', () => {
  test('finds what was added, changed and removed since the search before', async () => {
    await store('ann', 'FN:Ann Smith');
    await store('bea', 'FN:Bea Jones');
    assert.deepEqual(await found('smith'), ['ann']);
    await store('cat', 'FN:Cat Goldsmith');
    await store('bea', 'FN:Bea Smith-Jones');
    assert.deepEqual(await found('smith'), ['ann', 'bea', 'cat']);
    await store('ann', 'FN:Ann Miller');
    await server.alice('DELETE', `${book}cat.vcf`);
    assert.deepEqual(await found('smith'), ['bea']);
    assert.deepEqual(await found('mill'), ['ann']);
    await server.alice('MOVE', `${book}bea.vcf`, undefined, { destination: `${book}eve.vcf` });
    assert.deepEqual(await found('smith'), ['eve']);
  });

  test('goes on after a start with what was kept of the searches before it', async () => {
    await store('ann', 'FN:Ann Smith', `NOTE:${'very much to say '.repeat(1000)}`);
    await store('bea', 'FN:Bea Jones');
    assert.deepEqual(await found('jones'), ['bea']);
    await server.reopen();
    const kept = readdirSync(join(server.data, 'cache')).filter((name) => name.endsWith('.words'));
    assert.equal(kept.length, 1);
    await store('cat', 'FN:Cat Jones');
    assert.deepEqual(await found('jones'), ['bea', 'cat']);
    assert.deepEqual(await found('smith'), ['ann']);
    assert.deepEqual(await found('to say', 'NOTE'), ['ann']);
  });
});

describe('texts in one buffer', () => {
  test('nothing is found across two cards, nor of a card that has another text by now', () => {
    const texts = new SearchTexts();
    texts.set('a', { text: 'one', cut: false });
    texts.set('b', { text: 'two', cut: false });
    assert.deepEqual([...texts.find(['et'])], []);
    assert.deepEqual([...texts.find(['two', 'on'])].sort(), ['a', 'b']);
    texts.set('a', { text: 'three', cut: false });
    assert.deepEqual([...texts.find(['on'])], []);
    texts.set('c', { text: '', cut: true });
    assert.deepEqual([...texts.find(['on'])], ['c']);
    texts.delete('c');
    assert.deepEqual([...texts.find(['on'])], []);
  });

  test('what no longer counts is let go of', () => {
    let texts = new SearchTexts();
    for (let i = 0; i < 5000; i++) {
      texts.set(`card ${i % 10}`, { text: `text ${i} `.repeat(10), cut: false });
      texts = texts.packed();
    }
    assert.ok(texts.size < 100_000);
    assert.deepEqual([...texts.find(['text 4999'])], ['card 9']);
    assert.equal(texts.find(['text']).size, 10);
  });
});
