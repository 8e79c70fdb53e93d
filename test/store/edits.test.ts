import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { nodeDisk } from '../../src/store/flat/node-disk.ts';
import { bytesOf, known, made, put } from './contract.ts';
import { until, Watched } from './watched.ts';

const LONG = Boolean(process.env['DAVD_TEST_LONG']);
const run = promisify(execFile);

describe('edits on disk while the store is open', () => {
  let on: Watched;
  const text = (uid: string, more = '') => `${uid}|VEVENT||\n${more}`;
  const has = (name: string, wanted: string | undefined) =>
    until(`${name} is ${wanted}`, async () => (await on.text(name)) === wanted);
  const journal = async () => {
    const names = await readdir(path.join(on.folder, 'journal'));
    const segments = names.filter((name) => name.endsWith('.journal')).sort();
    const texts = segments.map((name) => readFile(path.join(on.folder, 'journal', name), 'utf8'));
    return (await Promise.all(texts)).join('');
  };

  beforeEach(async () => {
    on = await Watched.make();
    await on.store.commit([put(on.calendar, 'a.ics', 'a', 'A'), put(on.calendar, 'b.ics', 'b', 'B')]);
    await on.store.settled();
  });
  afterEach(() => on.end());

  it('a changed file is exactly one change, and stays as it was written', async () => {
    const token = await on.token();
    await writeFile(on.file('a.ics'), text('a', 'by hand'));
    await has('a.ics', text('a', 'by hand'));
    assert.deepEqual(await on.since(token), { changed: ['a.ics'], removed: [] });
    assert.equal(await readFile(on.file('a.ics'), 'utf8'), text('a', 'by hand'));
    assert.match(await journal(), /"by":\{"agent":"edit on disk"\}/);
  });

  it('a new file and a removed one are too', async () => {
    const token = await on.token();
    await writeFile(on.file('c.ics'), text('c'));
    await rm(on.file('b.ics'));
    await has('c.ics', text('c'));
    await has('b.ics', undefined);
    assert.deepEqual(await on.since(token), { changed: ['c.ics'], removed: ['b.ics'] });
    await on.meanwhile(async () => undefined);
    assert.deepEqual([await on.names(), on.said], [['a.ics', 'c.ics'], []]);
  });

  it('a renamed file is a moved member, edited or not', async () => {
    const token = await on.token();
    const { created } = known(await on.store.member(on.calendar, 'a.ics'));
    await rename(on.file('a.ics'), on.file('z.ics'));
    await unlink(on.file('b.ics'));
    await writeFile(on.file('y.ics'), text('b', 'edited'));
    await has('z.ics', text('a', 'A'));
    await has('y.ics', text('b', 'edited'));
    assert.deepEqual(await on.since(token), { changed: ['y.ics', 'z.ics'], removed: ['a.ics', 'b.ics'] });
    assert.equal(known(await on.store.member(on.calendar, 'z.ics')).created, created);
    assert.match(await journal(), /"name":"y.ics"[^\n]*"from":\["\w+","b.ics"\]/);
  });

  it('a file that goes to another calendar is a moved member', async () => {
    const other = await made(on.store, 'ann', 'calendar', 'other');
    await on.store.settled();
    await rename(on.file('a.ics'), on.file('../other/a.ics'));
    await until('it is there', async () => (await bytesOf(on.store, other, 'a.ics'))[0] === text('a', 'A'));
    assert.deepEqual(await on.names(), ['b.ics']);
    assert.match(await journal(), /"name":"a.ics"[^\n]*"from":\["\w+","a.ics"\]/);
  });

  it('what editors leave about is nothing', async () => {
    const token = await on.token();
    await writeFile(on.file('4913'), '');
    await writeFile(on.file('.a.ics.swp'), 'swap');
    await writeFile(on.file('#a.ics#'), 'auto-save');
    await writeFile(on.file('.goutputstream-X1'), text('g'));
    await mkdir(on.file('.git'));
    // As vim with a backup: for a moment the file is not there.
    await rename(on.file('a.ics'), on.file('a.ics~'));
    await writeFile(on.file('a.ics'), text('a', 'vim'));
    await run('sed', ['-i', 's/B/sed/', on.file('b.ics')]);
    await has('a.ics', text('a', 'vim'));
    await has('b.ics', text('b', 'sed'));
    assert.deepEqual(await on.since(token), { changed: ['a.ics', 'b.ics'], removed: [] });
    assert.deepEqual(await on.store.troubles(), []);
  });

  it('a broken file is reported with its line and left alone; mended it is taken over', async () => {
    const token = await on.token();
    await writeFile(on.file('a.ics'), text('a', 'x\nBAD'));
    await writeFile(on.file('new.ics'), text('new', 'BAD'));
    await until('both are told', async () => (await on.store.troubles()).length === 2);
    assert.deepEqual(await on.troubles('unusable'), [
      { kind: 'unusable', where: 'files/ann/calendars/default/a.ics', line: 3, what: 'line 3 is bad' },
      { kind: 'unusable', where: 'files/ann/calendars/default/new.ics', line: 2, what: 'line 2 is bad' },
    ]);
    assert.ok(on.said.some((said) => /default\/a\.ics" is left alone: line 3 is bad/.test(said)));
    assert.equal(await on.text('a.ics'), text('a', 'A'));
    assert.deepEqual(await on.since(token), { changed: [], removed: [] });
    assert.equal(await readFile(on.file('a.ics'), 'utf8'), text('a', 'x\nBAD'));

    await on.meanwhile(async () => undefined);
    assert.equal((await on.store.troubles()).length, 2);
    assert.equal(await on.text('a.ics'), text('a', 'A'));
    assert.equal(await readFile(on.file('a.ics'), 'utf8'), text('a', 'x\nBAD'));

    await writeFile(on.file('a.ics'), text('a', 'mended'));
    await rm(on.file('new.ics'));
    await has('a.ics', text('a', 'mended'));
    await until('nothing is wrong', async () => (await on.store.troubles()).length === 0);
  });

  it('a file that is no file, empty or can not be read is left alone', async () => {
    await symlink('b.ics', on.file('link.ics'));
    await writeFile(on.file('empty.ics'), '');
    await writeFile(on.file('closed.ics'), text('closed'));
    await chmod(on.file('closed.ics'), 0);
    const closed = process.getuid?.() === 0 ? [] : ['closed.ics'];
    const wanted = [...closed, 'empty.ics', 'link.ics'];
    const left = async () =>
      (await on.troubles('unusable')).map((one) => (one.kind === 'unusable' ? path.basename(one.where) : ''));
    await until('they are told', async () => (await left()).length === wanted.length);
    assert.deepEqual((await left()).sort(), wanted);
  });

  it('a client writes over a broken file, which stays in the history', async () => {
    await writeFile(on.file('a.ics'), text('a', 'BAD'));
    await until('it is told', async () => (await on.store.troubles()).length === 1);
    await on.store.commit([put(on.calendar, 'a.ics', 'a', 'by a client')]);
    await until('nothing is wrong', async () => (await on.store.troubles()).length === 0);
    assert.equal(await readFile(on.file('a.ics'), 'utf8'), text('a', 'by a client'));
    assert.match(await journal(), /"set":"found"[^\n]*"name":"a.ics"[^\n]*\na\|VEVENT\|\|\nBAD\n/);
  });

  it('a second object of a UID waits until the first is gone', async () => {
    await writeFile(on.file('twice.ics'), text('a', 'again'));
    await until('it is told', async () => (await on.store.troubles()).length === 1);
    assert.match(JSON.stringify(await on.store.troubles()), /it has the UID of \\"a\.ics\\"/);
    await rm(on.file('a.ics'));
    await has('twice.ics', text('a', 'again'));
    assert.deepEqual([await on.names(), await on.store.troubles()], [['b.ics', 'twice.ics'], []]);
  });

  it('files that swap their contents swap their objects', async () => {
    await rename(on.file('a.ics'), on.file('x'));
    await rename(on.file('b.ics'), on.file('a.ics'));
    await rename(on.file('x'), on.file('b.ics'));
    await has('a.ics', text('b', 'B'));
    await has('b.ics', text('a', 'A'));
    assert.deepEqual(await on.names(), ['a.ics', 'b.ics']);
  });

  it('the last of many edits in a row is what counts in the end', async () => {
    for (let i = 0; i < 100; i++) {
      await writeFile(on.file('a.ics'), text('a', `edit ${i}`));
      await new Promise((resolve) => setTimeout(resolve, i % 9 === 0 ? 40 * (i % 20) : 3));
    }
    await has('a.ics', text('a', 'edit 99'));
    assert.equal(await readFile(on.file('a.ics'), 'utf8'), text('a', 'edit 99'));
  });

  it('an edit that meets a client is never lost: both are in the history', async () => {
    const rounds = LONG ? 400 : 40;
    const edits: string[] = [];
    // Where somebody was seen at work, files are replaced with care.
    await writeFile(on.file('note.txt'), '');
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (let i = 0; i < rounds; i++) {
      const edit = text('a', `edit ${i};`);
      edits.push(edit);
      await writeFile(on.file('x'), edit);
      await on.store.commit([put(on.calendar, 'a.ics', 'a', `client ${i};`)]);
      // About when the client's version is written.
      await new Promise((resolve) => setTimeout(resolve, 15 + Math.random() * 20));
      await rename(on.file('x'), on.file('a.ics'));
      await on.store.commit([put(on.calendar, 'a.ics', 'a', `after ${i};`)]);
      await on.store.settled();
    }
    const kept = await journal();
    assert.deepEqual(
      edits.filter((edit) => !kept.includes(edit)),
      [],
    );
    for (let i = 0; i < rounds; i++) assert.ok(kept.includes(text('a', `client ${i};`)), `client ${i}`);
  });

  it('an edited description changes the collection; a broken one is left alone', async () => {
    const description = on.file('.collection.json');
    const properties = async () =>
      known(await on.store.collection({ user: 'ann', kind: 'calendar' }, 'default')).properties;
    const good = await readFile(description, 'utf8');
    await writeFile(description, good.replace('"properties": {}', '"properties": { "{x}color": "red" }'));
    await until('it is red', async () => (await properties())['{x}color'] === 'red');
    await on.store.settled();
    await writeFile(description, good.replace('"id"', '"id'));
    await until('it is told', async () => (await on.store.troubles()).length === 1);
    assert.deepEqual(await properties(), { '{x}color': 'red' });
    await writeFile(description, good);
    await until('it is mended', async () => (await properties())['{x}color'] === undefined);
    assert.deepEqual(await on.store.troubles(), []);
  });

  it('a folder with a description that somebody brings becomes a collection, a moved one moves back', async () => {
    const own = on.file('../own');
    await mkdir(own);
    await writeFile(path.join(own, '.collection.json'), '{"id": "abc"}');
    await writeFile(path.join(own, 'x.ics'), text('x'));
    const home = { user: 'ann', kind: 'calendar' } as const;
    await until('it is there', async () => (await on.store.collection(home, 'own'))?.count === 1);
    await rename(own, on.file('../elsewhere'));
    await until('it is back', async () => (await readdir(own).catch((): string[] => [])).includes('x.ics'));
    await writeFile(path.join(own, 'y.ics'), text('y'));
    await until('it is watched', async () => (await on.store.collection(home, 'own'))?.count === 2);
    assert.deepEqual(await on.store.troubles(), []);
  });

  it('an object of any age has a last good version, and can be edited', async () => {
    await on.store.compact();
    await on.store.compact();
    await writeFile(on.file('a.ics'), text('a', 'BAD'));
    await until('it is told', async () => (await on.store.troubles()).length === 1);
    assert.equal(await on.text('a.ics'), text('a', 'A'));
    await writeFile(on.file('a.ics'), text('a', 'good'));
    await has('a.ics', text('a', 'good'));
  });

  it('a system that watches no more is told of once, and edits are found by looking', async () => {
    const disk = {
      ...nodeDisk,
      watch: () => {
        throw Object.assign(new Error('ENOSPC: no more watches'), { code: 'ENOSPC' });
      },
    };
    await on.meanwhile(async () => undefined, { disk, watch: { period: 200 } });
    await writeFile(on.file('a.ics'), text('a', 'found'));
    await has('a.ics', text('a', 'found'));
    assert.equal(on.said.filter((said) => said.includes('max_user_watches')).length, 1);
  });

  it('a checkout of many files ends exact', async (t) => {
    const count = LONG ? 20_000 : 1_500;
    const git = (...args: string[]) =>
      run('git', ['-c', 'user.name=x', '-c', 'user.email=x', ...args], { cwd: on.file() });
    const there = await git('init', '-q').then(
      () => true,
      () => false,
    );
    if (!there) return t.skip('git is not installed');
    await writeFile(on.file('.gitignore'), '.collection.json\n.davd*\n');
    const version = async (label: string, from: number, to: number) => {
      for (let i = from; i < to; i++) await writeFile(on.file(`${i}.ics`), text(`${i}`, label));
      await git('add', '-A');
      await git('commit', '-q', '-m', label);
      await git('tag', label);
    };
    await version('one', 0, count);
    // Some change, some go, some come, and some get other names.
    for (let i = 0; i < count; i += 10) await rename(on.file(`${i}.ics`), on.file(`${i}-renamed.ics`));
    for (let i = 1; i < 40; i += 10) await rm(on.file(`${i}.ics`));
    await version('two', count, count + 50);
    for (let i = 2; i < count; i += 10) await writeFile(on.file(`${i}.ics`), text(`${i}`, 'changed'));
    await version('three', count, count + 1);
    for (const revision of ['one', 'three', 'two']) {
      await git('checkout', '-q', revision);
      const files = (await readdir(on.file())).filter((name) => name.endsWith('.ics')).sort();
      await until(`it is as ${revision}`, async () => (await on.names()).join() === files.join());
      for (const name of files) await has(name, await readFile(on.file(name), 'utf8'));
    }
    assert.deepEqual(await on.store.troubles(), []);
  });
});
