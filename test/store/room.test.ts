import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Disk, OpenFile } from '../../src/store/flat/disk.ts';
import { nodeDisk } from '../../src/store/flat/node-disk.ts';
import { type FlatStore, openFlatStore } from '../../src/store/flat/open.ts';
import { openPieces } from '../../src/store/flat/pieces.ts';
import type { Collection } from '../../src/store/types.ts';
import { factsOf, made, membersOf, put } from './contract.ts';
import { textFacts } from './crash-model.ts';
import { newStore } from './crash-session.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { copyData, tempStore } from './temp.ts';

/** Octets of zeros at the end of each segment, oldest first. */
async function roomsIn(folder: string): Promise<number[]> {
  const journal = path.join(folder, 'journal');
  const names = (await readdir(journal)).filter((name) => name.endsWith('.journal')).sort();
  const segments = await Promise.all(names.map((name) => readFile(path.join(journal, name))));
  return segments.map((octets) => octets.length - 1 - octets.findLastIndex((octet) => octet !== 0));
}

/** Opens files of a disk that can't make segments shorter. */
async function openWithoutCut(...of: Parameters<Disk['open']>): Promise<OpenFile | undefined> {
  const file = await nodeDisk.open(...of);
  if (!file || !of[0].endsWith('.journal')) return file;
  const truncate = async (size: number) => {
    if (size > 0) throw Object.assign(new Error('EIO: made to fail'), { code: 'EIO' });
  };
  return {
    truncate,
    read: (...range) => file.read(...range),
    write: (...what) => file.write(...what),
    sync: () => file.sync(),
    size: () => file.size(),
    close: () => file.close(),
  };
}

async function aDayLater(t: TestContext, work: () => Promise<void>): Promise<void> {
  const later = Date.now() + 25 * 60 * 60 * 1000;
  const clock = t.mock.method(Date, 'now', () => later);
  await work();
  clock.mock.restore();
}

async function fill(store: FlatStore, calendar: Collection, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) await store.commit([put(calendar, `${i}.ics`, `uid-${i}`)]);
}

describe('room in the journal', () => {
  it('is ahead of the last record while the store is open, and gone once it is closed', async () => {
    const { folder, end } = await tempStore();
    const store = await openFlatStore({ folder, factsOf });
    const calendar = await made(store, 'ann');
    const [before = 0] = await roomsIn(folder);
    await fill(store, calendar, 0, 10);
    const [after = 0] = await roomsIn(folder);
    assert.ok(after > 0 && after < before, `${after} of ${before} octets of room are left`);
    await store.close();
    assert.deepEqual(await roomsIn(folder), [0]);
    await end();
  });

  it('is made again as it is used up', async () => {
    const { folder, end } = await tempStore();
    const store = await openFlatStore({ folder, factsOf });
    const calendar = await made(store, 'ann');
    const large = 'x'.repeat(200_000);
    for (const name of ['a', 'b', 'c']) {
      await store.commit([put(calendar, `${name}.ics`, name, large)]);
      assert.ok(((await roomsIn(folder))[0] ?? 0) > 0, name);
    }
    await store.close();
    await end();
  });

  it('is in the last segment only', async (t) => {
    const { folder, end } = await tempStore();
    const store = await openFlatStore({ folder, factsOf });
    const calendar = await made(store, 'ann');
    await fill(store, calendar, 0, 10);
    await aDayLater(t, () => fill(store, calendar, 10, 20));
    const [left, last = 0] = await roomsIn(folder);
    assert.equal(left, 0);
    assert.ok(last > 0);
    await store.close();
    await end();
  });

  it('is given up after a crash, and nobody takes it for a write that was cut off', async () => {
    const { folder, end } = await tempStore();
    const store = await openFlatStore({ folder, factsOf });
    const calendar = await made(store, 'ann');
    await fill(store, calendar, 0, 10);
    const copy = await mkdtemp(path.join(tmpdir(), 'davd-room-'));
    await copyData(folder, copy);
    await store.close();

    const said: string[] = [];
    const log = {
      info: (text: string) => void said.push(text),
      warn: (text: string) => void said.push(text),
    };
    const again = await openFlatStore({ folder: copy, factsOf, log });
    assert.deepEqual(
      said.filter((text) => text.includes('never acknowledged')),
      [],
    );
    assert.deepEqual(await roomsIn(copy), [0]);
    await fill(again, calendar, 10, 12);
    assert.equal((await membersOf(again, calendar)).length, 12);
    await again.close();
    await rm(copy, { recursive: true });
    await end();
  });

  it('is not what became of a record that was durable: opening is refused, and nothing is changed', async () => {
    const { folder, end } = await tempStore();
    const store = await openFlatStore({ folder, factsOf, segmentSize: 5000 });
    const calendar = await made(store, 'ann');
    await fill(store, calendar, 0, 60);
    await store.close();
    await rm(path.join(folder, 'state'), { recursive: true });
    const [first = ''] = (await readdir(path.join(folder, 'journal'))).filter((name) =>
      /\.journal$/.test(name),
    );
    const segment = path.join(folder, 'journal', first);
    const octets = await readFile(segment);
    octets.fill(0, octets.lastIndexOf('\ndavd1 ') + 1);
    await writeFile(segment, octets);
    await assert.rejects(
      openFlatStore({ folder, factsOf }),
      /octet \d+ on is damaged, though it was written safely/,
    );
    assert.deepEqual(await readFile(segment), octets);
    await end();
  });

  it('stays without harm where it could not be cut off', async (t) => {
    const { folder, end } = await tempStore();
    const store = await openFlatStore({ folder, factsOf, disk: { ...nodeDisk, open: openWithoutCut } });
    const calendar = await made(store, 'ann');
    await fill(store, calendar, 0, 10);
    await aDayLater(t, () => fill(store, calendar, 10, 20));
    const [left = 0, last = 0] = await roomsIn(folder);
    assert.ok(left > 0 && last > 0);
    for await (const step of store.check(false)) assert.ok(!('finding' in step), JSON.stringify(step));
    const held = await store.hold();
    const pieces = await openPieces(folder, held.moment);
    assert.equal(pieces.objects, 20);
    await pieces.close();
    held.release();
    await store.close();
    await rm(path.join(folder, 'state'), { recursive: true });
    const again = await openFlatStore({ folder, factsOf });
    assert.equal((await membersOf(again, calendar)).length, 20);
    await again.close();
    assert.deepEqual(await roomsIn(folder), [0, 0]);
    await end();
  });

  it('is not made where the disk has room for the commit alone', async () => {
    const disk = new SimulatedDisk(await newStore());
    const said: string[] = [];
    const log = {
      info: (text: string) => void said.push(text),
      warn: (text: string) => void said.push(text),
    };
    const store = await openFlatStore({ folder: '/data', disk, factsOf: textFacts, log });
    const calendar = await made(store, 'ann');
    disk.capacity = disk.state.used + 150_000;
    // More than the room that is there.
    await store.commit([put(calendar, 'a.ics', 'a', 'x'.repeat(300_000))]);
    disk.capacity = Infinity;
    assert.equal((await membersOf(store, calendar)).length, 1);
    assert.deepEqual(
      said.filter((text) => text.includes('full')),
      [],
    );
    await store.close();
  });
});
