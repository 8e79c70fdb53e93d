import assert from 'node:assert/strict';
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type FlatStore, openFlatStore } from '../../src/store/flat/open.ts';
import type { PastVersion } from '../../src/store/history.ts';
import type { Change, Collection } from '../../src/store/types.ts';
import { bytesOf, factsOf, known, made, put } from './contract.ts';
import { pastOf } from './contract-history.ts';
import { tempStore } from './temp.ts';

describe('the past of a flat store', () => {
  let folder: string;
  let end: () => Promise<void>;
  let store: FlatStore;
  let calendar: Collection;

  const open = async (options = {}) => {
    store = await openFlatStore({ folder, factsOf, ...options });
  };
  beforeEach(async () => {
    ({ folder, end } = await tempStore());
    await open({ segmentSize: 300_000 });
    calendar = await made(store, 'ann');
  });
  afterEach(async () => {
    await store.close();
    await end();
  });

  const remove = (name: string): Change => ({ do: 'delete', collection: calendar.id, name });
  const recall = (name: string, version: PastVersion): Change => ({
    do: 'recall',
    collection: calendar.id,
    name,
    version,
  });
  const deleted = async (): Promise<Map<string, PastVersion>> => {
    const changes = (await pastOf(store, { of: [calendar.id] })).flatMap((commit) => commit.changes);
    return new Map(
      changes.flatMap((change) =>
        change.of === 'member' && change.before && !change.after ? [[change.name, change.before]] : [],
      ),
    );
  };

  it('every commit is found, whatever its size and wherever a read of the disk ends', async () => {
    const sizes = [10, 200_000, 1_048_576, 3_000_000, 40, 500_000, 0];
    const names: string[] = [];
    for (let i = 0; i < 28; i++) {
      const name = `${i}.ics`;
      await store.commit([put(calendar, name, `${i}`, 'x'.repeat(known(sizes[i % sizes.length]) + i))]);
      names.unshift(name);
    }
    const many = Array.from({ length: 5000 }, (_, i) => put(calendar, `many-${i}.ics`));
    await store.commit(many);
    for (let i = 0; i < 250; i++) await store.commit([put(calendar, `small-${i}.ics`)]);
    const commits = await pastOf(store, { of: [calendar.id] });
    const told = commits.map(({ changes }) => changes.flatMap((one) => ('name' in one ? one.name : [])));
    assert.deepEqual(told.slice(250, 251).flat().length, 5000);
    assert.deepEqual(
      told.slice(0, 250).flat(),
      Array.from({ length: 250 }, (_, i) => `small-${249 - i}.ics`),
    );
    assert.deepEqual(told.slice(251, -1).flat(), names);
    for (const commit of commits.slice(240, 255)) assert.deepEqual(await store.pastCommit(commit.id), commit);
  });

  it('a recall says where the bytes stand, and takes no room on the disk', async () => {
    const text = 'x'.repeat(100_000);
    await store.commit([put(calendar, 'a.ics', 'a', text)]);
    await store.commit([remove('a.ics')]);
    const sizes = async () => (await stat(path.join(folder, 'journal/00000001.journal'))).size;
    const before = await sizes();
    await store.commit([recall('a.ics', known((await deleted()).get('a.ics')))]);
    assert.ok((await sizes()) < before + 2000);
    await store.close();
    await rm(path.join(folder, 'files/ann/calendars/default/a.ics'), { force: true });
    await open();
    assert.deepEqual(await bytesOf(store, calendar, 'a.ics'), [`a|VEVENT||\n${text}`]);
  });

  it('what was packed into a base long ago comes back after it was removed, and stays', async () => {
    for (let i = 0; i < 50; i++)
      await store.commit([put(calendar, `${i}.ics`, `${i}`, 'x'.repeat(9000) + i)]);
    await store.close();
    await open({ segmentSize: 300_000, history: { days: 30, maxBytes: 0 } });
    assert.equal(await store.rememberedSince(), -Infinity);
    await store.compact();
    await store.compact();
    assert.ok((await store.rememberedSince()) > 0);
    await store.close();
    await open({ segmentSize: 300_000 });
    await store.commit([remove('7.ics'), put(calendar, '8.ics', '8', 'edited')]);
    const commits = await pastOf(store, { of: [calendar.id] });
    const edited = known(commits[0]?.changes[1]);
    assert.ok(edited.of === 'member' && edited.before?.kept);
    await store.commit([
      recall('7.ics', known((await deleted()).get('7.ics'))),
      recall('8.ics', known(edited.before)),
    ]);
    const texts = ['7', '8'].map((uid) => `${uid}|VEVENT||\n${'x'.repeat(9000)}${uid}`);
    assert.deepEqual(await bytesOf(store, calendar, '7.ics', '8.ics'), texts);
    await store.compact();
    await store.compact();
    await store.close();
    await rm(path.join(folder, 'state'), { recursive: true });
    await open();
    assert.deepEqual(await bytesOf(store, calendar, '7.ics', '8.ics'), texts);
  });

  it('a commit that is not durable yet is not told', async () => {
    const writing = Promise.all(
      Array.from({ length: 200 }, (_, i) => store.commit([put(calendar, `${i}.ics`)])),
    );
    const commits = await pastOf(store, { of: [calendar.id] });
    for (const { changes } of commits) {
      for (const one of changes) {
        if (one.of === 'member') assert.ok(await store.member(calendar, one.name));
      }
    }
    await writing;
  });

  it('a query that leaves early closes what it read from', async () => {
    for (let i = 0; i < 20; i++) await store.commit([put(calendar, `${i}.ics`)]);
    for await (const [newest] of store.history()) {
      assert.equal(newest?.changes.length, 1);
      break;
    }
  });
});
