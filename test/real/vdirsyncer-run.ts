/** A whole run of vdirsyncer: two computers kept in step through a server. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { toVersion } from '../../src/model/vcard-convert.ts';
import { contacts, events, type Item } from './items.ts';
import { hasVdirsyncer, Replica, type Sort } from './replica.ts';

const sorts = ['calendars', 'contacts'] as const;

/** Of the user alice. */
export const password = 'secret-alice-1';

/** Why tests with vdirsyncer are skipped, or false. @throws Error in CI, which installs it. */
export function withoutVdirsyncer(): string | false {
  if (hasVdirsyncer()) return false;
  const sentence = 'vdirsyncer is not installed: apt-get install vdirsyncer, as .ci/run does';
  if (process.env['CI'] === 'true') throw new Error(sentence);
  return sentence;
}

export interface RunOptions {
  /** What a person types: the address of the server. */
  readonly url: string;
  /** At least 20 of each. */
  readonly counts: Readonly<Record<Sort, number>>;
  /** File with the certificate of the server. */
  readonly certificate?: string;
}

/** Uploads, downloads, edits and deletions on both sides, as subtests. Returns what alice has at the end. */
export async function keepInStep(
  t: TestContext,
  { url, counts, certificate }: RunOptions,
): Promise<Readonly<Record<Sort, Texts>>> {
  const [first, second] = [replica(t, url, certificate), replica(t, url, certificate)];
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
      const share = Math.min(15, Math.floor(counts[sort] / 4));
      const part = (nth: number) => items[sort].slice(nth * share, (nth + 1) * share - 1);
      for (const { uid } of part(0)) write('first', sort, edited(uid, first.read(sort)));
      for (const { uid } of part(1)) write('second', sort, edited(uid, second.read(sort)));
      for (const { uid } of part(2)) remove('first', sort, uid);
      for (const { uid } of part(3)) remove('second', sort, uid);
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

  return texts;
}

type Side = 'first' | 'second' | 'third';

/** What each side must have: its own bytes where it wrote them last, else what the server makes of the other's. */
export class Texts {
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

/** A computer of alice's. */
export function replica(t: TestContext, url: string, certificate?: string): Replica {
  const folder = mkdtempSync(join(tmpdir(), 'davd-replica-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return new Replica(folder, { url, user: 'alice', password, certificate });
}
