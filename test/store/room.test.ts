import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { type FlatStore, openFlatStore } from '../../src/store/flat/open.ts';
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

  it('is in the last segment only', async () => {
    const { folder, end } = await tempStore();
    const store = await openFlatStore({ folder, factsOf, segmentSize: 5000 });
    const calendar = await made(store, 'ann');
    await fill(store, calendar, 0, 60);
    const rooms = await roomsIn(folder);
    assert.ok(rooms.length > 3);
    assert.deepEqual(
      rooms.slice(0, -1).filter((room) => room > 0),
      [],
    );
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
