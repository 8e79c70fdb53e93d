import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Slices } from '../src/slices.ts';

/** Runs with a clock that only work moves on. */
async function onClock(run: (work: (ms: number) => void) => Promise<void>): Promise<void> {
  let now = 1000;
  const clock = mock.method(performance, 'now', () => now);
  try {
    await setImmediate();
    await run((ms) => {
      now += ms;
    });
  } finally {
    clock.mock.restore();
  }
}

test('long works at once share a slice in each turn of the event loop, and none goes without', () =>
  onClock(async (work) => {
    const done = { a: 0, b: 0, c: 0, d: 0 };
    const turns: number[] = [0];
    const long = async (name: keyof typeof done) => {
      const slices = new Slices({ slice: 8, rest: 0 });
      while (done[name] < 100) {
        work(1);
        done[name]++;
        turns[turns.length - 1] = (turns.at(-1) ?? 0) + 1;
        if (slices.over) await slices.pause();
      }
    };
    const all = Promise.all([long('a'), long('b'), long('c'), long('d')]);
    for (let i = 0; i < 10; i++) {
      turns.push(0);
      await setImmediate();
    }
    const [halfway, pieces] = [Object.values(done), turns.slice(3)];
    await all;
    // The first turn can't know how many there are; each does a piece before it looks at the clock.
    assert.ok(Math.max(...pieces) <= 8 + 4, `pieces of a ms in each turn: ${pieces}`);
    assert.ok(Math.max(...halfway) <= 2 * Math.min(...halfway), `done by each after some turns: ${halfway}`);
  }));

test('works that follow one another in a turn share its slice', () =>
  onClock(async (work) => {
    const first = new Slices({ slice: 5, rest: 0 });
    work(4);
    assert.equal(first.over, false);
    const second = new Slices({ slice: 5, rest: 0 });
    work(2);
    assert.deepEqual([first.over, second.over], [true, true]);
    await second.pause();
    assert.equal(second.over, false);
    work(4);
    assert.equal(second.over, false);
    work(2);
    assert.equal(second.over, true);
  }));
