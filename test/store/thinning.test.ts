import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseForgotten, equalShare, type Remembered } from '../../src/store/flat/thinning.ts';

describe('thinning the history', () => {
  it('an equal share takes from those that have most', () => {
    assert.equal(equalShare([10, 2, 3], 0), 10);
    assert.equal(equalShare([10, 2, 3], 5), 5);
    assert.equal(equalShare([10, 8, 3], 10), 4);
    assert.equal(equalShare([10, 8, 3], 12), 3);
    assert.equal(equalShare([10, 8, 3], 15), 2);
    assert.equal(equalShare([10, 8, 3], 30), 0);
    assert.equal(equalShare([], 5), 0);
  });

  const past = (source: number, ...busy: [name: string, stood: number[]][]): Remembered => ({
    index: {
      source,
      begun: 0,
      left: 0,
      offsets: [],
      frames: [],
      bytes: 1000,
      busy: busy.map(([name, stood]) => ({
        in: 'c',
        name,
        versions: stood.map((ms, i) => ({ offset: i, etag: name, size: 100, stood: ms })),
      })),
    },
    octets: 1000,
  });
  const chosen = (pasts: readonly Remembered[], excess: number) =>
    [...chooseForgotten(pasts, excess)].map(([source, keys]): [number, string[]] => [
      source,
      [...keys].sort(),
    ]);

  it('of the object that takes up most, what stood the shortest goes first', () => {
    const pasts = [past(1, ['a', [5, 1, 9]], ['b', [1]]), past(2, ['a', [7, 2]])];
    assert.deepEqual(chosen(pasts, 0), []);
    assert.deepEqual(chosen(pasts, 200), [
      [2, ['1 a']],
      [1, ['1 a']],
    ]);
  });

  it('an object that has less than the others is left alone', () => {
    const pasts = [past(1, ['a', [1, 2, 3, 4]], ['b', [1, 2, 3, 4]], ['c', [0]])];
    assert.equal(chosen(pasts, 400)[0]?.[1]?.length, 4);
  });

  it('more than there is can not be asked of it', () => {
    assert.equal(chosen([past(1, ['a', [1, 2]])], 10_000)[0]?.[1]?.length, 2);
  });
});
