/** A client that only syncs knows at the end what a listing says, whatever happened and however small its bites. */

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, test } from 'node:test';
import { propertyOf, readMultistatus, textOf } from '../multistatus.ts';
import { card, event } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';

const long = Boolean(process.env['DAVD_TEST_LONG']);

let server: TestServer;
before(async () => {
  server = await openTestServer();
});
after(() => server.close());

/** What a client knows: ETags by href, and the token it goes on from. */
interface Known {
  readonly etags: Map<string, string>;
  token: string;
}

/** One request with a limit. Returns how many members it named and whether there is more. */
async function bite(url: string, known: Known, limit: number): Promise<{ named: string[]; more: boolean }> {
  const wish = limit === Infinity ? '' : `<limit><nresults>${limit}</nresults></limit>`;
  const body = `<sync-collection xmlns="DAV:"><sync-token>${known.token}</sync-token><sync-level>1</sync-level>${wish}<prop><getetag/></prop></sync-collection>`;
  const reply = await server.alice('REPORT', url, body, { depth: '1' });
  assert.equal(reply.status, 207, reply.text());
  const { responses, token } = readMultistatus(reply.body);
  const named: string[] = [];
  let more = false;
  for (const response of responses) {
    if (response.status === 507) more = response.href === url;
    else if (response.status === 404) known.etags.delete(response.href);
    else known.etags.set(response.href, textOf(propertyOf(response, 'D:getetag')));
    if (response.status !== 507) named.push(response.href);
  }
  assert.ok(token);
  known.token = token;
  assert.ok(named.length <= limit, `${named.length} with a limit of ${limit}`);
  return { named, more };
}

async function listing(url: string): Promise<Map<string, string>> {
  const body = '<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>';
  const { responses } = readMultistatus((await server.alice('PROPFIND', url, body, { depth: '1' })).body);
  const members = responses.filter((response) => response.href !== url);
  return new Map(members.map((response) => [response.href, textOf(propertyOf(response, 'D:getetag'))]));
}

const byName = ([a]: [string, string], [b]: [string, string]) => (a < b ? -1 : 1);

function assertKnows(known: Known, listed: Map<string, string>): void {
  assert.deepEqual([...known.etags].sort(byName), [...listed].sort(byName));
}

for (const limit of [1, 2, 7, 25, 100]) {
  test(`with limit ${limit}, the first sync repeated to its end names each of 25 members once`, async () => {
    const url = `/dav/addressbooks/alice/first${limit}/`;
    assert.equal((await server.alice('MKCOL', url)).status, 201);
    for (let i = 0; i < 25; i++) await server.alice('PUT', `${url}${i}.vcf`, card(`uid${i}`));
    for (let i = 0; i < 25; i += 5) await server.alice('PUT', `${url}${i}.vcf`, card(`uid${i}`, ['NOTE:x']));
    for (const name of ['x', 'y']) {
      await server.alice('PUT', `${url}${name}.vcf`, card(name));
      await server.alice('DELETE', `${url}${name}.vcf`);
    }
    const known: Known = { etags: new Map(), token: '' };
    const named: string[] = [];
    for (let more = true, bites = 0; more; bites++) {
      const answer = await bite(url, known, limit);
      named.push(...answer.named);
      more = answer.more;
      assert.ok(bites < 60, 'the sync does not end');
    }
    assert.equal(named.length, 25);
    assert.equal(new Set(named).size, 25);
    assertKnows(known, await listing(url));
  });
}

test('a change between two bites is not lost', async () => {
  const url = '/dav/calendars/alice/bites/';
  await server.alice('MKCALENDAR', url);
  for (let i = 0; i < 10; i++) await server.alice('PUT', `${url}${i}.ics`, event(`uid${i}`));
  const known: Known = { etags: new Map(), token: '' };
  await bite(url, known, 5);
  await server.alice('PUT', `${url}0.ics`, event('uid0', { summary: 'changed' }));
  await server.alice('DELETE', `${url}1.ics`);
  await server.alice('DELETE', `${url}9.ics`);
  await server.alice('PUT', `${url}new.ics`, event('new'));
  while ((await bite(url, known, 2)).more);
  assertKnows(known, await listing(url));
});

test('after any history, syncing gives what a listing gives', async (t) => {
  const seed = Number(process.env['DAVD_TEST_SEED'] ?? randomInt(2 ** 31));
  t.diagnostic(`DAVD_TEST_SEED=${seed}`);
  const random = mulberry32(seed);
  const pick = (n: number) => Math.floor(random() * n);
  const url = '/dav/calendars/alice/history/';
  const other = '/dav/calendars/alice/history-other/';
  await server.alice('MKCALENDAR', url);
  await server.alice('MKCALENDAR', other);
  const clients: Known[] = Array.from({ length: 4 }, () => ({ etags: new Map(), token: '' }));
  for (let step = 0; step < (long ? 5_000 : 400); step++) {
    const n = pick(12);
    const [from, to] = pick(2) ? [url, other] : [other, url];
    const deed = pick(20);
    if (deed < 8)
      await server.alice('PUT', `${from}${n}.ics`, event(`${from}${n}`, { summary: String(step) }));
    else if (deed < 12) await server.alice('DELETE', `${from}${n}.ics`);
    else if (deed < 15) {
      await server.alice('MOVE', `${from}${n}.ics`, undefined, { destination: `${to}${pick(12)}.ics` });
    } else if (deed === 19 && step % 50 === 0) await server.reopen();
    else {
      const client = clients[pick(4)];
      if (client) await bite(url, client, [1, 3, Infinity][pick(3)] ?? 1);
    }
  }
  const listed = await listing(url);
  for (const client of clients) {
    while ((await bite(url, client, 3)).more);
    assertKnows(client, listed);
  }
});

/** A small seeded generator, so that a failure can be repeated. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
