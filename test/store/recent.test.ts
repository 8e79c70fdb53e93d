import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recent } from '../../src/store/flat/recent.ts';

const bytes = (of: number) => new Uint8Array(10).fill(of);

test('the oldest goes where there is no room, but for what was asked for since', () => {
  const recent = new Recent(100);
  for (let i = 0; i < 10; i++) recent.put(`${i}`, bytes(i));
  assert.deepEqual(recent.get('0'), bytes(0));
  recent.put('10', bytes(10));
  assert.deepEqual(recent.get('0'), bytes(0));
  assert.equal(recent.get('1'), undefined);
});

test('where everything was asked for, there is never more than the limit', () => {
  const recent = new Recent(100);
  const kept = () => Array.from({ length: 200 }, (_, i) => recent.get(`${i}`)).filter(Boolean).length;
  for (let i = 0; i < 200; i++) {
    recent.put(`${i}`, bytes(i));
    assert.ok(kept() <= 10);
  }
  assert.equal(kept(), 10);
});

test('what was asked for once is dropped like others when it was not asked for again', () => {
  const recent = new Recent(100);
  for (let i = 0; i < 10; i++) recent.put(`${i}`, bytes(i));
  recent.get('0');
  for (let i = 10; i < 30; i++) recent.put(`${i}`, bytes(i));
  assert.equal(recent.get('0'), undefined);
  assert.deepEqual(recent.get('29'), bytes(29));
});
