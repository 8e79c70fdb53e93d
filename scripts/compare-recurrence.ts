/**
 * Compares davd's recurrences with those of two independent engines, python3-dateutil and libical, and prints every
 * disagreement with all three answers and its explanation.
 *
 *     node scripts/compare-recurrence.ts [--count 5000] [--seed 1] [--collected FOLDER] [--only unexplained]
 *
 * Ends with 1 if a disagreement is unexplained, with 2 if the engines are not there (Debian: python3-dateutil
 * python3-gi gir1.2-ical-3.0).
 */

import { parseArgs } from 'node:util';
import { Dice, makeCase } from './recurrence/cases.ts';
import { collectedCases } from './recurrence/collected.ts';
import { type Comparison, compare } from './recurrence/compare.ts';
import { type Answer, enginesAbsent } from './recurrence/engines.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    collected: { type: 'string' },
    only: { type: 'string' },
  },
});

const SHOWN = 4;

const absent = enginesAbsent();
if (absent !== undefined) {
  console.error(`recurrences can't be compared: ${absent}`);
  process.exit(2);
}
const dice = new Dice(Number(values.seed));
const cases = [
  ...Array.from({ length: Number(values.count) }, () => makeCase(dice)),
  ...(values.collected === undefined ? [] : collectedCases(values.collected)),
];
const comparisons = await compare(cases);
const differing = comparisons.filter((comparison) => comparison.differing.length > 0);
const unexplained = differing.filter((comparison) =>
  comparison.differing.some(({ explanation }) => explanation === undefined),
);
for (const comparison of values.only === 'unexplained' ? unexplained : differing) print(comparison);
summarize();
process.exitCode = unexplained.length > 0 ? 1 : 0;

function print(comparison: Comparison): void {
  const { rule, start, zone, from, to, origin } = comparison.case;
  console.log(`${rule} from ${start} ${zone ?? 'floating'}, ${from} to ${to}${origin ? ` (${origin})` : ''}`);
  const names = ['davd', 'dateutil', 'libical'] as const;
  for (const name of names) {
    const others = names.filter((other) => other !== name).map((other) => comparison[other]);
    console.log(`  ${name.padEnd(9)} ${short(comparison[name], others)}`);
  }
  for (const { engine, explanation } of comparison.differing)
    console.log(`  ${engine}: ${explanation?.text ?? 'UNEXPLAINED'}`);
}

/** How many there are, and the first that another engine hasn't. */
function short(answer: Answer, others: readonly Answer[]): string {
  if (typeof answer === 'string') return answer;
  const own = answer.filter(([, instant]) =>
    others.some((other) => typeof other !== 'string' && !other.some(([, theirs]) => theirs === instant)),
  );
  const shown = own.slice(0, SHOWN).map(([wall]) => wall);
  return [`${answer.length} occurrences`, ...shown, ...(own.length > SHOWN ? ['…'] : [])].join('  ');
}

function summarize(): void {
  const filled = comparisons.filter(({ davd }) => davd.length > 0).length;
  console.log(
    `${comparisons.length} rules (seed ${values.seed}), ${filled} with occurrences in their window`,
  );
  console.log(`${comparisons.length - differing.length} answered alike by all three`);
  const alone = differing.filter((comparison) => comparison.differing.length === 2);
  console.log(`${alone.length} where neither other engine answers as davd does`);
  const outvoted = alone.filter(
    ({ dateutil, libical }) => JSON.stringify(dateutil) === JSON.stringify(libical),
  );
  console.log(`${outvoted.length} where both give the same other answer`);
  const counts = new Map<string, number>();
  for (const { engine, explanation } of differing.flatMap((comparison) => comparison.differing)) {
    const line = `${engine}: ${explanation?.text ?? 'UNEXPLAINED'}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  for (const [line, count] of counts) console.log(`${String(count).padStart(6)}  ${line}`);
  console.log(`${unexplained.length} unexplained`);
}
