import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ChangeLog } from '../../src/store/flat/changelog.ts';
import { MemberTable } from '../../src/store/flat/members.ts';
import { NameTable } from '../../src/store/flat/name-table.ts';
import { check } from '../model/random.ts';

/** Few enough that they come again; some of one octet a character, some of two. */
const names = fc.oneof(
  fc.integer({ min: 0, max: 3000 }).map((i) => `event-${i}.ics`),
  fc.integer({ min: 0, max: 50 }).map((i) => `día-${i}-日.ics`),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }),
);

describe('names in a table', () => {
  test('it is a map of names to rows that stay', (t) => {
    check(
      fc.property(fc.array(fc.tuple(names, fc.boolean()), { maxLength: 4000, size: 'max' }), (steps) => {
        const table = new NameTable();
        const model = new Map<string, number>();
        for (const [name, add] of steps) {
          const row = model.get(name);
          if (add && row === undefined) model.set(name, table.add(name));
          if (!add && row !== undefined) {
            table.remove(row);
            model.delete(name);
          }
        }
        assert.equal(table.count, model.size);
        for (const [name, row] of model) {
          assert.equal(table.rowOf(name), row);
          assert.equal(table.nameAt(row), name);
        }
        for (const [name] of steps) if (!model.has(name)) assert.equal(table.rowOf(name), undefined);
        assert.ok(table.limit <= Math.max(...model.values(), steps.length - 1) + 1);
      }),
      { short: 30, long: 500 },
      (message) => t.diagnostic(message),
    );
  });
});

describe('a log over a table', () => {
  /** A commit of one member, as far as the log sees it. */
  const state = (seq: number) =>
    ({ seq, etag: 'e'.repeat(22), size: 1, created: 0, modified: 0, at: [1, 0], facts: undefined }) as const;

  test('since any number it tells the names that changed later, each once, also after it was restored', (t) => {
    const changes = fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.boolean()), {
      maxLength: 1500,
      size: 'max',
    });
    check(
      fc.property(changes, fc.nat(1500), (steps, since) => {
        const members = new MemberTable('.ics');
        const log = new ChangeLog(members);
        const model = new Map<string, { seq: number; gone: boolean }>();
        for (const [i, there] of steps) {
          const name = `${i}.ics`;
          const seq = log.seq + 1;
          if (there) {
            members.set(name, state(seq));
            log.there(seq, name);
          } else if (members.has(name)) {
            members.remove(name);
            log.bury(seq, name, 0);
          } else continue;
          model.set(name, { seq, gone: !there });
        }
        const expected = [...model]
          .map(([name, change]) => ({ name, ...change }))
          .filter(({ seq }) => seq > since)
          .sort((a, b) => a.seq - b.seq);
        assert.deepEqual(
          [...log.since(since)],
          expected.map(({ name, seq, gone }) => ({ seq, name, gone })),
        );
        const restored = new ChangeLog(members);
        restored.restore(log.tombstones());
        assert.deepEqual([...restored.since(since)], [...log.since(since)]);
        assert.equal(restored.seq, Math.max(0, ...[...model.values()].map(({ seq }) => seq)));
      }),
      { short: 60, long: 1000 },
      (message) => t.diagnostic(message),
    );
  });

  test('what is replayed after something later was restored is told in its place', () => {
    const members = new MemberTable('.ics');
    const log = new ChangeLog(members);
    log.restore([['gone.ics', { seq: 3, time: 0 }]]);
    members.set('replayed.ics', state(2));
    log.there(2, 'replayed.ics');
    members.set('last.ics', state(4));
    log.there(4, 'last.ics');
    const told = (since: number) => [...log.since(since)].map(({ name }) => name);
    assert.deepEqual(told(0), ['replayed.ics', 'gone.ics', 'last.ics']);
    assert.deepEqual(told(2), ['gone.ics', 'last.ics']);
  });
});
