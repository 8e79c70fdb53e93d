/** Every card of the corpus and of the fixtures is stored byte for byte, or refused with a sentence that is true. */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { corpusAbsent, corpusFiles } from '../model/corpus.ts';
import { readXml, textOf } from '../multistatus.ts';
import { openTestServer, type TestServer } from '../server.ts';

let server: TestServer;
before(async () => {
  server = await openTestServer();
});
after(() => server.close());

const fixtures = globSync(join(import.meta.dirname, '../fixtures/cards/*/*.vcf')).sort();

for (const [what, files, atLeast] of [
  ['ten cards of each producer', fixtures.map((path) => ({ name: path, path })), 80],
  ['every file of the corpus, and every card in it', corpusFiles('.vcf'), 60],
] as const) {
  const skip = files.length === 0 && corpusAbsent;
  test(`${what}: stored as sent, or refused with a reason`, { skip }, async (t) => {
    const tally = { stored: 0, refused: 0 };
    for (const { name, path } of files) {
      const whole = readFileSync(path);
      const cards = whole.toString('latin1').split(/(?<=^END:VCARD\r?\n)/m);
      const parts = cards.length > 1 ? [whole, ...cards.map((card) => Buffer.from(card, 'latin1'))] : [whole];
      for (const [index, bytes] of parts.entries())
        tally[await storedOrRefused(bytes, `${name}#${index}`)] += 1;
    }
    t.diagnostic(`${tally.stored} stored, ${tally.refused} refused`);
    assert.ok(tally.stored >= atLeast);
  });
}

async function storedOrRefused(bytes: Buffer, what: string): Promise<'stored' | 'refused'> {
  const book = `/dav/addressbooks/alice/b${Math.random().toString(36).slice(2)}/`;
  assert.equal((await server.alice('MKCOL', book)).status, 201);
  const reply = await server.alice('PUT', `${book}card.vcf`, bytes);
  if (reply.status === 403) {
    checkRefusal(bytes, textOf(readXml(reply.body)), what);
    return 'refused';
  }
  assert.equal(reply.status, 201, `${what}: ${reply.text()}`);
  const version = /^VERSION:\s*4\.0/im.test(bytes.toString('latin1')) ? '4.0' : '3.0';
  const read = await server.alice('GET', `${book}card.vcf`, undefined, {
    accept: `text/vcard;version=${version}`,
  });
  assert.ok(bytes.equals(read.body), `${what} comes back otherwise`);
  return 'stored';
}

/** What the sentence says of a line is so. */
function checkRefusal(bytes: Buffer, sentence: string, what: string): void {
  const [, number, claim = ''] = /line (\d+) (.*)/.exec(sentence) ?? [];
  assert.ok(number, `${what}: "${sentence}" names no line`);
  const lines = bytes.toString('latin1').split('\n');
  const line = (lines[Number(number) - 1] ?? '').replace(/^\xef\xbb\xbf/, '').trimEnd();
  const truths: readonly [claim: RegExp, holds: () => boolean][] = [
    [/^says version "(.*?)"/, () => /version/i.test(line)],
    [
      /^ends a card that has no VERSION/,
      () => /^END:VCARD/i.test(line) && !lines.some((one) => /^VERSION/i.test(one)),
    ],
    [/^begins a second card/, () => /^BEGIN:VCARD/i.test(line) && Number(number) > 1],
    [/^begins "VCARD" before END/, () => /^BEGIN:VCARD/i.test(line)],
    [/^has a second UID/, () => /^(?:\w+\.)?UID/i.test(line)],
    [/^has (\S+) where BEGIN/, () => !/^BEGIN/i.test(line)],
    [/^is empty where BEGIN/, () => line === ''],
    [/^has no colon/, () => !line.includes(':')],
    [/^holds octets that are not UTF-8/, () => true],
    [/^is the last one, but END:VCARD is missing/, () => !/^END:VCARD/im.test(bytes.toString('latin1'))],
    [/^has (\S+) after END:VCARD/, () => Number(number) > 1],
    [/^does not begin with a property name/, () => !/^[\w-]+(\.[\w-]+)*[;:]/.test(line)],
  ];
  const known = truths.find(([pattern]) => pattern.test(claim));
  assert.ok(known, `${what}: "${sentence}" is a sentence that this test does not know`);
  assert.ok(known[1](), `${what}: "${sentence}", but the line is ${JSON.stringify(line.slice(0, 100))}`);
}
