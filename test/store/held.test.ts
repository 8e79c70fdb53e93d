import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { initFlatStore, openFlatStore } from '../../src/store/flat/open.ts';
import { bytesOf, known, made, membersOf, object, put } from './contract.ts';
import { textFacts } from './crash-model.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { until, Watched } from './watched.ts';

const HOME = { user: 'ann', kind: 'calendar' } as const;
/** Of a collection from which more than 50 may go: a third would be 67. */
const MANY = 200;

describe('deletions on disk', () => {
  let on: Watched;
  const numbered = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => `${String(from + i).padStart(3, '0')}.ics`);
  const fill = async (count: number) => {
    await on.store.commit(numbered(0, count).map((name) => put(on.calendar, name)));
    await on.store.settled();
  };
  const remove = async (names: readonly string[]) => {
    for (const name of names) await rm(on.file(name));
  };
  const held = async () => {
    const [trouble] = await on.troubles('held');
    return trouble?.kind === 'held' ? [trouble.count, trouble.of, trouble.whole] : undefined;
  };
  const isHeld = (...wanted: unknown[]) =>
    until(`${wanted} are held`, async () => (await held())?.join() === wanted.join());
  const nothingIsHeld = () => until('nothing is held', async () => (await held()) === undefined);

  beforeEach(async () => {
    on = await Watched.make();
  });
  afterEach(() => on.end());

  it('of few files, or a small part, are deletions', async () => {
    await fill(MANY);
    await remove(numbered(0, 50));
    await until('they are gone', async () => (await on.names()).length === MANY - 50);
    await on.store.commit(numbered(MANY, 800).map((name) => put(on.calendar, name)));
    await on.store.settled();
    await remove(numbered(50, 200));
    await until('they are gone too', async () => (await on.names()).length === 600);
    assert.deepEqual(await on.store.troubles(), []);
  });

  it('of many files are held, told once, and served', async () => {
    await fill(MANY);
    const token = await on.token();
    await remove(numbered(0, 80));
    await isHeld(80, MANY, false);
    await remove(numbered(80, 90));
    await isHeld(90, MANY, false);
    assert.deepEqual(await on.since(token), { changed: [], removed: [] });
    assert.equal(await on.text('000.ics'), '000.ics|VEVENT||\n');
    assert.equal(
      on.said.filter((said) => said.includes('davd check --put-back ann/calendars/default')).length,
      1,
    );

    await on.meanwhile(async () => undefined);
    await isHeld(90, MANY, false);
    assert.deepEqual(await on.since(token), { changed: [], removed: [] });
  });

  it('that add up within some minutes are held as well', async () => {
    await fill(MANY);
    await remove(numbered(0, 40));
    await until('they are gone', async () => (await on.names()).length === MANY - 40);
    await remove(numbered(40, 80));
    await isHeld(40, MANY - 40, false);
  });

  it('that were held are accepted or put back as it is decided', async () => {
    await fill(MANY);
    const token = await on.token();
    await remove(numbered(0, 80));
    await isHeld(80, MANY, false);
    assert.equal(await on.store.decideDeletions(on.calendar.id, 'put-back'), 80);
    assert.equal((await readdir(on.file())).length, MANY + 1);
    assert.deepEqual([await held(), await on.since(token)], [undefined, { changed: [], removed: [] }]);

    await remove(numbered(0, 80));
    await isHeld(80, MANY, false);
    assert.equal(await on.store.decideDeletions(on.calendar.id, 'accept'), 80);
    assert.deepEqual(await on.since(token), { changed: [], removed: numbered(0, 80) });
    assert.equal(await on.store.decideDeletions(on.calendar.id, 'accept'), 0);
    await on.meanwhile(async () => undefined);
    assert.deepEqual([await held(), (await on.names()).length], [undefined, MANY - 80]);
  });

  it('end by themselves when the files are back, or clients write or remove the objects', async () => {
    await fill(MANY);
    await mkdir(path.join(on.folder, 'aside'));
    for (const name of numbered(0, 80)) await rename(on.file(name), path.join(on.folder, 'aside', name));
    await isHeld(80, MANY, false);
    await on.store.commit([
      put(on.calendar, '000.ics', '000.ics', 'new'),
      { do: 'delete', collection: on.calendar.id, name: '001.ics' },
    ]);
    await on.store.settled();
    for (const name of numbered(2, 80)) await rename(path.join(on.folder, 'aside', name), on.file(name));
    await nothingIsHeld();
    assert.equal((await on.names()).length, MANY - 1);
  });

  it('of files that come back under other names are moves, however many', async () => {
    await fill(MANY);
    for (const name of numbered(0, 150)) await rename(on.file(name), on.file(`x${name}`));
    await until(
      'all are moved',
      async () => (await on.names()).filter((name) => name.startsWith('x')).length === 150,
    );
    assert.deepEqual([(await on.names()).length, await on.store.troubles()], [MANY, []]);
  });

  it('of a whole folder are held, and a client goes on', async () => {
    await fill(3);
    await rename(on.file(), path.join(on.folder, 'unmounted'));
    await isHeld(3, 3, true);
    await on.store.commit([put(on.calendar, '000.ics', '000.ics', 'new'), put(on.calendar, 'more.ics')]);
    await on.store.settled();
    assert.deepEqual(await readdir(on.file()).catch(() => 'absent'), 'absent');

    for (let starts = 0; starts < 2; starts++) {
      await on.meanwhile(async () => undefined);
      await isHeld(4, 4, true);
    }
    await on.store.commit([put(on.calendar, 'once.ics')]);
    await on.store.settled();
    assert.deepEqual(await readdir(on.file()).catch(() => 'absent'), 'absent');

    await rename(path.join(on.folder, 'unmounted'), on.file());
    await nothingIsHeld();
    await until('all is written', async () => (await readdir(on.file())).length === 6);
    await on.store.settled();
    assert.equal(await readFile(on.file('000.ics'), 'utf8'), '000.ics|VEVENT||\nnew');
    assert.deepEqual(await on.names(), ['000.ics', '001.ics', '002.ics', 'more.ics', 'once.ics']);
  });

  it('of a whole folder are put back, or accepted: then the collection can be restored', async () => {
    await fill(3);
    await rm(on.file(), { recursive: true });
    await isHeld(3, 3, true);
    assert.equal(await on.store.decideDeletions(on.calendar.id, 'put-back'), 3);
    assert.equal((await readdir(on.file())).length, 4);
    await writeFile(on.file('000.ics'), '000.ics|VEVENT||\nedited');
    await until('it is watched again', async () => (await on.text('000.ics'))?.endsWith('edited') === true);

    await rm(on.file(), { recursive: true });
    await isHeld(3, 3, true);
    assert.equal(await on.store.decideDeletions(on.calendar.id, 'accept'), 3);
    assert.equal(await on.store.collection(HOME, 'default'), undefined);
    await on.store.commit([{ do: 'restore-collection', collection: on.calendar.id }]);
    await until('its files are back', async () => (await readdir(on.file()).catch(() => [])).length === 4);
    assert.deepEqual([await on.names(), await held()], [numbered(0, 3), undefined]);
  });

  it('of what has the marker of files/ hold everything, until it is back', async () => {
    await fill(3);
    const files = path.join(on.folder, 'files');
    const away = path.join(on.folder, 'unmounted');
    await rename(files, away);
    await mkdir(files);
    await until('it is noticed', async () => (await on.troubles('away')).length === 1);
    await on.store.commit([
      put(on.calendar, 'more.ics'),
      { do: 'create-collection', ...HOME, name: 'new', components: [], properties: {} },
    ]);
    assert.equal(await on.text('000.ics'), '000.ics|VEVENT||\n');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.deepEqual(await readdir(files), []);
    assert.equal(on.said.filter((said) => said.includes('unmounted')).length, 1);

    await rm(files, { recursive: true });
    await rename(away, files);
    await until('it is there again', async () => (await on.store.troubles()).length === 0);
    await until('all is written', async () => (await readdir(on.file())).includes('more.ics'));
    await writeFile(on.file('000.ics'), '000.ics|VEVENT||\nedited');
    await until('it is watched again', async () => (await on.text('000.ics'))?.endsWith('edited') === true);
    assert.equal((await on.names()).length, 4);
  });
});

describe('a file that is missing at opening', () => {
  const FOLDER = '/data';
  const file = `${FOLDER}/files/ann/calendars/default/a.ics`;

  async function afterwards(checkpoint: boolean): Promise<string[]> {
    const disk = new SimulatedDisk();
    await initFlatStore(FOLDER, disk);
    const options = { folder: FOLDER, disk, factsOf: textFacts };
    const store = await openFlatStore(options);
    const calendar = await made(store, 'ann');
    const { facts } = object('x');
    const bytes = Buffer.from('BEGIN a\ntext\nEND\n');
    await store.commit([
      { do: 'put', collection: calendar.id, name: 'a.ics', bytes, facts: { ...facts, uid: 'a' } },
    ]);
    await store.settled();
    if (checkpoint) await store.checkpoint();
    // Its process is killed.
    const left = new SimulatedDisk(disk.state.clone());
    await left.unlink(file);
    const again = await openFlatStore({ ...options, disk: left });
    await again.settled();
    const names = (await membersOf(again, calendar)).map(({ name }) => name);
    assert.equal((await bytesOf(again, calendar, 'a.ics'))[0] !== undefined, names.length === 1);
    assert.equal((await left.readFile(file)) !== undefined, names.length === 1);
    known(await again.collection(HOME, 'default'));
    await again.close();
    return names;
  }

  it('was lost in the crash if it was not safe', async () => {
    assert.deepEqual(await afterwards(false), ['a.ics']);
  });

  it('was deleted by somebody if it was', async () => {
    assert.deepEqual(await afterwards(true), []);
  });
});
