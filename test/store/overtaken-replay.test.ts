import assert from 'node:assert/strict';
import path from 'node:path';
import { it } from 'node:test';
import { openFlatStore } from '../../src/store/flat/open.ts';
import type { Change, Collection } from '../../src/store/types.ts';
import { made, object } from './contract.ts';
import { textFacts } from './crash-model.ts';
import { newStore } from './crash-session.ts';
import { DiskState } from './disk-state.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const FOLDER = '/data';
const DESCRIPTION = '/data/files/ann/calendars/default/.collection.json';
const FILE = '/data/files/ann/calendars/default/a.ics';
const textOf = (version: string) => `BEGIN a\n${version}\nEND\n`;

function putOf({ id }: Collection, version: string): Change {
  const facts = { ...object('a').facts, uid: 'a' };
  return { do: 'put', collection: id, name: 'a.ics', bytes: Buffer.from(textOf(version)), facts };
}

/** The sweep comes to the calendar only when the mirror has written the file. */
class Slow extends SimulatedDisk {
  readonly #written = Promise.withResolvers<void>();

  override async stat(file: string) {
    if (file === DESCRIPTION) await this.#written.promise;
    return super.stat(file);
  }

  override async rename(from: string, to: string): Promise<boolean> {
    const done = await super.rename(from, to);
    if (to === FILE) this.#written.resolve();
    return done;
  }
}

it('a version that a power cut brought back is nobody’s edit, also where a client was quicker than the look at its file', async () => {
  const disk = new SimulatedDisk(await newStore());
  const store = await openFlatStore({ folder: FOLDER, disk, factsOf: textFacts });
  const calendar = await made(store, 'ann');
  await store.commit([putOf(calendar, 'first')]);
  await store.settled();
  await store.checkpoint();
  await store.commit([putOf(calendar, 'second')]);
  await store.settled();
  // By chance it reaches the disk, and the third doesn't: for neither has the store waited.
  await disk.syncFile(FILE);
  await disk.syncFolder(path.dirname(FILE));
  await store.commit([putOf(calendar, 'third')]);
  await store.settled();
  const nothing = { name: () => false, meta: () => 0, sector: () => false };
  const left = new Slow(new DiskState(disk.state.afterPowerCut(nothing)));
  assert.equal(String(await left.readFile(FILE)), textOf('second'));

  const said: string[] = [];
  const log = { info: (text: string) => said.push(text), warn: (text: string) => said.push(text) };
  const again = await openFlatStore({ folder: FOLDER, disk: left, factsOf: textFacts, log });
  await again.commit([putOf(calendar, 'fourth')]);
  await again.settled();
  assert.equal(String(await left.readFile(FILE)), textOf('fourth'));
  assert.deepEqual(said, []);
  await again.close();
});
