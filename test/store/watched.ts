import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Disk } from '../../src/store/flat/disk.ts';
import { type FlatStore, openFlatStore } from '../../src/store/flat/open.ts';
import type { Trouble } from '../../src/store/trouble.ts';
import type { Collection, Inspect } from '../../src/store/types.ts';
import { bytesOf, changesOf, factsOf, known, made, membersOf } from './contract.ts';
import { tempStore } from './temp.ts';

/** ms. Far beyond what anything here takes. */
const PATIENCE = 120_000;

/** Asks until it is so. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE; !(await holds()); await sleep(20)) {
    assert.ok(performance.now() < end, what);
  }
}

/** Objects whose text has a line BAD are broken there. */
const inspect: Inspect = async (kind, bytes) => {
  const line = Buffer.from(bytes).toString().split('\n').indexOf('BAD') + 1;
  const facts = factsOf(kind, bytes);
  if (line > 0) return { line, what: `line ${line} is bad` };
  return facts.component === '' ? { line: 1, what: 'line 1 is nothing' } : facts;
};

/** A store that goes on looking at its files, as a server's does, with one calendar. */
export class Watched {
  readonly folder: string;
  readonly said: string[] = [];
  readonly #end: () => Promise<void>;
  #store: FlatStore | undefined;
  #calendar: Collection | undefined;

  private constructor(folder: string, end: () => Promise<void>) {
    this.folder = folder;
    this.#end = end;
  }

  static async make(): Promise<Watched> {
    const { folder, end } = await tempStore();
    const watched = new Watched(folder, end);
    await watched.open();
    watched.#calendar = await made(watched.store, 'ann');
    return watched;
  }

  get store(): FlatStore {
    return known(this.#store);
  }

  get calendar(): Collection {
    return known(this.#calendar);
  }

  async open(options: { disk?: Disk; watch?: { period?: number } } = {}): Promise<void> {
    const say = (text: string) => {
      this.said.push(text);
      if (process.env['DAVD_TEST_SAY']) console.error(text);
    };
    const log = { info: say, warn: say };
    this.said.length = 0;
    this.#store = await openFlatStore({
      folder: this.folder,
      factsOf,
      inspect,
      watch: {},
      log,
      ...options,
    });
    await this.store.settled();
  }

  /** Does something to the files while nobody has the store open. */
  async meanwhile(work: () => Promise<unknown>, options?: Parameters<Watched['open']>[0]): Promise<void> {
    await this.store.settled();
    await this.store.close();
    await work();
    await this.open(options);
  }

  file(...names: string[]): string {
    return path.join(this.folder, 'files/ann/calendars/default', ...names);
  }

  async names(): Promise<string[]> {
    return (await membersOf(this.store, this.calendar)).map(({ name }) => name).sort();
  }

  async text(name: string): Promise<string | undefined> {
    return (await bytesOf(this.store, this.calendar, name))[0];
  }

  async token(): Promise<string> {
    return known(await this.store.collection({ user: 'ann', kind: 'calendar' }, 'default')).token;
  }

  /** What a client that syncs learns. */
  async since(token: string): Promise<{ readonly changed: string[]; readonly removed: readonly string[] }> {
    const { names, removed } = await changesOf(this.store, this.calendar, token);
    return { changed: names.sort(), removed: [...removed].sort() };
  }

  async troubles(kind: Trouble['kind']): Promise<readonly Trouble[]> {
    return (await this.store.troubles()).filter((trouble) => trouble.kind === kind);
  }

  async end(): Promise<void> {
    await this.store.close();
    await this.#end();
  }
}
