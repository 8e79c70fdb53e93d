/** What engines answer held side by side, and where they differ, why. */

import type { Case } from './cases.ts';
import { type Answer, dateutil, davd, type Found, libical } from './engines.ts';
import { type Differing, EXPLANATIONS, type Explanation, partsOf } from './explanations.ts';

export interface Comparison {
  readonly case: Case;
  readonly davd: Answer;
  readonly dateutil: Answer;
  readonly libical: Answer;
  /** Of each engine that differs from davd: why, or undefined where nothing is known. */
  readonly differing: readonly { readonly engine: string; readonly explanation: Explanation | undefined }[];
}

/** All cases asked of all engines, in order. */
export async function compare(cases: readonly Case[]): Promise<Comparison[]> {
  const [ours, first, second] = await Promise.all(
    [davd, dateutil, libical].map(async (engine) => {
      const answers = await engine.answer(cases);
      return answers.map((answer, i) => normal(answer, cases[i]));
    }),
  );
  const comparisons: Comparison[] = [];
  for (const [i, one] of cases.entries()) {
    const answers = { davd: ours?.[i] ?? '', dateutil: first?.[i] ?? '', libical: second?.[i] ?? '' };
    const differing = [];
    for (const engine of ['dateutil', 'libical'] as const) {
      if (equal(answers.davd, answers[engine])) continue;
      const other = engine === 'dateutil' ? 'libical' : 'dateutil';
      const alone = equal(answers.davd, answers[other]);
      const explanation = await explain({
        engine,
        case: one,
        parts: partsOf(one.rule),
        ours: answers.davd,
        theirs: answers[engine],
        confirmed: alone,
        outvoted: equal(answers.dateutil, answers.libical),
      });
      differing.push({ engine, explanation });
    }
    comparisons.push({ case: one, ...answers, differing });
  }
  return comparisons;
}

async function explain(differing: Differing): Promise<Explanation | undefined> {
  for (const explanation of EXPLANATIONS) {
    if (explanation.engine !== differing.engine || !explanation.fits(differing)) continue;
    // Two engines that agree are right, unless it is known what both get wrong.
    if (differing.outvoted && !explanation.ofBoth) continue;
    if (explanation.reading === undefined) return explanation;
    // What that engine reads into the rule, said so that nobody can read it otherwise.
    const { case: one } = differing;
    const [answer] = await davd.answer([{ ...one, rule: explanation.reading(one) }]);
    if (alike(normal(answer ?? '', one), differing.theirs)) return explanation;
  }
  return undefined;
}

/** With DTSTART, which is always an occurrence (§3.8.5.3) but not always in what engines walk through; each instant once. */
function normal(answer: Answer, one: Case | undefined): Answer {
  if (typeof answer === 'string' || one === undefined) return answer;
  const start = one.start.length === 8 ? `${one.start}T000000` : one.start;
  const byInstant = new Map<number, Found>();
  for (const found of answer) {
    const [wall, instant] = found;
    if (wall !== start && !byInstant.has(instant)) byInstant.set(instant, found);
  }
  return [...byInstant.values()].sort((a, b) => a[1] - b[1]);
}

/** By the clock: where libical's tables end is another matter. */
function alike(a: Answer, b: Answer): boolean {
  const walls = (answer: Answer) => (typeof answer === 'string' ? answer : answer.map(([wall]) => wall));
  return typeof a !== 'string' && JSON.stringify(walls(a)) === JSON.stringify(walls(b));
}

function equal(a: Answer, b: Answer): boolean {
  return typeof a !== 'string' && JSON.stringify(a) === JSON.stringify(b);
}
