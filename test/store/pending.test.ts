import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PendingNames } from '../../src/store/flat/pending.ts';

function filled(...names: readonly string[]): PendingNames {
  const pending = new PendingNames();
  for (const name of names) pending.add('c', name);
  return pending;
}

describe('members that wait', () => {
  it('have their turn one after the other, those that come back last', () => {
    const pending = filled('a', 'b');
    const none = new PendingNames();
    const taken: string[] = [];
    for (let next = pending.next(none); next; next = pending.next(none)) {
      pending.take(next.collection, next.name);
      taken.push(next.name);
      if (taken.length === 1) pending.add('d', 'a');
      if (taken.length === 2) pending.add('c', 'a');
    }
    assert.deepEqual(taken, ['a', 'b', 'a', 'a']);
    assert.equal(pending.size, 0);
  });

  it('are passed over while another has them, and found afterwards', () => {
    const pending = filled('a', 'b');
    const others = filled('a');
    assert.equal(pending.next(others)?.name, 'b');
    pending.take('c', 'b');
    assert.equal(pending.next(others), undefined);
    others.take('c', 'a');
    assert.equal(pending.next(others)?.name, 'a');
  });

  it('are not found once their collection is forgotten', () => {
    const pending = filled('a', 'b', 'c');
    pending.add('d', 'x');
    const none = new PendingNames();
    assert.equal(pending.next(none)?.name, 'a');
    pending.forget('c');
    assert.equal(pending.next(none)?.name, 'x');
    pending.add('c', 'e');
    assert.equal(pending.next(none)?.name, 'e');
  });
});
