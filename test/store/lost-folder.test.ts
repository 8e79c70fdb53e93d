import assert from 'node:assert/strict';
import path from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { initFlatStore, openFlatStore } from '../../src/store/flat/open.ts';
import type { Change, Collection } from '../../src/store/types.ts';
import { made, membersOf, object } from './contract.ts';
import { textFacts } from './crash-model.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const FOLDER = '/data';
const HOME = '/data/files/ann/calendars';
const NAMES = ['a.ics', 'b.ics', 'c.ics'];
const textOf = (name: string) => `BEGIN ${name}\ntext\nEND\n`;

function putOf({ id }: Collection, name: string): Change {
  const facts = { ...object(name).facts, uid: name };
  return { do: 'put', collection: id, name, bytes: Buffer.from(textOf(name)), facts };
}

async function removeFolder(disk: SimulatedDisk, folder: string): Promise<void> {
  for (const { name } of (await disk.readdir(folder)) ?? []) await disk.unlink(path.join(folder, name));
  await disk.rmdir(folder);
}

/** Ends a sweep's look at a collection only when the mirror has made the folder of another. */
class Racing extends SimulatedDisk {
  readonly #made = Promise.withResolvers<void>();

  override async stat(file: string) {
    if (file.startsWith(path.join(HOME, 'first/'))) await this.#made.promise;
    return super.stat(file);
  }

  override async mkdir(folder: string): Promise<void> {
    await super.mkdir(folder);
    if (folder === path.join(HOME, 'second')) this.#made.resolve();
  }
}

/** A calendar is renamed, all of it safe but for the folder's new name, and davd is killed. */
describe('the folder of a calendar that a crash took while it was renamed', () => {
  let disk: SimulatedDisk;
  let calendar: Collection;
  let description: Uint8Array;

  beforeEach(async () => {
    disk = new SimulatedDisk();
    await initFlatStore(FOLDER, disk);
    const store = await openFlatStore({ folder: FOLDER, disk, factsOf: textFacts });
    await made(store, 'ann', 'calendar', 'first');
    calendar = await made(store, 'ann', 'calendar', 'old');
    await store.commit(NAMES.map((name) => putOf(calendar, name)));
    await store.settled();
    await store.checkpoint();
    await store.commit([
      { do: 'rename-collection', user: 'ann', kind: 'calendar', name: 'old', to: 'second' },
    ]);
    await store.settled();
    disk = new SimulatedDisk(disk.state.clone());
    description = (await disk.readFile(path.join(HOME, 'second/.collection.json'))) ?? assert.fail();
    await removeFolder(disk, path.join(HOME, 'second'));
  });

  /** Everything is there, and its file is too. */
  async function isWhole(left: SimulatedDisk): Promise<void> {
    const store = await openFlatStore({ folder: FOLDER, disk: left, factsOf: textFacts });
    await store.settled();
    assert.deepEqual((await membersOf(store, calendar)).map(({ name }) => name).sort(), NAMES);
    for (const name of NAMES)
      assert.equal(String(await left.readFile(path.join(HOME, 'second', name))), textOf(name));
    await store.close();
  }

  it('is made anew', () => isWhole(disk));

  it('is made anew while others are still compared', () => isWhole(new Racing(disk.state.clone())));

  for (const [how, files] of Object.entries({ empty: 0, described: 1, 'half full': 2 })) {
    it(`is filled where davd was stopped again and left it ${how}`, async () => {
      await disk.mkdir(path.join(HOME, 'second'));
      const whole = [
        ['.collection.json', description] as const,
        ['b.ics', Buffer.from(textOf('b.ics'))] as const,
      ];
      for (const [name, bytes] of whole.slice(0, files))
        await disk.writeFile(path.join(HOME, 'second', name), bytes);
      await isWhole(disk);
    });
  }
});

/** Stops at a moment of its own. */
class Stopping extends SimulatedDisk {
  left: SimulatedDisk | undefined;

  override async mkdir(folder: string): Promise<void> {
    await super.mkdir(folder);
    if (folder === path.join(HOME, 'default')) this.left = new SimulatedDisk(this.state.clone());
  }
}

describe('the folder of a calendar that somebody has removed', () => {
  it('is put back as it was decided, also by who finds it empty after a crash', async () => {
    const disk = new SimulatedDisk();
    await initFlatStore(FOLDER, disk);
    const options = { folder: FOLDER, factsOf: textFacts };
    const store = await openFlatStore({ ...options, disk });
    const calendar = await made(store, 'ann');
    await store.commit(NAMES.map((name) => putOf(calendar, name)));
    await store.settled();
    await store.close();
    await removeFolder(disk, path.join(HOME, 'default'));

    const stopped = new Stopping(disk.state.clone());
    const again = await openFlatStore({ ...options, disk: stopped });
    assert.equal(await again.decideDeletions(calendar.id, 'put-back'), NAMES.length);
    await again.close();
    const last = await openFlatStore({ ...options, disk: stopped.left ?? assert.fail() });
    await last.settled();
    assert.deepEqual((await membersOf(last, calendar)).map(({ name }) => name).sort(), NAMES);
    await last.close();
  });
});
