import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { event } from '../objects.ts';
import { openTestServer, type TestServer } from '../server.ts';

const calendar = '/dav/calendars/alice/default/';
const lockinfo = (scope: string) =>
  `<lockinfo xmlns="DAV:"><lockscope><${scope}/></lockscope><locktype><write/></locktype></lockinfo>`;

let server: TestServer;
before(async () => {
  server = await openTestServer();
});
after(() => server.close());

const lock = (path: string, headers = {}, scope = 'exclusive') =>
  server.alice('LOCK', path, lockinfo(scope), headers);

test('of many that want an exclusive lock at once, one gets it', async () => {
  const path = `${calendar}raced.ics`;
  const replies = await Promise.all(Array.from({ length: 20 }, () => lock(path)));
  const statuses = replies.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [201, ...Array<number>(19).fill(423)]);
});

test('a lock and a write that come at once: the write is before the lock, or refused', async () => {
  for (let round = 0; round < 20; round++) {
    const path = `${calendar}both-${round}.ics`;
    const [locked, written] = await Promise.all([
      lock(path),
      server.alice('PUT', path, event(`both-${round}`)),
    ]);
    if (written.status === 201) assert.equal(locked.status, 200);
    else assert.deepEqual([written.status, locked.status], [423, 201]);
  }
});

test('locks are there after a restart', async () => {
  const path = `${calendar}kept.ics`;
  assert.equal((await server.alice('PUT', path, event('kept'))).status, 201);
  const token = (await lock(path)).headers['lock-token'] ?? '';
  await server.reopen();
  assert.equal((await server.alice('DELETE', path)).status, 423);
  assert.equal((await server.alice('DELETE', path, '', { if: `(${token})` })).status, 204);
});

test('a lock ends by itself', async () => {
  const path = `${calendar}short.ics`;
  assert.equal((await server.alice('PUT', path, event('short'))).status, 201);
  assert.equal((await lock(path, { timeout: 'Second-1' })).status, 200);
  assert.equal((await server.alice('DELETE', path)).status, 423);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assert.equal((await server.alice('DELETE', path)).status, 204);
});

const timeouts: [asked: string | undefined, given: number][] = [
  [undefined, 600],
  ['Second-90', 90],
  ['Second-0', 1],
  ['Infinite', 3600],
  ['second-99999999999', 3600],
  ['Whatever, Second-5', 5],
  ['Infinite, Second-5', 3600],
  ['Second-', 600],
];
for (const [asked, given] of timeouts) {
  test(`Timeout: ${asked ?? 'none'} gives ${given} s`, async () => {
    const path = `${calendar}timed-${given}-${asked?.length ?? 0}.ics`;
    const reply = await lock(path, asked === undefined ? {} : { timeout: asked }, 'shared');
    assert.match(reply.text(), new RegExp(`<D:timeout>Second-${given}</D:timeout>`));
    const token = reply.headers['lock-token'] ?? '';
    const refreshed = await server.alice('LOCK', path, '', { if: `(${token})` });
    assert.match(refreshed.text(), new RegExp(`Second-${given}</D:timeout>`));
  });
}

test('the owner of a lock is given back as it came, within bounds', async () => {
  const path = `${calendar}owned.ics`;
  const owned = (owner: string) =>
    server.alice(
      'LOCK',
      path,
      `<lockinfo xmlns="DAV:"><lockscope><shared/></lockscope><locktype><write/></locktype><owner>${owner}</owner></lockinfo>`,
    );
  const reply = await owned('<z:who xmlns:z="urn:z" a="&lt;b&gt;">M\u00fcller &amp; S\u00f6hne</z:who>');
  assert.match(reply.text(), /a="&#60;b&#62;">M\u00fcller &amp; S\u00f6hne</);
  assert.equal((await owned('x'.repeat(5000))).status, 400);
});

test('a calendar has at most a thousand locks', async () => {
  const paths = Array.from({ length: 1000 }, (_, i) => `/dav/calendars/alice/tasks/${i}.ics`);
  const replies = await Promise.all(paths.map((path) => lock(path)));
  assert.ok(replies.every(({ status }) => status === 201));
  assert.equal((await lock('/dav/calendars/alice/tasks/one-more.ics')).status, 507);
});
