import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dice, makeCase } from '../../scripts/recurrence/cases.ts';
import { compare } from '../../scripts/recurrence/compare.ts';
import { enginesAbsent } from '../../scripts/recurrence/engines.ts';
import { LONG } from './random.ts';

test('recurrences agree with dateutil and libical, or RFC 5545 says why not', {
  skip: enginesAbsent() ?? false,
}, async (t) => {
  const seed = Number(process.env['DAVD_TEST_SEED'] ?? (LONG ? Math.floor(Math.random() * 2 ** 31) : 1));
  t.diagnostic(`seed ${seed}: node scripts/compare-recurrence.ts --seed ${seed} prints all of them`);
  const dice = new Dice(seed);
  const cases = Array.from({ length: LONG ? 2000 : 60 }, () => makeCase(dice));
  const comparisons = await compare(cases);
  const unexplained = comparisons.filter(({ differing }) =>
    differing.some(({ explanation }) => explanation === undefined),
  );
  assert.deepEqual(unexplained, []);
  const alike = comparisons.filter(({ differing }) => differing.length === 0);
  assert.ok(alike.length > cases.length / 2, `only ${alike.length} of ${cases.length} answered alike`);
});
