import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type FlatStore, openFlatStore } from '../../src/store/flat/open.ts';
import type { Collection } from '../../src/store/types.ts';
import { bytesOf, factsOf, made, membersOf, put, refusal } from './contract.ts';
import { pastOf } from './contract-history.ts';
import { type Faults, faultyDisk } from './faulty-disk.ts';
import { tempStore } from './temp.ts';

describe('a failing disk', () => {
  let folder: string;
  let end: () => Promise<void>;
  let store: FlatStore;
  let calendar: Collection;
  const faults: Faults = { fault: () => undefined };

  beforeEach(async () => {
    faults.fault = () => undefined;
    ({ folder, end } = await tempStore());
    await writeFile(path.join(folder, 'journal/reserve'), Buffer.alloc(8 * 1024 * 1024, 'r'));
    store = await openFlatStore({ folder, factsOf, disk: faultyDisk(faults) });
    calendar = await made(store, 'ann');
    await store.commit([put(calendar, 'a.ics'), put(calendar, 'b.ics')]);
  });
  afterEach(async () => {
    faults.fault = () => undefined;
    await store.close();
    await end();
  });
  const reopened = async () => {
    faults.fault = () => undefined;
    await store.close();
    store = await openFlatStore({ folder, factsOf, disk: faultyDisk(faults) });
    return (await membersOf(store, calendar)).map(({ name }) => name).sort();
  };

  it('that is full refuses what adds bytes, still deletes, and loses nothing', async () => {
    const reserve = path.join(folder, 'journal/reserve');
    // Full until the reserve is gone, and then too small for anything more.
    let released = false;
    faults.fault = (operation, file) => {
      if (operation === 'free') return { code: 'ENOSPC' };
      if (operation !== 'write' || !file.endsWith('.journal') || released) return undefined;
      return { code: 'ENOSPC', half: true };
    };
    const results = Promise.allSettled([
      store.commit([put(calendar, 'c.ics')]),
      store.commit([put(calendar, 'd.ics')]),
      store.commit([{ do: 'delete', collection: calendar.id, name: 'a.ics' }]),
    ]);
    const watch = setInterval(() => {
      stat(reserve).catch(() => {
        released = true;
      });
    }, 1);
    const [c, d, a] = await results;
    clearInterval(watch);
    for (const one of [c, d]) assert.equal(one.status === 'rejected' && one.reason.reason, 'full');
    assert.ok(!(await readdir(path.join(folder, 'journal'))).includes('reserve'));
    if (a.status === 'rejected')
      await store.commit([{ do: 'delete', collection: calendar.id, name: 'a.ics' }]);
    assert.equal((await refusal(store.commit([put(calendar, 'e.ics')]))).reason, 'full');
    const [last] = await pastOf(store, { of: [calendar.id], member: 'a.ics' });
    const [gone] = last?.changes ?? [];
    assert.ok(gone?.of === 'member' && gone.before);
    const place = { collection: calendar.id, name: 'a.ics' };
    await store.commit([{ do: 'recall', ...place, version: gone.before }]);
    assert.deepEqual(await bytesOf(store, calendar, 'a.ics'), ['a.ics|VEVENT||\n']);
    await store.commit([{ do: 'delete', ...place }]);
    assert.deepEqual(await bytesOf(store, calendar, 'a.ics', 'b.ics', 'c.ics'), [
      undefined,
      'b.ics|VEVENT||\n',
      undefined,
    ]);
    assert.deepEqual(await reopened(), ['b.ics']);
    await store.commit([put(calendar, 'e.ics')]);
    assert.deepEqual(await reopened(), ['b.ics', 'e.ics']);
  });

  it('that has room again is written again', async () => {
    let full = true;
    faults.fault = (operation, file) => {
      if (operation === 'free') return full ? { code: 'ENOSPC' } : undefined;
      return full && operation === 'write' && file.endsWith('.journal')
        ? { code: 'ENOSPC', half: true }
        : undefined;
    };
    assert.equal((await refusal(store.commit([put(calendar, 'c.ics')]))).reason, 'full');
    assert.equal(
      (await refusal(store.commit([{ do: 'delete', collection: calendar.id, name: 'a.ics' }]))).reason,
      'full',
    );
    full = false;
    for (let tries = 0; ; tries++) {
      const error = await store.commit([put(calendar, 'c.ics')]).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (!error) break;
      assert.ok(tries < 100, 'it stays full');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.deepEqual(await reopened(), ['a.ics', 'b.ics', 'c.ics']);
  });

  it('that cannot say what it holds makes the store read-only until it is opened again', async () => {
    faults.fault = (operation, file) =>
      operation === 'write' && file.endsWith('.journal') ? { code: 'EIO', half: true } : undefined;
    const results = await Promise.allSettled([
      store.commit([put(calendar, 'c.ics')]),
      store.commit([put(calendar, 'd.ics')]),
    ]);
    for (const one of results) assert.equal(one.status === 'rejected' && one.reason.reason, 'read-only');
    faults.fault = () => undefined;
    assert.equal((await refusal(store.commit([put(calendar, 'c.ics')]))).reason, 'read-only');
    assert.ok(store.readOnly);
    assert.deepEqual(await bytesOf(store, calendar, 'a.ics', 'c.ics'), ['a.ics|VEVENT||\n', undefined]);
    const names = await reopened();
    assert.ok(names.join().startsWith('a.ics,b.ics'));
    await store.commit([put(calendar, 'e.ics')]);
  });

  it('that cannot cut off half a write makes the store read-only', async () => {
    faults.fault = (operation, file) => {
      if (!file.endsWith('.journal')) return undefined;
      if (operation === 'write') return { code: 'ENOSPC', half: true };
      return operation === 'truncate' ? { code: 'EIO' } : undefined;
    };
    assert.equal((await refusal(store.commit([put(calendar, 'c.ics')]))).reason, 'read-only');
    assert.deepEqual(await reopened(), ['a.ics', 'b.ics']);
  });

  it('that takes no item files delays them only', async () => {
    await store.settled();
    faults.fault = (operation, file) =>
      operation === 'writeFile' && file.endsWith('.new') ? { code: 'ENOSPC' } : undefined;
    await store.commit([put(calendar, 'c.ics'), put(calendar, 'a.ics', 'a.ics', '2')]);
    await store.settled();
    assert.deepEqual(await bytesOf(store, calendar, 'a.ics', 'c.ics'), [
      'a.ics|VEVENT||\n2',
      'c.ics|VEVENT||\n',
    ]);
    assert.deepEqual(await reopened(), ['a.ics', 'b.ics', 'c.ics']);
    await store.settled();
    const files = await readdir(path.join(folder, 'files/ann/calendars/default'));
    assert.ok(files.includes('c.ics'));
    assert.deepEqual(await bytesOf(store, calendar, 'a.ics'), ['a.ics|VEVENT||\n2']);
  });

  it('that opens no new segment makes the old one grow', async () => {
    await store.close();
    const disk = faultyDisk(faults);
    store = await openFlatStore({ folder, factsOf, disk, segmentSize: 1000 });
    faults.fault = (operation, file) =>
      operation === 'open' && file.endsWith('.journal') ? { code: 'EMFILE' } : undefined;
    for (let i = 0; i < 20; i++) await store.commit([put(calendar, `${i}.ics`, `${i}`, 'x'.repeat(300))]);
    faults.fault = (operation, file) =>
      operation === 'write' && file !== '00000001.journal' && file.endsWith('.journal')
        ? { code: 'ENOSPC', half: true }
        : undefined;
    for (let i = 20; i < 30; i++) await store.commit([put(calendar, `${i}.ics`, `${i}`, 'x'.repeat(300))]);
    faults.fault = () => undefined;
    await store.commit([put(calendar, 'turned.ics')]);
    assert.equal((await reopened()).length, 33);
    assert.ok((await readdir(path.join(folder, 'journal'))).includes('00000002.journal'));
  });

  it('that is full at opening is opened, to read and to delete', async () => {
    await store.close();
    faults.fault = (operation) =>
      operation === 'writeFile' || operation === 'free' ? { code: 'ENOSPC' } : undefined;
    store = await openFlatStore({ folder, factsOf, disk: faultyDisk(faults) });
    await store.commit([{ do: 'delete', collection: calendar.id, name: 'a.ics' }]);
    assert.deepEqual(await reopened(), ['b.ics']);
  });

  it('that takes no state keeps everything in the journal', async () => {
    faults.fault = (operation, file) =>
      operation === 'writeFile' && file.includes('index') ? { code: 'ENOSPC' } : undefined;
    await assert.rejects(store.checkpoint());
    await store.commit([put(calendar, 'c.ics')]);
    assert.deepEqual(await reopened(), ['a.ics', 'b.ics', 'c.ics']);
  });
});
