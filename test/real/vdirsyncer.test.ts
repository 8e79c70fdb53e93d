/** vdirsyncer keeps two computers in step through a real server. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { toVersion } from '../../src/model/vcard-convert.ts';
import { davd, madeFolder, serving, stop } from '../cli/davd.ts';
import { contacts, events, type Item } from './items.ts';
import { contentsOf, hasVdirsyncer, Replica, type Sort } from './replica.ts';

const counts: Readonly<Record<Sort, number>> = {
  calendars: 200,
  contacts: process.env['DAVD_TEST_LONG'] ? 1000 : 200,
};
const password = 'secret-alice-1';
const sorts = ['calendars', 'contacts'] as const;

const missing = !hasVdirsyncer();
if (missing && process.env['CI'] === 'true') {
  throw new Error('vdirsyncer is not installed: apt-get install vdirsyncer, as .ci/run does');
}
const skip = missing && 'vdirsyncer is not installed: apt-get install vdirsyncer';

test(`vdirsyncer keeps ${counts.calendars} events and ${counts.contacts} contacts of two computers in step`, {
  skip,
}, async (t) => {
  const data = await madeFolder(t);
  await davd(['user', 'add', 'alice', '--data', data, '--password-stdin'], { input: `${password}\n` });
  const server = await serving(t, data);
  const first = replica(t, server.url);
  const second = replica(t, server.url);
  const items: Readonly<Record<Sort, readonly Item[]>> = {
    calendars: events(counts.calendars),
    contacts: contacts(counts.contacts),
  };
  const texts: Readonly<Record<Sort, Texts>> = { calendars: new Texts(), contacts: new Texts() };
  const write = (side: Side, sort: Sort, item: Item) => {
    (side === 'first' ? first : second).write(sort, item);
    texts[sort].write(side, item);
  };
  const remove = (side: Side, sort: Sort, uid: string) => {
    (side === 'first' ? first : second).remove(sort, uid);
    texts[sort].remove(uid);
  };

  await t.test('it discovers both services from the bare address', async () => {
    const said = await first.discover();
    for (const name of ['"default"', '"tasks"']) assert.ok(said.includes(name), said);
  });

  await t.test('it uploads everything', async () => {
    for (const sort of sorts) for (const item of items[sort]) write('first', sort, item);
    const said = await first.sync();
    const uploads = counts.calendars + counts.contacts;
    assert.equal(said.match(/Copying \(uploading\)/g)?.length, uploads, said);
  });

  await t.test('the second computer gets the same bytes, and cards of version 4.0 as 3.0', async () => {
    await second.discover();
    await second.sync();
    for (const sort of sorts) assert.deepEqual(second.read(sort), texts[sort].of('second'));
  });

  await t.test('edits and deletions of both sides arrive at the other', async () => {
    for (const sort of sorts) {
      const part = (from: number) => items[sort].slice(from, from + 10);
      for (const { uid } of part(0)) write('first', sort, edited(uid, first.read(sort)));
      for (const { uid } of part(15)) write('second', sort, edited(uid, second.read(sort)));
      for (const { uid } of part(30)) remove('first', sort, uid);
      for (const { uid } of part(45)) remove('second', sort, uid);
    }
    await first.sync();
    await second.sync();
    await first.sync();
    for (const sort of sorts) {
      assert.deepEqual(first.read(sort), texts[sort].of('first'));
      assert.deepEqual(second.read(sort), texts[sort].of('second'));
    }
  });

  await t.test('another run has nothing to do', async () => {
    for (const side of [first, second]) {
      const said = await side.sync();
      assert.doesNotMatch(said, /Copying|Deleting|conflict|warning|error/i);
      assert.match(said, /Syncing calendars\/default/);
    }
  });

  await t.test('a restart of the server changes nothing', async () => {
    await stop(server);
    const again = await serving(t, data);
    const third = replica(t, again.url);
    await third.discover();
    await third.sync();
    for (const sort of sorts) assert.deepEqual(third.read(sort), texts[sort].of('third'));
    await stop(again);
  });

  await t.test('every item stands in a file of its own on the server, byte for byte as it was sent', () => {
    const files = join(data, 'files', 'alice');
    assert.deepEqual(contentsOf(join(files, 'calendars', 'default')), texts.calendars.sent());
    assert.deepEqual(contentsOf(join(files, 'addressbooks', 'default')), texts.contacts.sent());
  });
});

type Side = 'first' | 'second' | 'third';

/** What each side must have: its own bytes where it wrote them last, else what the server makes of the other's. */
class Texts {
  readonly #last = new Map<string, { readonly by: Side; readonly text: string }>();

  write(by: Side, { uid, text }: Item): void {
    this.#last.set(uid, { by, text });
  }

  remove(uid: string): void {
    this.#last.delete(uid);
  }

  of(side: Side): ReadonlyMap<string, string> {
    return this.#map(({ by, text }) => (by === side ? text : served(text)));
  }

  sent(): ReadonlyMap<string, string> {
    return this.#map(({ text }) => text);
  }

  #map(textOf: (item: { by: Side; text: string }) => string): ReadonlyMap<string, string> {
    return new Map([...this.#last].map(([uid, item]) => [uid, textOf(item)]));
  }
}

/** Debian's vdirsyncer names no version when it fetches cards, so all come as 3.0. */
function served(text: string): string {
  return Buffer.from(toVersion(Buffer.from(text), '3.0')).toString();
}

/** The item as its owner changes it: another title. */
function edited(uid: string, texts: ReadonlyMap<string, string>): Item {
  return { uid, text: (texts.get(uid) ?? '').replace(/^(?:SUMMARY|FN):.*(?=\r$)/m, '$& (edited)') };
}

function replica(t: TestContext, url: string): Replica {
  const folder = mkdtempSync(join(tmpdir(), 'davd-replica-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return new Replica(folder, url, 'alice', password);
}
