import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Schedule } from '../../src/store/flat/schedule.ts';

const START = { segment: 1, offset: 0, sum: '' };
const MINUTE = 60_000;

describe('checkpoints', () => {
  let runs: PromiseWithResolvers<void>[];
  let schedule: Schedule;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    runs = [];
    const work = () => {
      const run = Promise.withResolvers<void>();
      runs.push(run);
      return run.promise;
    };
    schedule = new Schedule(START, work, () => undefined);
  });
  afterEach(() => mock.timers.reset());

  const ended = async () => {
    runs.at(-1)?.resolve();
    await turn();
  };
  const failed = async () => {
    runs.at(-1)?.reject(new Error('the disk fails'));
    await turn();
  };

  it('come a minute after a commit, or when much was written', async () => {
    schedule.note({ ...START, offset: 1000 });
    assert.equal(runs.length, 0);
    mock.timers.tick(MINUTE);
    assert.equal(runs.length, 1);
    await ended();
    mock.timers.tick(10 * MINUTE);
    assert.equal(runs.length, 1);
    schedule.note({ ...START, offset: 10_000_000 });
    assert.equal(runs.length, 2);
  });

  it('come at once when many files are written that are not safe, and a minute after few', async () => {
    schedule.written(5000);
    assert.equal(runs.length, 1);
    await ended();
    schedule.written(0);
    mock.timers.tick(MINUTE);
    assert.equal(runs.length, 1);
    schedule.written(1);
    assert.equal(runs.length, 1);
    mock.timers.tick(MINUTE);
    assert.equal(runs.length, 2);
  });

  it('come again for what one that was under way may have missed', async () => {
    schedule.now();
    schedule.note({ ...START, offset: 1000 });
    await ended();
    assert.equal(runs.length, 1);
    mock.timers.tick(MINUTE);
    assert.equal(runs.length, 2);
    schedule.note({ ...START, offset: 2000 });
    schedule.written(5000);
    await ended();
    assert.equal(runs.length, 3);
    await ended();
    mock.timers.tick(MINUTE);
    assert.equal(runs.length, 3);
  });

  it('are tried again a minute after the disk failed, not at once', async () => {
    schedule.now();
    schedule.written(5000);
    await failed();
    schedule.written(5000);
    assert.equal(runs.length, 1);
    mock.timers.tick(MINUTE);
    assert.equal(runs.length, 2);
  });

  it('end with the one that is under way', async () => {
    schedule.now();
    schedule.written(5000);
    const closed = schedule.close();
    await ended();
    await closed;
    schedule.now();
    schedule.note({ ...START, segment: 2 });
    mock.timers.tick(MINUTE);
    assert.equal(runs.length, 1);
  });
});
