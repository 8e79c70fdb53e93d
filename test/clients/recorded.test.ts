/** Conversations that real clients had with another server, replayed: this one gives them what they needed there. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { toVersion } from '../../src/model/vcard-convert.ts';
import type { Kind } from '../../src/store/types.ts';
import { checkMultistatus, clark, readMultistatus, textOf } from '../multistatus.ts';
import { openTestServer, type TestReply, type TestServer } from '../server.ts';
import { learned, ofObjectsOnly, type Recorded, Replay, readRecording, recordedAnswer } from './recording.ts';

/** The recordings lie beside the checkout. */
const folder =
  process.env['DAVD_RECORDED'] ?? fileURLToPath(new URL('../../../shared/recorded', import.meta.url));

const recordings: readonly [file: string, client: string, kinds: Record<string, Kind>][] = [
  ['thunderbird-153-against-radicale.jsonl', 'Thunderbird 153', { tbcal: 'calendar', tbab: 'addressbook' }],
  [
    'evolution-data-server-3.46-against-radicale.jsonl',
    'Evolution 3.46',
    { edscal: 'calendar', edsab: 'addressbook' },
  ],
];

for (const [file, client, kinds] of recordings) {
  const path = `${folder}/${file}`;
  const skip = existsSync(path) ? false : `there is no recording at ${path}; DAVD_RECORDED names its folder`;
  describe(client, { skip }, () => {
    let server: TestServer;
    let replay: Replay;
    /** Bodies as the client put them, by path. */
    const stored = new Map<string, string>();
    before(async () => {
      server = await openTestServer();
      replay = new Replay(server, kinds);
      if (client.startsWith('Thunderbird')) {
        await server.alice('MKCALENDAR', '/dav/calendars/alice/tbcal/');
        await server.alice('MKCOL', '/dav/addressbooks/alice/tbab/');
      }
    });
    after(() => server.close());

    for (const [i, recorded] of (skip ? [] : readRecording(path)).entries()) {
      const credentials = recorded.auth ? '' : ' without credentials';
      test(`${i + 1}. ${recorded.m} ${recorded.p}${credentials}`, async () => {
        const reply = await replay.send(recorded);
        if (recorded.m === 'PUT' && recorded.body !== undefined)
          stored.set(replay.path(recorded), recorded.body);
        if (recorded.p.startsWith('/.well-known/')) assertRedirected(reply);
        else if (!recorded.auth) {
          assertChallenged(reply);
          // The client goes on with its credentials.
          const again = { ...recorded, auth: true };
          if (recorded.s !== 401) assertAnswered(again, await replay.send(again), replay, stored);
        } else assertAnswered(recorded, reply, replay, stored);
      });
    }
  });
}

function assertRedirected(reply: TestReply): void {
  assert.deepEqual([reply.status, reply.headers['location']], [301, '/dav/']);
}

function assertChallenged(reply: TestReply): void {
  assert.equal(reply.status, 401);
  assert.match(reply.headers['www-authenticate'] ?? '', /^Basic realm="/);
}

function assertAnswered(
  recorded: Recorded,
  reply: TestReply,
  replay: Replay,
  stored: ReadonlyMap<string, string>,
): void {
  const { m, s } = recorded;
  if (m === 'PUT') {
    assert.ok([201, 204].includes(reply.status), String(reply.status));
    assert.match(reply.headers['etag'] ?? '', /^"[^"]+"$/);
  } else if (m === 'DELETE') assert.ok([200, 204].includes(reply.status), String(reply.status));
  else assert.equal(reply.status, s, reply.text());
  // Thunderbird drops the first token, and looks for calendar-access behind it; Evolution wants each on its own kind.
  assert.match(reply.headers['dav'] ?? '', /^1, .*\bcalendar-access\b.*\baddressbook\b/);
  if (reply.status === 207) assertLearned(recorded, reply, replay, stored);
}

/** Every member and every property that the client learned there, it learns here. */
function assertLearned(
  recorded: Recorded,
  reply: TestReply,
  replay: Replay,
  stored: ReadonlyMap<string, string>,
): void {
  checkMultistatus(reply.body, reply.headers['content-type'], false);
  const own = readMultistatus(reply.body);
  const theirs = recordedAnswer(recorded);
  const ours = learned(own);
  for (const [path, found] of learned(theirs)) {
    const href = path === recorded.p ? replay.path(recorded) : replay.href(path);
    // The recorded home held calendars and address books alike, those of other clients too.
    if (path !== recorded.p && !replay.isNear(path)) continue;
    assertFound(href, found, ours.get(href));
  }
  if (recorded.m !== 'REPORT') return;
  assert.equal(ours.size, theirs.responses.length, 'nothing else comes');
  assert.equal(own.token === undefined, theirs.token === undefined);
  assert.match(own.token ?? ':', /[:/]/, 'Evolution wants a token that looks like a URI');
  for (const response of own.responses) {
    const put = Buffer.from(stored.get(response.href) ?? '');
    const event = response.properties.get(clark('C:calendar-data'));
    if (event) assert.equal(textOf(event.element), put.toString().trim());
    // Cards come as 3.0 where no version is asked for.
    const card = response.properties.get(clark('CR:address-data'));
    if (card) assert.equal(textOf(card.element), Buffer.from(toVersion(put, '3.0')).toString().trim());
  }
}

function assertFound(
  href: string,
  theirs: ReadonlySet<string> | number,
  ours: ReadonlySet<string> | number | undefined,
): void {
  assert.ok(ours !== undefined, `${href} is missing`);
  if (!(theirs instanceof Set) || !(ours instanceof Set)) {
    assert.equal(ours, theirs, href);
    return;
  }
  const missing = [...theirs].filter(
    (name) => !ours.has(name) && !(href.endsWith('/') && ofObjectsOnly.has(name)),
  );
  assert.deepEqual(missing, [], href);
}
