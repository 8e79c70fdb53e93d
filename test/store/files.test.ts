import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type FlatStore, openFlatStore } from '../../src/store/flat/open.ts';
import type { Collection } from '../../src/store/types.ts';
import { bytesOf, changesOf, factsOf, known, made, membersOf, object, put } from './contract.ts';
import { copyData, tempStore } from './temp.ts';

const HOME = { user: 'ann', kind: 'calendar' } as const;

describe('files/', () => {
  let folder: string;
  let end: () => Promise<void>;
  let store: FlatStore;
  let calendar: Collection;
  let said: string[];

  const open = async () => {
    said = [];
    const log = {
      info: (text: string) => void said.push(text),
      warn: (text: string) => void said.push(text),
    };
    store = await openFlatStore({ folder, factsOf, log });
  };
  /** Does something to the files while nobody has the store open. */
  const meanwhile = async (work: () => Promise<unknown>) => {
    await store.settled();
    await store.close();
    await work();
    await open();
    await store.settled();
  };
  const file = (...names: string[]) => path.join(folder, 'files/ann/calendars/default', ...names);
  const names = async () => (await membersOf(store, calendar)).map(({ name }) => name).sort();

  beforeEach(async () => {
    ({ folder, end } = await tempStore());
    await open();
    calendar = await made(store, 'ann');
    await store.commit([put(calendar, 'a.ics', 'a', 'A'), put(calendar, 'b', 'b', 'B')]);
  });
  afterEach(async () => {
    await store.close();
    await end();
  });

  it('a copy of a collection is a folder with the same files', async () => {
    await store.commit([{ do: 'copy-collection', ...HOME, name: 'default', to: 'copy', members: true }]);
    await store.settled();
    assert.deepEqual((await readdir(file('../copy'))).sort(), ['.collection.json', 'a.ics', 'b%.ics']);
    assert.equal(await readFile(file('../copy/a.ics'), 'utf8'), 'a|VEVENT||\nA');
  });

  it('a collection that takes the place of another has its folder', async () => {
    const other = await made(store, 'ann', 'calendar', 'other');
    await store.commit([put(other, 'c.ics', 'c', 'C')]);
    await store.settled();
    await store.commit([
      { do: 'remove-collection', ...HOME, name: 'default' },
      { do: 'rename-collection', ...HOME, name: 'other', to: 'default' },
    ]);
    await store.settled();
    assert.deepEqual((await readdir(file())).sort(), ['.collection.json', 'c.ics']);
    assert.deepEqual(await readdir(file('..')), ['default']);
    calendar = known(await store.collection(HOME, 'default'));
    await meanwhile(async () => undefined);
    assert.deepEqual(await names(), ['c.ics']);
    assert.deepEqual(said, []);
  });

  it('shows one readable file for each object, as it was put', async () => {
    await store.settled();
    assert.deepEqual((await readdir(file())).sort(), ['.collection.json', 'a.ics', 'b%.ics']);
    assert.equal(await readFile(file('a.ics'), 'utf8'), 'a|VEVENT||\nA');
    assert.equal(await readFile(file('b%.ics'), 'utf8'), 'b|VEVENT||\nB');
    const description = JSON.parse(await readFile(file('.collection.json'), 'utf8'));
    assert.deepEqual(
      [description.id, description.kind, description.name],
      [calendar.id, 'calendar', 'default'],
    );
    const users = await stat(path.join(folder, 'users.json'));
    assert.equal(users.mode & 0o777, 0o600);
  });

  it('follows replacing, deleting and moving', async () => {
    await store.settled();
    await store.commit([
      put(calendar, 'a.ics', 'a', 'A2'),
      { do: 'move', collection: calendar.id, name: 'b', to: { collection: calendar.id, name: 'c.ics' } },
    ]);
    await store.settled();
    assert.deepEqual((await readdir(file())).sort(), ['.collection.json', 'a.ics', 'c.ics']);
    assert.equal(await readFile(file('a.ics'), 'utf8'), 'a|VEVENT||\nA2');
    await store.commit([{ do: 'delete', collection: calendar.id, name: 'c.ics' }]);
    await store.settled();
    assert.deepEqual((await readdir(file())).sort(), ['.collection.json', 'a.ics']);
  });

  it('follows the names of collections, swapped ones too', async () => {
    const other = await made(store, 'ann', 'calendar', 'other');
    await store.commit([put(other, 'o.ics')]);
    await store.settled();
    await store.commit([
      { do: 'rename-collection', ...HOME, name: 'default', to: 'x' },
      { do: 'rename-collection', ...HOME, name: 'other', to: 'default' },
      { do: 'rename-collection', ...HOME, name: 'x', to: 'other' },
    ]);
    await store.settled();
    assert.deepEqual((await readdir(path.join(folder, 'files/ann/calendars'))).sort(), ['default', 'other']);
    assert.deepEqual((await readdir(file())).sort(), ['.collection.json', 'o.ics']);
    assert.deepEqual(await readdir(path.join(folder, 'files/.trash')), []);
  });

  it('a removed collection goes to the trash as it is, and the name can be used again at once', async () => {
    await store.settled();
    await store.commit([{ do: 'remove-collection', ...HOME, name: 'default' }]);
    const again = await made(store, 'ann');
    await store.commit([put(again, 'n.ics')]);
    await store.settled();
    assert.deepEqual((await readdir(file())).sort(), ['.collection.json', 'n.ics']);
    assert.deepEqual((await readdir(path.join(folder, 'files/.trash', calendar.id))).sort(), [
      '.collection.json',
      'a.ics',
      'b%.ics',
    ]);
    await meanwhile(async () => undefined);
    assert.deepEqual(said, []);
    assert.deepEqual(
      (await store.collections(HOME)).map(({ id }) => id),
      [again.id],
    );
  });

  it('a removed user leaves only the trash', async () => {
    await store.settled();
    await store.commit([{ do: 'remove-user', user: 'ann' }]);
    await store.settled();
    assert.deepEqual((await readdir(path.join(folder, 'files'))).sort(), ['.davd.json', '.trash']);
  });

  it('another name of a user is another name of the folder', async () => {
    await store.settled();
    const ann = known(await store.user('ann'));
    await store.commit([
      { do: 'put-user', user: { ...ann, name: 'Anna', aliases: ['ann'] }, expect: 'present' },
    ]);
    await store.settled();
    assert.deepEqual((await readdir(path.join(folder, 'files'))).sort(), ['.davd.json', 'Anna']);
    assert.deepEqual((await readdir(path.join(folder, 'files/Anna/calendars/default'))).sort(), [
      '.collection.json',
      'a.ics',
      'b%.ics',
    ]);
  });

  it('what a crash leaves of a file is written again', async () => {
    const whole = await readFile(path.join(folder, 'journal/00000001.journal'));
    assert.ok(whole.length > 0);
    await store.commit([
      put(calendar, 'c.ics', 'c', 'C'),
      put(calendar, 'd.ics', 'd', 'D'),
      put(calendar, 'e.ics', 'e', 'E'),
      put(calendar, 'f.ics', 'f', 'F'),
    ]);
    const { token } = known(await store.collection(HOME, 'default'));
    await meanwhile(async () => {
      await writeFile(file('b%.ics'), '');
      await writeFile(file('c.ics'), 'c|VEV');
      await writeFile(file('d.ics'), 'd|VEVENT||\0\0');
      await writeFile(file('.davd-17.new'), 'rubbish');
      await rm(file('.collection.json'));
    });
    for (const [name, uid] of [
      ['b%.ics', 'b'],
      ['c.ics', 'c'],
      ['d.ics', 'd'],
      ['e.ics', 'e'],
    ] as const) {
      assert.equal(await readFile(file(name), 'utf8'), `${uid}|VEVENT||\n${uid.toUpperCase()}`);
    }
    assert.ok(!(await readdir(file())).includes('.davd-17.new'));
    assert.ok((await readdir(file())).includes('.collection.json'));
    assert.equal(known(await store.collection(HOME, 'default')).token, token);
  });

  it('an edit made while the store was closed is taken over', async () => {
    const before = known(await store.member(calendar, 'a.ics'));
    const { token } = known(await store.collection(HOME, 'default'));
    await meanwhile(() => writeFile(file('a.ics'), 'a|VEVENT||\nby hand'));
    assert.deepEqual(await bytesOf(store, calendar, 'a.ics'), ['a|VEVENT||\nby hand']);
    assert.notEqual((await store.member(calendar, 'a.ics'))?.etag, before.etag);
    const changes = await store.changes(calendar, token);
    assert.ok(changes !== 'invalid-token' && changes.changed.join() === 'a.ics');
    assert.ok(said.some((text) => text.includes('a.ics')));
    await meanwhile(async () => undefined);
    assert.deepEqual(said, []);
  });

  it('an edit of something put after the last checkpoint is taken over too', async () => {
    await store.settled();
    await store.checkpoint();
    await store.commit([put(calendar, 'a.ics', 'a', 'A2'), put(calendar, 'a.ics', 'a', 'A3')]);
    await store.settled();
    const copy = `${folder}-copy`;
    const inside = (name: string) => path.join(copy, 'files/ann/calendars/default', name);
    for (const [text, expected] of [
      ['by hand', 'by hand'],
      ['A2', 'A3'],
      ['A', 'A3'],
      ['A3', 'A3'],
    ]) {
      await copyData(folder, copy);
      await writeFile(inside('a.ics'), `a|VEVENT||\n${text}`);
      const again = await openFlatStore({ folder: copy, factsOf });
      await again.settled();
      assert.deepEqual(await bytesOf(again, calendar, 'a.ics'), [`a|VEVENT||\n${expected}`], text);
      assert.equal(await readFile(inside('a.ics'), 'utf8'), `a|VEVENT||\n${expected}`);
      await again.close();
      await rm(copy, { recursive: true });
    }
  });

  it('a new file is taken over, whatever its name', async () => {
    await meanwhile(async () => {
      await writeFile(file('new.ics'), 'new|VEVENT||\n');
      await writeFile(file('odd%20name.ics'), 'odd|VEVENT||\n');
      await writeFile(file('notes.txt'), 'not an object');
      await writeFile(file('broken.ics'), 'nothing that can be read');
      await writeFile(file('twice.ics'), 'a|VEVENT||\nsame UID');
      await mkdir(file('sub.ics'));
    });
    assert.deepEqual(await names(), ['a.ics', 'b', 'new.ics', 'odd%20name.ics']);
    const files = await readdir(file());
    assert.ok(files.includes('odd%2520name.ics') && !files.includes('odd%20name.ics'));
    for (const left of ['notes.txt', 'broken.ics', 'twice.ics', 'sub.ics'])
      assert.ok(files.includes(left), left);
    assert.equal(await readFile(file('broken.ics'), 'utf8'), 'nothing that can be read');
    assert.equal((await store.memberByUid(calendar, 'new'))?.name, 'new.ics');
  });

  it('a removed object does not come back from its file', async () => {
    await store.settled();
    await store.checkpoint();
    await store.commit([{ do: 'delete', collection: calendar.id, name: 'a.ics' }]);
    const copy = `${folder}-copy`;
    await copyData(folder, copy);
    await writeFile(path.join(copy, 'files/ann/calendars/default/a.ics'), 'a|VEVENT||\nA');
    const again = await openFlatStore({ folder: copy, factsOf });
    await again.settled();
    assert.deepEqual(
      (await membersOf(again, calendar)).map(({ name }) => name),
      ['b'],
    );
    assert.ok(!(await readdir(path.join(copy, 'files/ann/calendars/default'))).includes('a.ics'));
    await again.close();
    await rm(copy, { recursive: true });
  });

  it('an edit that a client\u2019s write replaces stays in the journal', async () => {
    await store.settled();
    await writeFile(file('a.ics'), 'a|VEVENT||\nby hand');
    await writeFile(file('b%.ics'), 'b|VEVENT||\nb by hand');
    await store.commit([
      put(calendar, 'a.ics', 'a', 'by a client'),
      { do: 'delete', collection: calendar.id, name: 'b' },
    ]);
    await store.settled();
    assert.equal(await readFile(file('a.ics'), 'utf8'), 'a|VEVENT||\nby a client');
    assert.ok(!(await readdir(file())).includes('b%.ics'));
    const journal = await readFile(path.join(folder, 'journal/00000001.journal'), 'utf8');
    assert.match(journal, /"set":"found"[^\n]*"name":"a.ics"[^\n]*\na\|VEVENT\|\|\nby hand\n/);
    assert.match(journal, /b by hand/);
    await meanwhile(async () => undefined);
    assert.deepEqual(await bytesOf(store, calendar, 'a.ics', 'b'), ['a|VEVENT||\nby a client', undefined]);
  });

  it('a folder with a description that somebody brought becomes a collection', async () => {
    await meanwhile(async () => {
      const copy = path.join(folder, 'files/ann/calendars/Copied here');
      await cp(file(), copy, { recursive: true });
      const own = path.join(folder, 'files/ann/calendars/own');
      await mkdir(own);
      await writeFile(
        path.join(own, '.collection.json'),
        JSON.stringify({
          id: 'abc',
          components: ['VTODO'],
          properties: { '{DAV:}displayname': 'Mine', bad: 1 },
        }),
      );
      await writeFile(path.join(own, 'x.ics'), object('x').bytes);
    });
    const all = await store.collections(HOME);
    assert.deepEqual(all.map(({ name }) => name).sort(), ['default', 'own']);
    const own = known(all.find(({ name }) => name === 'own'));
    assert.deepEqual(
      [own.id, own.components, own.properties],
      ['abc', ['VTODO'], { '{DAV:}displayname': 'Mine' }],
    );
    assert.deepEqual(await bytesOf(store, own, 'x.ics'), ['x|VEVENT||\n']);
    assert.ok(said.some((text) => text.includes('Copied here')));
  });

  it('an edited description changes the collection', async () => {
    await store.settled();
    const text = await readFile(file('.collection.json'), 'utf8');
    await meanwhile(() =>
      writeFile(
        file('.collection.json'),
        text.replace('"properties": {}', '"properties": { "{x}color": "red" }'),
      ),
    );
    assert.deepEqual(known(await store.collection(HOME, 'default')).properties, { '{x}color': 'red' });
    await meanwhile(() => writeFile(file('.collection.json'), '{\n broken'));
    assert.deepEqual(known(await store.collection(HOME, 'default')).properties, { '{x}color': 'red' });
    assert.equal(await readFile(file('.collection.json'), 'utf8'), '{\n broken');
    assert.deepEqual(await store.troubles(), [
      {
        kind: 'unusable',
        where: 'files/ann/calendars/default/.collection.json',
        line: 2,
        what: 'line 2 is no JSON',
      },
    ]);
  });

  it('an edited users.json changes accounts, and never removes one', async () => {
    await store.settled();
    const users = path.join(folder, 'users.json');
    const text = await readFile(users, 'utf8');
    await meanwhile(() => writeFile(users, text.replace('"displayName": "ann"', '"displayName": "Ann B."')));
    assert.equal(known(await store.user('ann')).displayName, 'Ann B.');
    await meanwhile(() => writeFile(users, '{"format":1,"users":[]}'));
    assert.ok(await store.user('ann'));
    await meanwhile(() => writeFile(users, 'broken'));
    assert.equal(known(await store.user('ann')).displayName, 'Ann B.');
    assert.match(await readFile(users, 'utf8'), /Ann B\./);
  });

  it('a folder that was renamed by hand comes back', async () => {
    await meanwhile(() => rename(file(), path.join(folder, 'files/ann/calendars/renamed')));
    assert.deepEqual((await readdir(file())).sort(), ['.collection.json', 'a.ics', 'b%.ics']);
    assert.deepEqual(await names(), ['a.ics', 'b']);
  });

  it('a file that was removed while the store was closed is a deletion', async () => {
    const { token } = known(await store.collection(HOME, 'default'));
    await meanwhile(() => rm(file('a.ics')));
    assert.deepEqual(await names(), ['b']);
    assert.deepEqual((await changesOf(store, calendar, token)).removed, ['a.ics']);
    await meanwhile(async () => undefined);
    assert.deepEqual([await names(), said], [['b'], []]);
  });

  it('in a copy of the folder, what is missing was not deleted', async () => {
    await store.settled();
    await store.checkpoint();
    const copy = `${folder}-copy`;
    await copyData(folder, copy);
    const inside = path.join(copy, 'files/ann/calendars/default');
    await rm(path.join(inside, 'a.ics'));
    const again = await openFlatStore({ folder: copy, factsOf });
    await again.settled();
    assert.deepEqual((await readdir(inside)).sort(), ['.collection.json', 'a.ics', 'b%.ics']);
    await again.close();
    await rm(copy, { recursive: true });
  });

  it('a copied folder, with other inodes and times, is the same store', async () => {
    await store.settled();
    await store.close();
    const copy = `${folder}-copy`;
    await cp(folder, copy, { recursive: true });
    await rm(folder, { recursive: true });
    await rename(copy, folder);
    await open();
    await store.settled();
    assert.deepEqual(said, []);
    assert.deepEqual(await bytesOf(store, calendar, 'a.ics', 'b'), ['a|VEVENT||\nA', 'b|VEVENT||\nB']);
  });
});
