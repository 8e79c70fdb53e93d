import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { nodeDisk } from '../../src/store/flat/node-disk.ts';
import { type FlatStore, openFlatStore } from '../../src/store/flat/open.ts';
import { type PastEntry, pastEntries, readPastIndex, sourceOf } from '../../src/store/flat/past.ts';
import type { Change, Collection } from '../../src/store/types.ts';
import { bytesOf, factsOf, known, made, put } from './contract.ts';
import { tempStore } from './temp.ts';

type Limits = { readonly days: number; readonly maxBytes: number; readonly segmentSize?: number };

const HOME = { user: 'ann', kind: 'calendar' } as const;

describe('what leaves the journal', () => {
  let folder: string;
  let end: () => Promise<void>;
  let store: FlatStore;
  let calendar: Collection;
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (text: string) => warnings.push(text) };

  const reopen = async ({ segmentSize = 20_000, ...history }: Limits) => {
    await store?.close();
    store = await openFlatStore({ folder, factsOf, log, history, segmentSize });
  };
  beforeEach(async () => {
    ({ folder, end } = await tempStore());
    warnings.length = 0;
    await reopen({ days: 30, maxBytes: 300_000 });
    calendar = await made(store, 'ann');
  });
  afterEach(async () => {
    await store.close();
    await end();
  });

  const journal = () => path.join(folder, 'journal');
  const octets = async () => {
    const names = (await readdir(journal())).filter((name) => /\.(journal|past)$/.test(name));
    const sizes = await Promise.all(names.map(async (name) => (await stat(path.join(journal(), name))).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  const remembered = async () => {
    const entries: PastEntry[] = [];
    for (const source of (await readdir(journal())).flatMap((name) => sourceOf(name) ?? [])) {
      const index = known(await readPastIndex(nodeDisk, journal(), source));
      for await (const entry of pastEntries(nodeDisk, journal(), index)) entries.push(entry);
    }
    return entries;
  };
  const versionsOf = async (name: string) =>
    (await remembered()).flatMap((entry) =>
      'bytes' in entry && entry.name === name ? [Buffer.from(entry.bytes).toString()] : [],
    );
  const noise = (length: number) =>
    Array.from({ length }, () => String.fromCharCode(33 + Math.random() * 90)).join('');

  it('an object that is rewritten all the time costs others nothing', async () => {
    await reopen({ days: 30, maxBytes: 2_000_000, segmentSize: 100_000 });
    const others = Array.from({ length: 40 }, (_, i) => `${i}.ics`);
    for (const text of ['first', 'second']) {
      for (const name of others) await store.commit([put(calendar, name, name, `${text} ${noise(200)}`)]);
    }
    for (let round = 0; round < 20; round++) {
      const texts = Array.from({ length: 30 }, (_, i) => `${round * 30 + i} ${noise(10_000)}`);
      await Promise.all(texts.map((text) => store.commit([put(calendar, 'busy.ics', 'busy', text)])));
      await store.compact();
      assert.ok((await octets()) <= 2_000_000, `${await octets()} after ${round}`);
    }
    for (const name of others) assert.match((await versionsOf(name)).join(), /first/);
    // The same as the history tells it.
    const told = new Set<string>();
    for await (const page of store.history()) {
      for (const change of page.flatMap(({ changes }) => changes)) {
        if (change.of !== 'member' || !others.includes(change.name) || !change.before) continue;
        for await (const [bytes] of store.versions([change.before])) {
          if (bytes && change.before.kept)
            told.add(`${change.name} ${Buffer.from(bytes).toString().includes('first')}`);
        }
      }
    }
    assert.deepEqual(told, new Set(others.map((name) => `${name} true`)));
    const busy = await versionsOf('busy.ics');
    assert.ok(busy.length > 5 && busy.length < 200, `${busy.length}`);
    assert.deepEqual(
      warnings.map((text) => text.replace(/^.*: /, '')),
      ['of objects that change all the time some versions are forgotten'],
    );
  });

  it('when nothing else helps, the oldest goes whole', async () => {
    for (let round = 0; round < 8; round++) {
      const uids = Array.from({ length: 200 }, (_, i) => `${round * 200 + i}`);
      await Promise.all(uids.map((uid) => store.commit([put(calendar, `${uid}.ics`, uid, noise(90))])));
      const names = uids.map((uid) => `${uid}.ics`);
      await store.commit(names.map((name): Change => ({ do: 'delete', collection: calendar.id, name })));
      await store.compact();
    }
    assert.ok((await octets()) <= 300_000);
    assert.equal((await versionsOf('3.ics')).length, 0);
    assert.match(warnings.join(), /the oldest changes can't be undone any more/);
  });

  it('a version of long ago that was replaced a short time ago is remembered', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const day = async () => {
      t.mock.timers.setTime(Date.now() + 24 * 60 * 60_000);
      await store.commit([put(calendar, 'c.ics', 'c', noise(600))]);
    };
    await store.commit([put(calendar, 'a.ics', 'a', 'old a'), put(calendar, 'b.ics', 'b', 'old b')]);
    for (let i = 0; i < 29; i++) await day();
    await store.commit([put(calendar, 'a.ics', 'a', 'new a')]);
    for (let i = 0; i < 4; i++) await day();
    await reopen({ days: 30, maxBytes: 300_000 });
    await store.compact();
    assert.match((await versionsOf('a.ics')).join(), /^[^,]*old a$/);
    assert.deepEqual(await versionsOf('b.ics'), []);
    t.mock.timers.setTime(Date.now() + 400 * 24 * 60 * 60_000);
    await store.compact();
    assert.match(
      (await versionsOf('a.ics')).join(),
      /^[^,]*old a$/,
      'a clock that jumps makes nobody forget',
    );
    t.mock.timers.setTime(Date.now() - 400 * 24 * 60 * 60_000);
    for (let i = 0; i < 32; i++) await day();
    await reopen({ days: 30, maxBytes: 300_000 });
    await store.compact();
    assert.deepEqual(await versionsOf('a.ics'), []);
  });

  it('bases that left are remembered, and not for ever', async () => {
    const fill = async (text: string) => {
      for (let i = 0; i < 60; i++) await store.commit([put(calendar, `${i}.ics`, `${i}`, text + noise(600))]);
    };
    await reopen({ days: 30, maxBytes: 60_000 });
    await fill('one');
    await store.compact();
    await reopen({ days: 30, maxBytes: 10_000_000 });
    await fill('two');
    await store.compact();
    await reopen({ days: -1, maxBytes: 10_000_000 });
    await store.compact();
    await store.compact();
    assert.deepEqual(await remembered(), []);
  });

  const everywhere = async (text: string): Promise<string[]> => {
    const found: string[] = [];
    for (const { parentPath, name } of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const file = path.join(parentPath, name);
      const bytes = await readFile(file).catch(() => undefined);
      if (bytes?.includes(text)) found.push(path.relative(folder, file));
    }
    for (const entry of await remembered()) {
      if (
        JSON.stringify(entry).includes(text) ||
        ('bytes' in entry && Buffer.from(entry.bytes).includes(text))
      )
        found.push('past');
    }
    return found;
  };

  it('a purge leaves nothing but what there is', async () => {
    await store.commit([
      put(calendar, 'a.ics', 'a', 'secret-one'),
      put(calendar, 'b.ics', 'b', 'secret-two'),
    ]);
    await store.commit([put(calendar, 'a.ics', 'a', 'plain')]);
    await store.commit([{ do: 'delete', collection: calendar.id, name: 'b.ics' }]);
    await store.settled();
    assert.notDeepEqual(await everywhere('secret'), []);
    await store.purge({ of: 'all' });
    assert.deepEqual(await everywhere('secret'), []);
    await reopen({ days: 30, maxBytes: 300_000 });
    const [bytes] = await bytesOf(store, calendar, 'a.ics');
    assert.match(String(bytes), /plain/);
  });

  it('a purge of one member, collection or user leaves the past of others', async () => {
    const bob = await made(store, 'bob');
    for (const [text, own] of [
      ['x', calendar],
      ['y', bob],
    ] as const) {
      await store.commit([
        put(own, 'a.ics', 'a', `secret-a-${text}`),
        put(own, 'b.ics', 'b', `secret-b-${text}`),
      ]);
      await store.commit([put(own, 'a.ics', 'a', 'plain'), put(own, 'b.ics', 'b', 'plain')]);
    }
    await store.settled();
    await store.purge({ of: 'member', collection: calendar.id, name: 'a.ics' });
    assert.deepEqual(await everywhere('secret-a-x'), []);
    assert.notDeepEqual(await everywhere('secret-b-x'), []);
    await store.purge({ of: 'collection', collection: calendar.id });
    assert.deepEqual(await everywhere('secret-b-x'), []);
    assert.notDeepEqual(await everywhere('secret-a-y'), []);
    await store.commit([{ do: 'remove-user', user: 'bob' }]);
    await store.purge({ of: 'user', user: 'bob' });
    assert.deepEqual(await everywhere('secret'), []);
    assert.deepEqual(await everywhere('bob'), []);
    assert.equal((await store.collections(HOME)).length, 1);
    assert.deepEqual(await store.removedUsers(), []);
  });

  it('a collection that comes back while its purge is on the way stays', async () => {
    await store.commit([put(calendar, 'a.ics', 'a', 'kept')]);
    await store.commit([{ do: 'remove-collection', ...HOME, name: 'default' }]);
    await store.settled();
    const back = store.commit([{ do: 'restore-collection', collection: calendar.id }]);
    await store.purge({ of: 'collection', collection: calendar.id });
    await back;
    const [bytes] = await bytesOf(store, calendar, 'a.ics');
    assert.match(String(bytes), /kept/);
  });
});
