import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Finding } from '../../src/store/finding.ts';
import { type FlatStore, openFlatStore } from '../../src/store/flat/open.ts';
import type { Collection } from '../../src/store/types.ts';
import { factsOf, made, put } from './contract.ts';
import { tempStore } from './temp.ts';

describe('check', () => {
  let folder: string;
  let end: () => Promise<void>;
  let store: FlatStore;
  let calendar: Collection;

  const open = async () => {
    store = await openFlatStore({ folder, factsOf });
  };
  const file = (...names: string[]) => path.join(folder, 'files/ann/calendars/default', ...names);
  const found = async (repair = false) => {
    const findings: Finding[] = [];
    for await (const step of store.check(repair)) if ('finding' in step) findings.push(step.finding);
    return findings;
  };
  const kinds = async (repair = false) =>
    (await found(repair)).map(({ kind, where, repaired }) =>
      [kind, path.basename(where), ...(repaired === undefined ? [] : ['repaired'])].join(' '),
    );

  beforeEach(async () => {
    ({ folder, end } = await tempStore());
    await open();
    calendar = await made(store, 'ann');
    await store.commit([put(calendar, 'a.ics', 'a', 'A'), put(calendar, 'b', 'b', 'B')]);
    await store.settled();
  });
  afterEach(async () => {
    await store.close();
    await end();
  });

  it('finds nothing where nothing is wrong', async () => {
    assert.deepEqual(await kinds(), []);
    await store.commit([
      put(calendar, 'c.ics', 'c', 'C'),
      { do: 'delete', collection: calendar.id, name: 'b' },
    ]);
    assert.deepEqual(await kinds(), []);
  });

  it('a missing file is found, and comes back', async () => {
    await rm(file('a.ics'));
    assert.deepEqual(await kinds(), ['missing a.ics']);
    assert.deepEqual(await kinds(true), ['missing a.ics repaired']);
    assert.deepEqual(await kinds(), []);
    assert.match(await readFile(file('a.ics'), 'utf8'), /A$/);
  });

  it('an edit that is not taken over yet is no fault', async () => {
    await writeFile(file('a.ics'), 'a|VEVENT||\nedited');
    await writeFile(file('new.ics'), 'new|VEVENT||\n');
    assert.deepEqual(await kinds(true), ['edit a.ics', 'edit new.ics']);
    assert.match(await readFile(file('a.ics'), 'utf8'), /edited$/);
  });

  it('what can not be read is told, and left alone', async () => {
    await writeFile(file('a.ics'), 'nonsense');
    await writeFile(file('new.ics'), 'nonsense');
    assert.deepEqual(await kinds(true), ['unreadable a.ics', 'unreadable new.ics']);
    assert.equal(await readFile(file('a.ics'), 'utf8'), 'nonsense');
  });

  it("what is nobody's is told", async () => {
    await writeFile(file('notes.txt'), '');
    await mkdir(file('folder'));
    await mkdir(path.join(folder, 'files/ann/calendars/stray'));
    await mkdir(path.join(folder, 'files/ann/photos'));
    await writeFile(path.join(folder, 'files/README'), '');
    await writeFile(file('.hidden'), '');
    assert.deepEqual((await kinds()).sort(), [
      'foreign README',
      'foreign folder',
      'foreign notes.txt',
      'foreign photos',
      'foreign stray',
    ]);
  });
});
