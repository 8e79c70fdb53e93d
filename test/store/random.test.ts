import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { type FlatStore, openFlatStore } from '../../src/store/flat/open.ts';
import type { Change, Collection, SyncToken } from '../../src/store/types.ts';
import { Refusal } from '../../src/store/types.ts';
import { factsOf, known, object, user } from './contract.ts';
import { tempStore } from './temp.ts';

const LONG = Boolean(process.env['DAVD_TEST_LONG']);
const SEEDS = LONG ? 30 : 2;
const STEPS = LONG ? 400 : 150;
const HOME = { user: 'ann', kind: 'calendar' } as const;
const NAMES = ['a.ics', 'A.ics', 'b', 'b.ics', 'é.ics', 'x/y.ics', `${'long'.repeat(60)}.ics`];
const FOLDERS = ['one', 'One', 'two/2', '..'];

/** mulberry32 */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function noEdit(text: string): void {
  assert.doesNotMatch(text, /on disk/);
}

/** What the store should hold: bytes by name by collection's name. */
type Model = Map<string, Map<string, string>>;

/** A client that syncs: what it knows of one collection. */
interface Client {
  readonly id: string;
  token: SyncToken | null;
  readonly etags: Map<string, string>;
}

class Run {
  readonly #next: (below: number) => number;
  readonly #model: Model = new Map();
  readonly #clients = new Map<string, Client>();
  #store: FlatStore;
  #folder: string;
  #counter = 0;

  constructor(store: FlatStore, folder: string, seed: number) {
    this.#store = store;
    this.#folder = folder;
    this.#next = random(seed);
  }

  /** Nobody touches the files, so nothing may be taken for an edit. */
  static options = {
    factsOf,
    segmentSize: 8000,
    history: { maxBytes: 20_000 },
    log: { info: noEdit, warn: noEdit },
  };

  async step(): Promise<void> {
    const dice = this.#next(100);
    if (dice < 60) await this.#write();
    else if (dice < 75) await this.#sync();
    else if (dice < 78) await this.#store.checkpoint();
    else if (dice < 81) await this.#store.compact();
    else if (dice < 85) await this.#reopen();
    else if (dice < 90) await this.#crash();
    else await this.#compare();
  }

  async end(): Promise<void> {
    await this.#sync();
    await this.#compare();
    await this.#compareFiles();
    await this.#store.close();
    await rm(this.#folder, { recursive: true });
  }

  #one<T>(of: readonly T[]): T {
    return known(of[this.#next(of.length)]);
  }

  async #collection(name: string): Promise<Collection | undefined> {
    return this.#store.collection(HOME, name);
  }

  /** One to three commits of one to four changes, at the same time. */
  async #write(): Promise<void> {
    // Commits of one moment keep their order where no UIDs have to be worked out first.
    for (const collection of await this.#store.collections(HOME))
      await this.#store.memberByUid(collection, '');
    const commits = await Promise.all(Array.from({ length: 1 + this.#next(3) }, () => this.#changes()));
    const results = await Promise.allSettled(commits.map(({ changes }) => this.#store.commit(changes)));
    for (const [i, result] of results.entries()) {
      if (result.status === 'rejected') {
        if (!(result.reason instanceof Refusal)) throw result.reason;
        continue;
      }
      for (const apply of known(commits[i]).effects) apply();
    }
  }

  async #changes(): Promise<{ changes: Change[]; effects: (() => void)[] }> {
    const changes: Change[] = [];
    const effects: (() => void)[] = [];
    for (let i = 1 + this.#next(4); i > 0; i--) {
      const [change, effect] = await this.#change();
      if (!change) continue;
      changes.push(change);
      effects.push(effect);
    }
    return { changes, effects };
  }

  async #change(): Promise<[Change | undefined, () => void]> {
    const model = this.#model;
    const where = this.#one(FOLDERS);
    const collection = await this.#collection(where);
    const name = this.#one(NAMES);
    const dice = this.#next(100);
    if (!collection || dice < 3) {
      const change = {
        do: 'create-collection',
        ...HOME,
        name: where,
        components: [],
        properties: {},
      } as const;
      return [change, () => void model.set(where, new Map())];
    }
    // Effects look up the model when they run: commits of one moment may rename what others write to.
    const membersOf = (id: string) => this.#membersOf(id);
    if (dice < 6) return [{ do: 'remove-collection', ...HOME, name: where }, () => void model.delete(where)];
    if (dice < 10) {
      const to = this.#one(FOLDERS);
      const rename = () => {
        const members = known(model.get(where));
        model.delete(where);
        model.set(to, members);
      };
      return [{ do: 'rename-collection', ...HOME, name: where, to }, rename];
    }
    membersOf(collection.id);
    this.#ids.set(collection.id, known(model.get(where)));
    if (dice < 70) {
      const text = `${this.#counter++} `.repeat(1 + this.#next(200));
      const content = object(`uid of ${name} ${this.#next(12) === 0 ? 'x' : where}`, text);
      return [
        { do: 'put', collection: collection.id, name, ...content },
        () => void membersOf(collection.id)?.set(name, content.bytes.toString()),
      ];
    }
    if (dice < 85) {
      return [
        { do: 'delete', collection: collection.id, name },
        () => void membersOf(collection.id)?.delete(name),
      ];
    }
    const target = (await this.#collection(this.#one(FOLDERS))) ?? collection;
    this.#ids.set(target.id, known(model.get(target.name)));
    const to = this.#one(NAMES);
    const move = () => {
      if (collection.id === target.id && name === to) return;
      const source = known(membersOf(collection.id));
      known(membersOf(target.id)).set(to, known(source.get(name)));
      source.delete(name);
    };
    return [{ do: 'move', collection: collection.id, name, to: { collection: target.id, name: to } }, move];
  }

  readonly #ids = new Map<string, Map<string, string>>();

  #membersOf(id: string): Map<string, string> | undefined {
    return this.#ids.get(id);
  }

  async #reopen(): Promise<void> {
    await this.#store.close();
    this.#store = await openFlatStore({ folder: this.#folder, ...Run.options });
  }

  /** Goes on with a copy of what is on the disk now. */
  async #crash(): Promise<void> {
    if (this.#next(2)) await this.#store.settled();
    const copy = await mkdtemp(path.join(tmpdir(), 'davd-random-'));
    // In one go: nothing new is begun on the disk meanwhile.
    cpSync(this.#folder, copy, { recursive: true, filter: (file) => path.basename(file) !== 'lock' });
    await this.#store.close();
    await rm(this.#folder, { recursive: true });
    this.#folder = copy;
    this.#store = await openFlatStore({ folder: copy, ...Run.options });
    if (this.#next(2)) await this.#store.settled();
  }

  /** Clients that sync with any limit know in the end what is there. */
  async #sync(): Promise<void> {
    for (const collection of await this.#store.collections(HOME)) {
      const client = this.#clients.get(collection.id) ?? { id: collection.id, token: null, etags: new Map() };
      this.#clients.set(collection.id, client);
      for (let truncated = true; truncated; ) {
        const limit = this.#next(3) ? 1 + this.#next(5) : undefined;
        const changes = await this.#store.changes(collection, client.token, limit);
        if (changes === 'invalid-token') assert.fail(`${client.token} is refused`);
        for await (const page of changes.members())
          for (const { name, etag } of page) client.etags.set(name, etag);
        for (const name of changes.removed) client.etags.delete(name);
        client.token = changes.token;
        truncated = changes.truncated;
      }
      const there: [string, string][] = [];
      for await (const page of this.#store.members(collection))
        for (const { name, etag } of page) there.push([name, etag]);
      assert.deepEqual([...client.etags].sort(), there.sort());
    }
  }

  async #compare(): Promise<void> {
    const collections = await this.#store.collections(HOME);
    assert.deepEqual(collections.map(({ name }) => name).sort(), [...this.#model.keys()].sort());
    for (const collection of collections) {
      const model = known(this.#model.get(collection.name));
      const there = new Map<string, string>();
      for await (const batch of this.#store.read(collection, NAMES)) {
        for (const content of batch)
          if (content) there.set(content.member.name, Buffer.from(content.bytes).toString());
      }
      assert.deepEqual([...there].sort(), [...model].sort());
      assert.equal(collection.count, model.size);
      for (const [name, text] of model) {
        const uid = known(text.split('|')[0]);
        assert.equal((await this.#store.memberByUid(collection, uid))?.name, name);
      }
    }
  }

  async #compareFiles(): Promise<void> {
    await this.#store.settled();
    const calendars = path.join(this.#folder, 'files/ann/calendars');
    const texts: string[] = [];
    for (const folder of await readdir(calendars).catch(() => [])) {
      for (const file of await readdir(path.join(calendars, folder))) {
        if (file.endsWith('.ics')) texts.push(await readFile(path.join(calendars, folder, file), 'utf8'));
        else assert.equal(file, '.collection.json');
      }
    }
    const expected = [...this.#model.values()].flatMap((members) => [...members.values()]);
    assert.deepEqual(texts.sort(), expected.sort());
  }
}

describe('random work', () => {
  for (let i = 0; i < SEEDS; i++) {
    const seed = Number(process.env['DAVD_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    it(`commits, crashes, closings and history leave what a model says (seed ${seed})`, async () => {
      const { folder } = await tempStore();
      const store = await openFlatStore({ folder, ...Run.options });
      await store.commit([{ do: 'put-user', user: user('ann'), expect: 'absent' }]);
      const run = new Run(store, folder, seed);
      for (let step = 0; step < STEPS; step++) await run.step();
      await run.end();
    });
  }
});
