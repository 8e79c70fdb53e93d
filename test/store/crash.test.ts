import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Counts } from './crash-explorer.ts';
import { MOMENTS } from './crash-moments.ts';
import { simulated } from './simulation.ts';

const LONG = Boolean(process.env['DAVD_TEST_LONG']);
const STATES = Number(process.env['DAVD_TEST_STATES'] ?? (LONG ? 120_000 : 800));
/** The short form looks at the same lives of a store every time, the long one at new ones. */
const SEED = Number(process.env['DAVD_TEST_SEED'] ?? (LONG ? Math.floor(Math.random() * 2 ** 31) : 1));
const WORKERS = LONG ? 2 : 1;
/** In the short form a store is stopped at every so many events only, so that more of its life is seen. */
const STEP = Number(process.env['DAVD_TEST_STEP'] ?? (LONG ? 1 : 7));

function explored(seed: number, states: number): Promise<Counts> {
  return simulated({ module: 'crash-explorer.ts', run: 'exploreCrashes', seed, args: [states, STEP] });
}

describe('a power cut', () => {
  it(`at any moment loses nothing that was answered (${STATES} states)`, async (t: TestContext) => {
    t.diagnostic(`DAVD_TEST_SEED=${SEED}`);
    const all = await Promise.all(
      Array.from({ length: WORKERS }, (_, i) => explored(SEED + i, Math.ceil(STATES / WORKERS))),
    );
    const sum = (of: 'lives' | 'stops' | 'states') => all.reduce((total, counts) => total + counts[of], 0);
    t.diagnostic(
      `${sum('lives')} lives, ${sum('stops')} stops, ${sum('states')} different states, nothing lost`,
    );
    for (const moment of MOMENTS) {
      const states = all.reduce((total, { at }) => total + at[moment], 0);
      t.diagnostic(`${String(states).padStart(8)} ${moment}`);
      if (LONG) assert.ok(states > 0, `no state within ${moment}`);
    }
  });
});
