/** vdirsyncer keeps two computers in step through a real server. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { davd, madeFolder, serving, stop } from '../cli/davd.ts';
import { contacts, edited, events, type Item } from './items.ts';
import { contentsOf, hasVdirsyncer, Replica, type Sort } from './replica.ts';

const count = 200;
const password = 'secret-alice-1';
const sorts = ['calendars', 'contacts'] as const;

const missing = !hasVdirsyncer();
if (missing && process.env['CI'] === 'true') {
  throw new Error('vdirsyncer is not installed: apt-get install vdirsyncer, as .ci/run does');
}
const skip = missing && 'vdirsyncer is not installed: apt-get install vdirsyncer';

test(`vdirsyncer keeps ${count} events and ${count} contacts of two computers in step`, {
  skip,
}, async (t) => {
  const data = await madeFolder(t);
  await davd(['user', 'add', 'alice', '--data', data, '--password-stdin'], { input: `${password}\n` });
  const server = await serving(t, data);
  const items: Record<Sort, readonly Item[]> = {
    calendars: events(count),
    contacts: contacts(count),
  };
  const first = replica(t, server.url);
  const second = replica(t, server.url);

  await t.test('it discovers both services from the bare address', async () => {
    const said = await first.discover();
    for (const name of ['"default"', '"tasks"']) assert.ok(said.includes(name), said);
  });

  await t.test('it uploads everything', async () => {
    for (const sort of sorts) for (const item of items[sort]) first.write(sort, item);
    const said = await first.sync();
    assert.equal(said.match(/Copying \(uploading\)/g)?.length, 2 * count, said);
  });

  await t.test('the second computer gets the same bytes', async () => {
    await second.discover();
    await second.sync();
    for (const sort of sorts) assert.deepEqual(second.read(sort), expected(items[sort]));
  });

  await t.test('edits and deletions of both sides arrive at the other', async () => {
    for (const sort of sorts) {
      const [edits = [], moreEdits = [], removed = [], moreRemoved = []] = [0, 1, 2, 3].map((part) =>
        items[sort].slice(part * 15, part * 15 + 10),
      );
      for (const item of edits) first.write(sort, edited(item));
      for (const item of moreEdits) second.write(sort, edited(item));
      for (const { uid } of removed) first.remove(sort, uid);
      for (const { uid } of moreRemoved) second.remove(sort, uid);
      const gone = new Set([...removed, ...moreRemoved].map(({ uid }) => uid));
      const changed = new Set([...edits, ...moreEdits].map(({ uid }) => uid));
      const left = items[sort].filter(({ uid }) => !gone.has(uid));
      items[sort] = left.map((item) => (changed.has(item.uid) ? edited(item) : item));
    }
    await first.sync();
    await second.sync();
    await first.sync();
    for (const sort of sorts) {
      assert.deepEqual(first.read(sort), expected(items[sort]));
      assert.deepEqual(second.read(sort), expected(items[sort]));
    }
  });

  await t.test('another run has nothing to do', async () => {
    for (const side of [first, second]) {
      const said = await side.sync();
      assert.doesNotMatch(said, /Copying|Deleting|conflict|warning|error/i);
      assert.match(said, /Syncing calendars\/default/);
    }
  });

  await t.test('a restart of the server changes nothing', async () => {
    await stop(server);
    const again = await serving(t, data);
    const third = replica(t, again.url);
    await third.discover();
    await third.sync();
    for (const sort of sorts) assert.deepEqual(third.read(sort), expected(items[sort]));
    await stop(again);
  });

  await t.test('every item stands in a file of its own on the server, byte for byte', () => {
    const files = join(data, 'files', 'alice');
    assert.deepEqual(contentsOf(join(files, 'calendars', 'default')), expected(items.calendars));
    assert.deepEqual(contentsOf(join(files, 'addressbooks', 'default')), expected(items.contacts));
  });
});

function replica(t: TestContext, url: string): Replica {
  const folder = mkdtempSync(join(tmpdir(), 'davd-replica-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return new Replica(folder, url, 'alice', password);
}

function expected(items: readonly Item[]): ReadonlyMap<string, string> {
  return new Map(items.map(({ uid, text }) => [uid, text]));
}
