import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BURST, MassChanges } from '../src/mass-changes.ts';
import type { Mark, PastChange, PastVersion } from '../src/store/history.ts';
import type { Author } from '../src/store/types.ts';

const PHONE: Author = { user: 'alice', device: 'phone', agent: 'iOS/1' };
const START = Date.parse('2026-11-27T12:00:00Z');

function version(etag: string): PastVersion {
  return { etag, size: 1, created: 0, properties: {}, ref: '', kept: true };
}

/** A collection and its clients. */
class World {
  readonly marks: Mark[] = [];
  readonly warnings: string[] = [];
  readonly #guard: MassChanges;
  count: number;
  time = START;
  #commits = 0;

  constructor(count: number, limits = { items: 50, percent: 30 }) {
    this.count = count;
    this.#guard = new MassChanges(() => limits);
  }

  commit(by: Author, changes: readonly PastChange[]): void {
    const standing = () => ({
      user: 'alice',
      kind: 'calendar' as const,
      name: 'my own',
      count: this.count,
      marks: this.marks.map(({ name }) => name),
    });
    const seen = this.#guard.see({ id: `c${this.#commits++}`, time: this.time, by, changes }, standing);
    for (const { mark, warning } of seen) {
      this.marks.push(mark);
      this.warnings.push(warning);
    }
  }

  delete(from: number, to: number, by = PHONE, collection = 'c'): void {
    for (let i = from; i < to; i++) {
      this.count--;
      this.commit(by, [{ of: 'member', collection, name: `${i}`, before: version('a'), after: null }]);
    }
  }

  rewrite(from: number, to: number, by = PHONE): void {
    for (let i = from; i < to; i++) {
      const [before, after] = [version('a'), version('b')];
      this.commit(by, [{ of: 'member', collection: 'c', name: `${i}`, before, after }]);
    }
  }
}

describe('the guard against masses of changes', () => {
  it('marks a client that deletes more than 50 items and 30 %, once, from the first of them on', () => {
    const world = new World(100);
    world.delete(0, 50);
    assert.equal(world.marks.length, 0);
    world.delete(50, 90);
    const [mark, ...more] = world.marks;
    assert.deepEqual(more, []);
    assert.deepEqual(
      [mark?.first, mark?.since, mark?.deleted, mark?.rewritten, mark?.of],
      ['c0', START, 51, 0, 100],
    );
    assert.match(mark?.name ?? '', /^alice-my-own-2026-11-2[678]-1$/);
    assert.match(
      world.warnings[0] ?? '',
      /^alice \(phone\) has deleted 51 of 100 items of alice\/calendars\/my own .* davd undo --mark alice-my-own/,
    );
  });

  it('lets a client be that deletes a smaller part', () => {
    const world = new World(1000);
    world.delete(0, 300);
    assert.equal(world.marks.length, 0);
    world.delete(300, 301);
    assert.equal(world.marks.length, 1);
  });

  it('counts rewriting as well, each item once', () => {
    const world = new World(100);
    for (let i = 0; i < 20; i++) world.rewrite(0, 40);
    assert.equal(world.marks.length, 0);
    world.rewrite(40, 45);
    world.delete(45, 60);
    const [mark] = world.marks;
    assert.deepEqual([mark?.deleted, mark?.rewritten, mark?.of], [6, 45, 100]);
  });

  it('counts what lies within ten minutes', () => {
    const world = new World(100);
    for (let i = 0; i < 90; i++) {
      world.delete(i, i + 1);
      world.time += BURST / 40;
    }
    assert.equal(world.marks.length, 0);
  });

  it('notices the next burst after a pause, under another name', () => {
    const world = new World(200);
    world.delete(0, 100);
    world.time += BURST + 1;
    world.delete(100, 190);
    assert.deepEqual(
      world.marks.map(({ name }) => name.slice(-1)),
      ['1', '2'],
    );
  });

  it('counts each client, and each collection, for itself', () => {
    const world = new World(100);
    world.delete(0, 30);
    world.delete(30, 60, { user: 'alice', device: 'tablet' });
    world.delete(60, 90, { user: 'alice', agent: 'iOS/1' });
    world.delete(0, 30, PHONE, 'd');
    assert.equal(world.marks.length, 0);
  });

  it('takes what is done on disk for a client, and commands for deliberate', () => {
    const world = new World(100);
    world.delete(0, 60, { agent: 'davd item remove' });
    world.delete(60, 60);
    assert.equal(world.marks.length, 0);
    world.rewrite(0, 60, { agent: 'edit on disk' });
    assert.match(world.warnings[0] ?? '', /^an edit on disk has rewritten 51 of/);
  });

  it('does not count additions, moves and changes of properties', () => {
    const world = new World(100);
    for (let i = 0; i < 90; i++) {
      const name = `${i}`;
      const other = { collection: 'd', name };
      const base = { of: 'member', collection: 'c', name } as const;
      world.commit(PHONE, [{ ...base, before: null, after: version('a') }]);
      world.commit(PHONE, [{ ...base, before: version('a'), after: version('a') }]);
      world.commit(PHONE, [{ ...base, before: version('a'), after: null, other }]);
    }
    assert.equal(world.marks.length, 0);
  });

  it('marks the removal of a whole collection', () => {
    const world = new World(60);
    const before = {
      owner: 'u',
      kind: 'calendar',
      name: 'my own',
      components: [],
      properties: {},
      own: {},
      protected: false,
    } as const;
    world.commit(PHONE, [{ of: 'collection', collection: 'c', before, after: null, count: 60 }]);
    assert.deepEqual([world.marks[0]?.deleted, world.marks[0]?.of], [60, 60]);
    assert.equal(world.marks[0]?.first, 'c0');
  });

  it('forgets the least active of many clients', () => {
    const world = new World(100_000);
    for (let i = 0; i < 3000; i++) world.delete(0, 2, { user: `user${i}`, agent: 'x' });
    world.count = 100;
    world.delete(0, 60);
    assert.equal(world.marks.length, 1);
  });
});
