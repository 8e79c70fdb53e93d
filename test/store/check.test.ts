import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Finding } from '../../src/store/finding.ts';
import { ETAG } from '../../src/store/flat/columns.ts';
import type { Disk } from '../../src/store/flat/disk.ts';
import { nodeDisk } from '../../src/store/flat/node-disk.ts';
import { type FlatStore, openFlatStore } from '../../src/store/flat/open.ts';
import type { Collection } from '../../src/store/types.ts';
import { bytesOf, factsOf, made, membersOf, object, put } from './contract.ts';
import { changeRow } from './saved-rows.ts';
import { tempStore } from './temp.ts';

/** Forgets as soon as it may, in small pieces. */
const SHORT = { history: { days: 30, maxBytes: 40_000 }, segmentSize: 20_000 };

describe('check', () => {
  let folder: string;
  let end: () => Promise<void>;
  let store: FlatStore;
  let calendar: Collection;

  const open = async (disk?: Disk) => {
    store = await openFlatStore({ folder, factsOf, ...SHORT, ...(disk && { disk }) });
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

  it('descriptions and accounts that are gone or have changed by themselves are written again', async () => {
    await rm(file('.collection.json'));
    await rm(path.join(folder, 'users.json'));
    assert.deepEqual(await kinds(true), ['missing .collection.json repaired', 'missing users.json repaired']);
    assert.deepEqual(await kinds(), []);
    assert.equal(JSON.parse(await readFile(file('.collection.json'), 'utf8')).id, calendar.id);
    let rotten = true;
    await reopen({
      ...nodeDisk,
      async readFile(whole) {
        const bytes = await nodeDisk.readFile(whole);
        if (bytes && rotten && /users\.json$|collection\.json$/.test(whole)) bytes[3] = 0;
        return bytes;
      },
    });
    await store.settled();
    assert.deepEqual(await kinds(true), ['damaged .collection.json repaired', 'damaged users.json repaired']);
    rotten = false;
    assert.deepEqual(await kinds(), []);
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

  const journal = (name: string) => path.join(folder, 'journal', name);
  const filesOf = async (ending: string) =>
    (await readdir(path.join(folder, 'journal'))).filter((name) => name.endsWith(ending)).sort();
  /** Changes one octet of a file, where a text begins or at an offset. */
  const rot = async (whole: string, at: string | number) => {
    const octets = await readFile(whole);
    const offset = typeof at === 'string' ? octets.indexOf(at) : at;
    assert.ok(offset >= 0, `${at} in ${whole}`);
    octets.writeUInt8(octets.readUInt8(offset) ^ 1, offset);
    await writeFile(whole, octets);
  };
  const fill = async (from: number, to: number, text = 'x') => {
    for (let i = from; i < to; i += 10) {
      const some = Array.from({ length: Math.min(10, to - i) }, (_, j) => i + j);
      await store.commit(
        some.map((n) => put(calendar, `${n}.ics`, `${n}`, `${text} ${n} ${'y'.repeat(500)}`)),
      );
    }
  };
  const contents = async () => {
    const names = (await membersOf(store, calendar)).map(({ name }) => name).sort();
    return new Map((await bytesOf(store, calendar, ...names)).map((bytes, i) => [names[i], bytes]));
  };
  /** As it is when nothing but the journal is left. */
  const rebuilt = async () => {
    await store.settled();
    await store.close();
    for (const part of ['state', 'cache']) await rm(path.join(folder, part), { recursive: true });
    await open();
    return contents();
  };
  const reopen = async (disk?: Disk) => {
    await store.close();
    await open(disk);
  };

  it('bytes of a file that have changed by themselves are written again', async () => {
    let rotten = true;
    await reopen({
      ...nodeDisk,
      async readFile(whole) {
        const bytes = await nodeDisk.readFile(whole);
        if (bytes && rotten && whole.endsWith('a.ics')) bytes[3] = 0;
        return bytes;
      },
    });
    await store.settled();
    const before = (await stat(file('a.ics'))).ino;
    assert.deepEqual(await kinds(), ['damaged a.ics']);
    assert.deepEqual(await kinds(true), ['damaged a.ics repaired']);
    assert.notEqual((await stat(file('a.ics'))).ino, before);
    rotten = false;
    assert.deepEqual(await kinds(), []);
  });

  it('bytes in the journal that have changed are written again from the file', async () => {
    const [segment = ''] = await filesOf('.journal');
    await reopen();
    await rot(journal(segment), 'b|VEVENT');
    assert.deepEqual(await kinds(), [`damaged ${segment}`]);
    assert.deepEqual(await kinds(true), [`damaged ${segment} repaired`]);
    assert.deepEqual(await kinds(), []);
    await rm(path.join(folder, 'files/ann'), { recursive: true });
    assert.equal((await rebuilt()).get('b'), 'b|VEVENT||\nB');
  });

  it('bytes that neither the journal nor a file has are told, and keep nothing from going on', async () => {
    const [segment = ''] = await filesOf('.journal');
    await reopen();
    await rot(journal(segment), 'b|VEVENT');
    await writeFile(file('b%.ics'), 'nonsense');
    const told = (await found(true)).map(({ what }) => what);
    assert.ok(
      told.some((what) => /the bytes of .*b%\.ics have changed, and its file has others/.test(what)),
      told.join(),
    );
    await fill(0, 80);
    await store.compact();
    assert.equal((await membersOf(store, calendar)).length, 82);
    assert.match(
      (await contents().catch((error: Error) => new Map([['b', error.message]]))).get('b') ?? '',
      /neither the file nor the journal/,
    );
  });

  it('an old version that has lost its bytes is told', async () => {
    await store.commit([put(calendar, 'a.ics', 'a', 'A2')]);
    const [segment = ''] = await filesOf('.journal');
    await rot(journal(segment), 'a|VEVENT||\nA');
    const [finding] = await found(true);
    assert.match(finding?.what ?? '', /a version of "default\/a\.ics" from \d{4}-.* has lost its bytes/);
    assert.equal(finding?.repaired, undefined);
  });

  it('a segment that can not be read to its end is gone without, and kept aside', async () => {
    await fill(0, 60);
    await store.checkpoint();
    const before = await contents();
    const [, second = ''] = await filesOf('.journal');
    await rot(journal(second), (await readFile(journal(second))).indexOf('\ndavd1 ', 3000) + 3);
    assert.deepEqual(await kinds(), [`damaged ${second}`]);
    assert.deepEqual(await kinds(true), [`damaged ${second} repaired`]);
    assert.deepEqual(await readdir(path.join(folder, 'damaged')), [second]);
    assert.deepEqual(await kinds(), []);
    assert.deepEqual(await contents(), before);
    assert.deepEqual(await rebuilt(), before);
  });

  it('a damaged base file is made anew from the files', async () => {
    await fill(0, 80);
    await store.compact();
    const before = await contents();
    const [base = ''] = await filesOf('.base');
    await rot(journal(base), 200);
    await reopen();
    const kindsFound = await kinds();
    assert.ok(
      kindsFound.length > 1 && kindsFound.every((kind) => kind === `damaged ${base}`),
      kindsFound.join(),
    );
    assert.ok((await kinds(true)).every((kind) => kind === `damaged ${base} repaired`));
    assert.deepEqual(await kinds(), []);
    await rm(path.join(folder, 'files/ann'), { recursive: true });
    assert.deepEqual(await rebuilt(), before);
  });

  it('the store is not made again from a base file that is damaged', async () => {
    await fill(0, 80);
    await store.compact();
    const [base = ''] = await filesOf('.base');
    await rot(journal(base), 200);
    await store.close();
    await rm(path.join(folder, 'state'), { recursive: true });
    await assert.rejects(openFlatStore({ folder, factsOf, ...SHORT }), /octet \d+ on is damaged/);
    await rot(journal(base), 200);
    await open();
  });

  it('what is remembered and can not be read is forgotten', async () => {
    for (let round = 0; round < 4; round++) await fill(0, 80, `round ${round}`);
    await store.compact();
    const [past = ''] = await filesOf('.past');
    await rot(journal(past), 200);
    await reopen();
    assert.deepEqual(await kinds(), [`damaged ${past}`]);
    assert.deepEqual(await kinds(true), [`damaged ${past} repaired`]);
    assert.deepEqual(await kinds(), []);
  });

  it('the list beside the base files is written again', async () => {
    await fill(0, 80);
    await store.compact();
    await rot(journal('catalog'), 100);
    assert.deepEqual(await kinds(true), ['damaged catalog repaired']);
    const before = await contents();
    assert.deepEqual(await rebuilt(), before);
  });

  it('saved state that is wrong is written again', async () => {
    await store.checkpoint();
    changeRow(path.join(folder, 'state'), 'a.ics', (row, at) => {
      row.seq[at] = 9;
    });
    assert.deepEqual(await kinds(), ['damaged state']);
    assert.deepEqual(await kinds(true), ['damaged state repaired']);
    assert.deepEqual(await kinds(), []);
    const index = path.join(folder, 'state/index');
    await store.checkpoint();
    await rot(index, 50);
    assert.deepEqual(await kinds(), []);
  });

  it('state that the journal contradicts is told, with what to do', async () => {
    await store.checkpoint();
    await store.close();
    changeRow(path.join(folder, 'state'), 'b', (row, at) => {
      row.etags.write('nope', at * ETAG);
    });
    await open();
    const different = (await found(true)).filter(({ kind }) => kind === 'different');
    assert.deepEqual(different.length, 1);
    assert.match(different[0]?.what ?? '', /the journal says otherwise: "default\/b".* move state\/ away/);
    assert.deepEqual([...(await rebuilt()).keys()], ['a.ics', 'b']);
    assert.deepEqual(await kinds(), []);
  });

  it('two objects with one UID, and one that can not be read, are told', async () => {
    const { facts } = object('other');
    await store.commit([
      { do: 'put', collection: calendar.id, name: 'c.ics', bytes: Buffer.from('a|VEVENT||\n'), facts },
      {
        do: 'put',
        collection: calendar.id,
        name: 'd.ics',
        bytes: Buffer.from('d'),
        facts: { ...facts, uid: 'd' },
      },
    ]);
    assert.deepEqual(await kinds(true), [
      'different c.ics repaired',
      'duplicate c.ics',
      'different d.ics repaired',
      'unreadable d.ics',
    ]);
    assert.deepEqual(await kinds(), ['duplicate c.ics', 'unreadable d.ics']);
  });

  it('looks while others write, and finds nothing that is not there', async () => {
    let writing = true;
    const writer = (async () => {
      for (let round = 0; writing; round++) {
        await fill(0, 20, `round ${round}`);
        await store.commit([{ do: 'delete', collection: calendar.id, name: `${round % 20}.ics` }]);
        if (round % 5 === 0) await store.checkpoint();
      }
    })();
    for (let i = 0; i < 5; i++) assert.deepEqual(await kinds(), []);
    writing = false;
    await writer;
  });
});
