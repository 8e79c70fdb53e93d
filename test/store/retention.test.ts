import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Disk } from '../../src/store/flat/disk.ts';
import { nodeDisk } from '../../src/store/flat/node-disk.ts';
import { type FlatStore, openFlatStore } from '../../src/store/flat/open.ts';
import type { Change, Collection } from '../../src/store/types.ts';
import { bytesOf, factsOf, known, made, membersOf, put } from './contract.ts';
import { copyData, tempStore } from './temp.ts';

const HOME = { user: 'ann', kind: 'calendar' } as const;
/** Forgets as soon as it may. */
const SHORT = { history: { days: 30, maxBytes: 0 }, segmentSize: 20_000 };

describe('history', () => {
  let folder: string;
  let end: () => Promise<void>;
  let store: FlatStore;
  let calendar: Collection;

  beforeEach(async () => {
    ({ folder, end } = await tempStore());
    store = await openFlatStore({ folder, factsOf, ...SHORT });
    calendar = await made(store, 'ann');
  });
  afterEach(async () => {
    await store.close();
    await end();
  });

  const fill = async (from: number, to: number, text = 'x'.repeat(500)) => {
    for (let i = from; i < to; i++) await store.commit([put(calendar, `${i}.ics`, `${i}`, text + i)]);
  };
  const journal = async () =>
    (await readdir(path.join(folder, 'journal'))).filter((name) => name !== 'reserve').sort();
  /** Everything as the store gives it, read without the files. */
  const contents = async (from: FlatStore) => {
    const names = (await membersOf(from, calendar)).map(({ name }) => name).sort();
    const bytes = await bytesOf(from, calendar, ...names);
    return new Map(names.map((name, i) => [name, bytes[i]]));
  };

  it('what is live of segments that leave is kept, and read from the base', async () => {
    await fill(0, 100);
    await fill(10, 60, 'new '.repeat(100));
    await store.commit(
      Array.from(
        { length: 5 },
        (_, i): Change => ({ do: 'delete', collection: calendar.id, name: `${i}.ics` }),
      ),
    );
    await store.commit([
      {
        do: 'move',
        collection: calendar.id,
        name: '99.ics',
        to: { collection: calendar.id, name: 'moved.ics' },
      },
    ]);
    const before = await contents(store);
    const { token } = known(await store.collection(HOME, 'default'));
    await store.compact();
    await store.compact();
    assert.deepEqual(
      [...new Set((await journal()).map((name) => name.replace(/^\d+\.(j|b)/, 'n.$1')))],
      ['n.base', 'n.journal', 'catalog'],
    );
    assert.deepEqual(await contents(store), before);
    assert.equal(known(await store.collection(HOME, 'default')).token, token);

    await store.close();
    await rm(path.join(folder, 'files/ann/calendars/default'), { recursive: true });
    store = await openFlatStore({ folder, factsOf, ...SHORT });
    assert.deepEqual(await contents(store), before);
    assert.equal(await store.decideDeletions(calendar.id, 'put-back'), before.size);
    assert.equal((await readdir(path.join(folder, 'files/ann/calendars/default'))).length, before.size + 1);
  });

  it('what clients ask for again is not unpacked again', async () => {
    // Of each object a frame, and more of them than are kept.
    for (let i = 0; i < 20; i++)
      await store.commit([put(calendar, `${i}.ics`, `${i}`, randomBytes(150_000).toString('hex'))]);
    await fill(100, 200);
    await store.compact();
    await store.close();

    let opened = 0;
    const disk: Disk = {
      ...nodeDisk,
      open(file, how) {
        if (file.endsWith('.base')) opened++;
        return nodeDisk.open(file, how);
      },
    };
    store = await openFlatStore({ folder, factsOf, ...SHORT, disk });
    await store.settled();
    opened = 0;
    const before = await contents(store);
    assert.ok(opened > 0);
    opened = 0;
    assert.deepEqual(await contents(store), before);
    assert.equal(opened, 0);
  });

  it('bases that are mostly dead are packed anew', async () => {
    for (let round = 0; round < 4; round++) {
      await fill(0, 60, `round ${round} `.repeat(50));
      await store.compact();
    }
    await fill(100, 160);
    await store.compact();
    await store.compact();
    const before = await contents(store);
    const bases = (await journal()).filter((name) => name.endsWith('.base'));
    assert.ok(bases.length <= 2, bases.join());
    assert.equal(before.size, 120);
    assert.match(known(before.get('0.ics')), /round 3/);
  });

  it('bases and the segments after them make the whole store when state/ is lost', async () => {
    await fill(0, 80);
    await store.commit([{ do: 'delete', collection: calendar.id, name: '1.ics' }]);
    await store.compact();
    await fill(70, 90, 'after '.repeat(80));
    await store.commit([{ do: 'delete', collection: calendar.id, name: '2.ics' }]);
    await fill(200, 240);
    await store.compact();
    await store.commit([
      { do: 'delete', collection: calendar.id, name: '3.ics' },
      put(calendar, '4.ics', '4', 'last'),
    ]);
    await store.settled();
    const before = await contents(store);
    const copy = await mkdtemp(path.join(tmpdir(), 'davd-base-'));
    await copyData(folder, copy);
    for (const part of ['state', 'cache', 'files/ann']) await rm(path.join(copy, part), { recursive: true });
    const again = await openFlatStore({ folder: copy, factsOf });
    assert.deepEqual(await contents(again), before);
    assert.equal((await again.collection(HOME, 'default'))?.id, calendar.id);
    assert.deepEqual(await again.users(), await store.users());
    await again.settled();
    assert.deepEqual(await contents(again), before);
    await again.close();
    await rm(copy, { recursive: true });
  });

  it('reading goes on while segments leave', async () => {
    await fill(0, 200);
    const reading = (async () => {
      for (let i = 0; i < 20; i++) assert.equal((await contents(store)).size, 200);
    })();
    await store.compact();
    await store.compact();
    await reading;
  });

  it('nothing leaves while a moment is held', async () => {
    await fill(0, 100);
    const held = await store.hold();
    const also = await store.hold();
    const before = await journal();
    const compacting = store.compact();
    await fill(100, 120);
    held.release();
    held.release();
    await store.checkpoint();
    const during = await journal();
    assert.deepEqual(
      before.filter((name) => !during.includes(name)),
      [],
    );
    also.release();
    await compacting;
    await store.compact();
    assert.ok(!(await journal()).includes(before[0] ?? ''));
  });

  it('closing waits for nobody who holds a moment', async () => {
    await fill(0, 100);
    await store.hold();
    const compacting = assert.rejects(store.compact(), /closing/);
    await store.close();
    await compacting;
    store = await openFlatStore({ folder, factsOf, ...SHORT });
  });

  it('a removed collection leaves the trash when its time is over', async () => {
    await fill(0, 3);
    await store.commit([{ do: 'remove-collection', ...HOME, name: 'default' }]);
    await store.settled();
    await store.compact();
    assert.deepEqual(await readdir(path.join(folder, 'files/.trash')), [calendar.id]);
    await store.close();
    store = await openFlatStore({ folder, factsOf, history: { days: -1 } });
    await store.compact();
    await store.settled();
    assert.deepEqual(await readdir(path.join(folder, 'files/.trash')), []);
    await store.close();
    store = await openFlatStore({ folder, factsOf });
    await store.settled();
    assert.deepEqual(await store.collections(HOME), []);
  });

  it('segments turn while eight write at once, and all of them are read again', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, writer) => fill(writer * 40, writer * 40 + 40)));
    const last = (await journal()).findLast((name) => name.endsWith('.journal'));
    assert.ok(Number.parseInt(known(last), 10) > 5);
    await store.close();
    await rm(path.join(folder, 'state'), { recursive: true });
    store = await openFlatStore({ folder, factsOf, ...SHORT });
    assert.equal((await contents(store)).size, 320);
  });
});
