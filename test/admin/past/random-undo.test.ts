import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Administration } from '../../../src/admin/administration.ts';
import { undo } from '../../../src/admin/past/undo.ts';
import { calendarFacts } from '../../../src/model/calendar-object.ts';
import { initFlatStore, openFlatStore } from '../../../src/store/flat/open.ts';
import type { PastCommit } from '../../../src/store/history.ts';
import { type Author, type Change, Refusal, type Store } from '../../../src/store/types.ts';
import { event } from '../../objects.ts';
import { user } from '../../store/contract.ts';
import { Random } from '../../store/random.ts';

const LONG = Boolean(process.env['DAVD_TEST_LONG']);
const SEEDS = LONG ? 60 : 3;
/** Found once: an item is to come back in a collection that comes back itself, and another in it has the UID. */
const KNOWN = [37];
const COMMITS = LONG ? 60 : 40;

const HOME = { user: 'ann', kind: 'calendar' } as const;
const NAMES = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.ics`);
const COLLECTIONS = ['one', 'two'];
const CLIENTS: readonly Author[] = [
  { user: 'ann', device: 'phone' },
  { user: 'ann', agent: 'laptop/1' },
];

/** Everything a client can see: names of collections with properties, names of objects with bytes and properties. */
async function look(store: Store): Promise<unknown> {
  const seen: Record<string, unknown> = {};
  for (const collection of await store.collections(HOME)) {
    const objects: Record<string, unknown> = {};
    for await (const batch of store.read(collection, NAMES)) {
      for (const content of batch) {
        if (!content) continue;
        const { name, properties, created } = content.member;
        objects[name] = { text: Buffer.from(content.bytes).toString(), properties, created };
      }
    }
    seen[collection.name] = { properties: collection.properties, objects };
  }
  return seen;
}

class Run {
  readonly store: Store;
  readonly random: Random;
  #count = 0;

  constructor(store: Store, random: Random) {
    this.store = store;
    this.random = random;
  }

  /** @param ownUids every name has a UID of its own, so that none is ever in the way */
  async commits(count: number, ownUids: boolean, structure: boolean): Promise<void> {
    for (let i = 0; i < count; i++) {
      const changes: Change[] = [];
      for (let left = 1 + this.random.below(3); left > 0; left--) {
        const change = await this.#change(ownUids, structure);
        if (change) changes.push(change);
      }
      const by = this.random.pick(CLIENTS) ?? {};
      await this.store.commit(changes, { by }).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
      });
    }
  }

  async #change(ownUids: boolean, structure: boolean): Promise<Change | undefined> {
    const { random } = this;
    const where = random.pick(COLLECTIONS) ?? '';
    const found = await this.store.collection(HOME, where);
    const set = { '{x:}p': `${this.#count++}` } as const;
    if (!found) return { do: 'create-collection', ...HOME, name: where, components: [], properties: set };
    const { id: collection } = found;
    const name = random.pick(NAMES) ?? '';
    const dice = random.next();
    if (structure && dice < 0.06) return { do: 'remove-collection', ...HOME, name: where };
    if (structure && dice < 0.1) {
      return { do: 'rename-collection', ...HOME, name: where, to: random.pick(COLLECTIONS) ?? '' };
    }
    if (structure && dice < 0.15) return { do: 'patch', target: { of: 'collection', collection }, set };
    if (dice < 0.6) {
      const uid = ownUids ? `${where} ${name}` : (random.pick(['u', 'v', 'w']) ?? '');
      const bytes = Buffer.from(event(uid, { summary: `${this.#count++}` }));
      return { do: 'put', collection, name, bytes, facts: calendarFacts(bytes) };
    }
    if (dice < 0.7) return { do: 'patch', target: { of: 'member', collection, name }, set };
    if (dice < 0.8 && !ownUids) {
      const to = await this.store.collection(HOME, random.pick(COLLECTIONS) ?? '');
      if (!to) return undefined;
      const toName = random.pick(NAMES) ?? '';
      return { do: 'move', collection, name, to: { collection: to.id, name: toName } };
    }
    return { do: 'delete', collection, name };
  }

  async history(): Promise<PastCommit[]> {
    const all: PastCommit[] = [];
    for await (const page of this.store.history({})) all.push(...page);
    return all;
  }

  undo(changes: readonly string[], force = false) {
    return undo({ store: this.store } as Administration, { changes, force });
  }
}

async function withRun(seed: number, work: (run: Run) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'davd-undo-'));
  await initFlatStore(folder);
  const store = await openFlatStore({
    folder,
    factsOf: (_, bytes) => calendarFacts(bytes),
    segmentSize: 20_000,
  });
  try {
    await store.commit([{ do: 'put-user', user: user('ann'), expect: 'absent' }]);
    await work(new Run(store, new Random(seed)));
  } finally {
    await store.close();
    await rm(folder, { recursive: true });
  }
}

/** The version that each object should have, by the rule as a person would state it. */
function expected(commits: readonly PastCommit[], chosen: ReadonlySet<string>): Map<string, string | null> {
  const states = new Map<
    string,
    { readonly id: string; readonly before: string | null; readonly after: string | null }[]
  >();
  for (const { id, changes } of commits) {
    for (const change of changes.toReversed()) {
      if (change.of !== 'member') continue;
      const key = `${change.collection}/${change.name}`;
      const state = (one: typeof change.before) => one && JSON.stringify([one.etag, one.properties]);
      states.set(key, [
        ...(states.get(key) ?? []),
        { id, before: state(change.before), after: state(change.after) },
      ]);
    }
  }
  return new Map(
    [...states].map(([key, newestFirst]) => {
      const last = newestFirst.findIndex(({ id }) => !chosen.has(id));
      const run = last < 0 ? newestFirst : newestFirst.slice(0, last);
      return [key, run.at(-1)?.before ?? (run.length > 0 ? null : (newestFirst[0]?.after ?? null))];
    }),
  );
}

describe('undoing what was chosen at random', () => {
  const random = Array.from({ length: SEEDS }, () => Math.floor(Math.random() * 2 ** 31));
  const asked = process.env['DAVD_TEST_SEED'];
  for (const seed of asked === undefined ? [...KNOWN, ...random] : [Number(asked)]) {
    it(`gives each object the state before the last run of chosen changes (seed ${seed})`, () =>
      withRun(seed, async (run) => {
        await run.commits(4, true, false);
        for (let round = 0; round < 4; round++) {
          await run.commits(COMMITS / 4, true, false);
          const commits = await run.history();
          const candidates = commits.filter(({ changes }) => changes.every(({ of }) => of === 'member'));
          const share = run.random.next();
          const chosen = new Set(candidates.filter(() => run.random.chance(share)).map(({ id }) => id));
          if (chosen.size === 0) continue;
          const wanted = expected(commits, chosen);
          await run.undo([...chosen]);
          const names = await run.store.collections(HOME);
          const there = new Map<string, string | null>();
          for (const collection of names) {
            for (const name of NAMES) {
              const member = await run.store.member(collection, name);
              const key = `${collection.id}/${name}`;
              if (member || wanted.has(key)) {
                there.set(key, member ? JSON.stringify([member.etag, member.properties]) : null);
              }
            }
          }
          assert.deepEqual([...there].sort(), [...wanted].sort());
        }
      }));

    it(`is itself undone to the last detail, whatever the changes were (seed ${seed})`, () =>
      withRun(seed, async (run) => {
        for (let round = 0; round < 5; round++) {
          await run.commits(COMMITS / 5, false, true);
          const commits = (await run.history()).filter(({ changes }) =>
            changes.every(({ of }) => of !== 'user'),
          );
          const share = run.random.next();
          const chosen = commits.filter(() => run.random.chance(share)).map(({ id }) => id);
          if (chosen.length === 0) continue;
          const before = await look(run.store);
          const { act } = await run.undo(chosen, run.random.chance(0.5));
          if (act === null) {
            assert.deepEqual(await look(run.store), before);
            continue;
          }
          const { left } = await run.undo([act]);
          assert.deepEqual(left, []);
          assert.deepEqual(await look(run.store), before);
        }
      }));
  }
});
