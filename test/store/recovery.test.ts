import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Disk } from '../../src/store/flat/disk.ts';
import { nodeDisk } from '../../src/store/flat/node-disk.ts';
import { type FlatStore, openFlatStore, StoreError } from '../../src/store/flat/open.ts';
import type { Collection } from '../../src/store/types.ts';
import { bytesOf, changesOf, factsOf, known, made, membersOf, put } from './contract.ts';
import { copyData, tempStore } from './temp.ts';

const LONG = Boolean(process.env['DAVD_TEST_LONG']);

const HOME = { user: 'ann', kind: 'calendar' } as const;

async function copyOf(folder: string): Promise<string> {
  const copy = await mkdtemp(path.join(tmpdir(), 'davd-crash-'));
  // What a crash leaves: the folder as it is, owned by nobody.
  await copyData(folder, copy);
  return copy;
}

/** Opens a copy of a folder as it is now, as if its owner had been killed. */
async function afterCrash<T>(
  folder: string,
  look: (store: FlatStore, copy: string) => Promise<T>,
  harm: (copy: string) => Promise<void> = async () => undefined,
): Promise<T> {
  const copy = await copyOf(folder);
  try {
    await harm(copy);
    const store = await openFlatStore({ folder: copy, factsOf });
    try {
      return await look(store, copy);
    } finally {
      await store.close();
    }
  } finally {
    await rm(copy, { recursive: true });
  }
}

async function lastSegment(folder: string): Promise<string> {
  const files = (await readdir(path.join(folder, 'journal'))).filter((name) => name.endsWith('.journal'));
  return path.join(folder, 'journal', known(files.sort().at(-1)));
}

/** Octets of a segment up to the end of its last record. */
async function recorded(segment: string): Promise<number> {
  return (await readFile(segment)).findLastIndex((octet) => octet !== 0) + 1;
}

async function namesIn(store: FlatStore): Promise<string[]> {
  const collection = known(await store.collection(HOME, 'default'));
  return (await membersOf(store, collection)).map(({ name }) => name).sort();
}

async function damaged(work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => error instanceof StoreError && error.code === 'damaged');
}

describe('recovery', () => {
  let folder: string;
  let end: () => Promise<void>;
  let store: FlatStore;
  let calendar: Collection;

  before(async () => {
    ({ folder, end } = await tempStore());
    store = await openFlatStore({ folder, factsOf });
    calendar = await made(store, 'ann');
    await store.commit([put(calendar, 'a.ics', 'a', 'A')]);
    await store.commit([put(calendar, 'b.ics', 'b', 'B'), put(calendar, 'gone.ics')]);
    await store.commit([{ do: 'delete', collection: calendar.id, name: 'gone.ics' }]);
  });
  after(async () => {
    await store.close();
    await end();
  });

  it('a crash without a checkpoint loses nothing that was acknowledged', async () => {
    const { token } = known(await store.collection(HOME, 'default'));
    await afterCrash(folder, async (again) => {
      assert.deepEqual(await namesIn(again), ['a.ics', 'b.ics']);
      assert.deepEqual(await bytesOf(again, calendar, 'a.ics', 'b.ics'), ['a|VEVENT||\nA', 'b|VEVENT||\nB']);
      assert.equal(known(await again.collection(HOME, 'default')).token, token);
    });
  });

  it('a crash after a checkpoint and more commits loses nothing either', async () => {
    await store.checkpoint();
    await store.commit([put(calendar, 'c.ics', 'c', 'C'), put(calendar, 'a.ics', 'a', 'A2')]);
    await afterCrash(folder, async (again, copy) => {
      assert.deepEqual(await namesIn(again), ['a.ics', 'b.ics', 'c.ics']);
      assert.deepEqual(await bytesOf(again, calendar, 'a.ics', 'c.ics'), ['a|VEVENT||\nA2', 'c|VEVENT||\nC']);
      await again.settled();
      const files = path.join(copy, 'files/ann/calendars/default');
      assert.equal(await readFile(path.join(files, 'a.ics'), 'utf8'), 'a|VEVENT||\nA2');
    });
  });

  it('what changes while a checkpoint saves it is told to every client after a crash', async () => {
    const own = await tempStore();
    let meanwhile = async (): Promise<unknown> => undefined;
    const slow: Disk = {
      ...nodeDisk,
      async open(file, how) {
        if (file.endsWith('.rows')) await meanwhile();
        return nodeDisk.open(file, how);
      },
    };
    const written = await openFlatStore({ folder: own.folder, factsOf, disk: slow });
    const events = await made(written, 'ann');
    await written.commit([put(events, 'old.ics')]);
    const { token } = known(await written.collection(HOME, 'default'));
    let last = token;
    meanwhile = async () => {
      meanwhile = async () => undefined;
      // The one is new and not among what is saved now, the other is saved as it is afterwards.
      await written.commit([put(events, 'new.ics')]);
      last = known(await written.collection(HOME, 'default')).token;
      await written.commit([put(events, 'old.ics', 'old.ics', '2')]);
    };
    await written.checkpoint();
    await afterCrash(own.folder, async (again) => {
      const since = async (known: string) => {
        const changes = await again.changes(events, known);
        return changes === 'invalid-token' ? changes : changes.changed;
      };
      assert.deepEqual(await since(token), ['new.ics', 'old.ics']);
      assert.deepEqual(await since(last), ['old.ics']);
    });
    await written.close();
    await own.end();
  });

  it('a last record cut at any octet is as if it had not been written', async () => {
    const segment = await lastSegment(folder);
    const start = await recorded(segment);
    await store.commit([put(calendar, 'last.ics', 'last', 'L')]);
    const size = await recorded(segment);
    const whole = (await stat(segment)).size;
    assert.ok(size < whole);
    const step = LONG ? 1 : 29;
    const cuts = Array.from({ length: Math.ceil((size - start) / step) }, (_, i) => start + i * step);
    for (const [i, cut] of [...cuts, size - 1, size].entries()) {
      await afterCrash(
        folder,
        async (again, copy) => {
          const names = ['a.ics', 'b.ics', 'c.ics', ...(cut === size ? ['last.ics'] : [])];
          assert.deepEqual(await namesIn(again), names, `cut at ${cut} of ${start}–${size}`);
          assert.equal((await stat(await lastSegment(copy))).size, cut === size ? size : start);
          await again.commit([put(calendar, 'more.ics')]);
        },
        async (copy) => {
          const last = await lastSegment(copy);
          await truncate(last, cut);
          // With the room behind it, or without.
          if (i % 2 === 0) await truncate(last, whole);
          await rm(path.join(copy, 'files/ann/calendars/default/last.ics'), { force: true });
        },
      );
    }
  });

  it('zeros or rubbish after the last record are cut off', async () => {
    for (const tail of [Buffer.alloc(4096), Buffer.from('davd1 x y z\n'), Buffer.alloc(5000, 'x')]) {
      await afterCrash(
        folder,
        async (again) => assert.ok((await namesIn(again)).includes('last.ics')),
        async (copy) => writeFile(await lastSegment(copy), tail, { flag: 'a' }),
      );
    }
  });

  it('a changed octet before something that was durable refuses opening, or costs the bytes of one object, and is told', async () => {
    const names = await namesIn(store);
    const written = await lastSegment(folder);
    const segment = (await readFile(written)).subarray(0, await recorded(written));
    const last = segment.lastIndexOf('\ndavd1 ');
    const step = LONG ? 1 : 37;
    for (let at = 0; at < last; at += step) {
      const flipped = Buffer.from(segment);
      flipped[at] = (flipped[at] ?? 0) ^ 4;
      const copy = await copyOf(folder);
      await rm(path.join(copy, 'state'), { recursive: true });
      const file = await lastSegment(copy);
      await writeFile(file, flipped);
      const warned: string[] = [];
      const log = { info: () => undefined, warn: (text: string) => void warned.push(text) };
      const opening = openFlatStore({ folder: copy, factsOf, log });
      const again = await opening.catch(() => undefined);
      if (again) {
        assert.match(warned.join(), /bytes of objects have changed there/, `octet ${at}`);
        assert.deepEqual(await namesIn(again), names, `octet ${at}`);
        await again.close();
      } else await damaged(opening);
      assert.deepEqual((await readFile(file)).subarray(0, flipped.length), flipped, `octet ${at}`);
      await rm(copy, { recursive: true });
    }
  });

  it('an object that looks like a record is no record', async () => {
    const segment = await readFile(await lastSegment(folder));
    const forged = segment.subarray(segment.lastIndexOf('\ndavd1 ') + 1);
    const text = forged.toString('latin1').replace(/^davd1 \S+/, 'davd1 AAAAAAAAAAAAAAAA');
    await store.commit([put(calendar, 'forged.ics', 'forged', text)]);
    const cut = (await recorded(await lastSegment(folder))) - 1;
    await afterCrash(
      folder,
      async (again) => assert.ok(!(await namesIn(again)).includes('forged.ics')),
      async (copy) => truncate(await lastSegment(copy), cut),
    );
  });

  it('a journal that lost its end after a checkpoint refuses opening', async () => {
    await store.checkpoint();
    const copy = await copyOf(folder);
    const file = await lastSegment(copy);
    await truncate(file, (await recorded(file)) - 10);
    await damaged(openFlatStore({ folder: copy, factsOf }));
    await rm(file);
    await damaged(openFlatStore({ folder: copy, factsOf }));
    await rm(copy, { recursive: true });
  });

  it('without state/ everything is there, and old tokens are refused', async () => {
    const { token } = known(await store.collection(HOME, 'default'));
    await afterCrash(
      folder,
      async (again) => {
        assert.deepEqual(await namesIn(again), await namesIn(store));
        assert.equal(await again.changes(calendar, token), 'invalid-token');
        const fresh = known(await again.collection(HOME, 'default'));
        assert.equal(fresh.id, calendar.id);
      },
      (copy) => rm(path.join(copy, 'state'), { recursive: true }),
    );
  });

  it('who reads a long journal without state/ says how far it is', async (t) => {
    const copy = await copyOf(folder);
    await rm(path.join(copy, 'state'), { recursive: true });
    const said: string[] = [];
    let now = 0;
    const clock = t.mock.method(performance, 'now', () => (now += 5000));
    const opening = openFlatStore({
      folder: copy,
      factsOf,
      log: { info: (text) => void said.push(text), warn: (text) => void said.push(text) },
    });
    const again = await opening.finally(() => clock.mock.restore());
    await again.close();
    await rm(copy, { recursive: true });
    assert.match(said.join('\n'), /^opening the store: 0 of 1 files of the journal are read$/m);
  });

  it('a damaged state/ counts as none', async () => {
    const { token } = known(await store.collection(HOME, 'default'));
    await afterCrash(
      folder,
      async (again) => {
        assert.deepEqual(await namesIn(again), await namesIn(store));
        assert.equal(await again.changes(calendar, token), 'invalid-token');
      },
      async (copy) => {
        const index = path.join(copy, 'state/index');
        const text = await readFile(index, 'utf8');
        await writeFile(index, text.replace('"seq":', '"seq": '));
      },
    );
  });

  it('without cache/ nothing is missing', async () => {
    await afterCrash(
      folder,
      async (again) => {
        assert.equal((await again.memberByUid(calendar, 'last'))?.name, 'last.ics');
        assert.deepEqual(await changesOf(again, calendar, null), await changesOf(store, calendar, null));
      },
      (copy) => rm(path.join(copy, 'cache'), { recursive: true }),
    );
  });

  it('kept facts are found in whatever order they were kept', async () => {
    const own = await tempStore();
    const first = await openFlatStore({ folder: own.folder, factsOf });
    const books = await made(first, 'ann');
    await first.commit(['a', 'b', 'c', 'd'].map((uid) => put(books, `${uid}.ics`, uid)));
    await first.checkpoint();
    await first.commit([
      put(books, 'c.ics', 'c', 'C2'),
      put(books, 'x.ics', 'x'),
      put(books, 'a.ics', 'a', 'A2'),
    ]);
    await first.checkpoint();
    await first.close();
    let worked = 0;
    const again = await openFlatStore({
      folder: own.folder,
      factsOf: (kind, bytes) => {
        worked++;
        return factsOf(kind, bytes);
      },
    });
    for (const uid of ['a', 'b', 'c', 'd', 'x'])
      assert.equal((await again.memberByUid(books, uid))?.name, `${uid}.ics`);
    assert.equal(worked, 0);
    await again.close();
    await own.end();
  });

  it('facts of another version are worked out anew', async () => {
    const copy = await copyOf(folder);
    const again = await openFlatStore({
      folder: copy,
      factsVersion: '2',
      factsOf: (kind, bytes) => ({ ...factsOf(kind, bytes), component: 'NEW' }),
    });
    assert.equal((await again.member(calendar, 'a.ics'))?.facts.component, 'NEW');
    await again.close();
    await rm(copy, { recursive: true });
  });

  it('without journal/ and state/ the files alone make a store', async () => {
    await store.settled();
    await afterCrash(
      folder,
      async (again) => {
        await again.settled();
        assert.deepEqual(await namesIn(again), await namesIn(store));
        assert.equal(known(await again.collection(HOME, 'default')).id, calendar.id);
        assert.deepEqual(await again.users(), await store.users());
        await again.commit([put(calendar, 'a.ics', 'a', 'A3')]);
      },
      async (copy) => {
        await rm(path.join(copy, 'state'), { recursive: true });
        await rm(path.join(copy, 'journal'), { recursive: true });
      },
    );
  });

  it('two openings and closings in a row change nothing', async () => {
    const copy = await copyOf(folder);
    for (let i = 0; i < 3; i++) {
      const again = await openFlatStore({ folder: copy, factsOf });
      assert.deepEqual(await namesIn(again), await namesIn(store));
      assert.equal(
        (await again.collection(HOME, 'default'))?.token,
        (await store.collection(HOME, 'default'))?.token,
      );
      await again.close();
    }
    await rm(copy, { recursive: true });
  });
});
