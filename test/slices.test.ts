import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Slices } from '../src/slices.ts';

/** Used up at once. */
const NONE = { slice: -1, rest: 0 };

test('of several long works, each turn of the event loop does a slice of one, in turn', async () => {
  const done: string[] = [];
  const perTurn: number[] = [];
  const work = async (name: string) => {
    const slices = new Slices(NONE);
    for (let unit = 0; unit < 5; unit++) {
      if (slices.over) await slices.pause();
      done.push(name);
    }
  };
  const all = Promise.all(['a', 'b', 'c'].map(work));
  for (let before = 0; before < 15; before = done.length) {
    await setImmediate();
    perTurn.push(done.length - before);
  }
  await all;
  assert.equal(done.join(''), 'abcabcabcabcabc');
  assert.ok(Math.max(...perTurn) <= 1, `${perTurn}`);
});

test('works that follow one another in a turn share its slice', async () => {
  const busyFor = (ms: number) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };
  await setImmediate();
  const first = new Slices({ slice: 5, rest: 0 });
  busyFor(6);
  assert.equal(first.over, true);
  const second = new Slices({ slice: 5, rest: 0 });
  assert.equal(second.over, true);
  await second.pause();
  assert.equal(first.over, false);
});
