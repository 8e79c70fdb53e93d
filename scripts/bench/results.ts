import type { LimitName } from './limits.ts';
import type { Unit } from './steps/step.ts';
import type { Count } from './trial.ts';

export interface Figure {
  readonly p50: number;
  readonly p95: number;
  readonly samples: number;
}

/** What came out of one step on one server. */
export interface Result {
  readonly server: string;
  /** Events in the calendar when the server was filled. */
  readonly size: number;
  readonly step: string;
  readonly what: string;
  readonly unit: Unit;
  /** Absent where it failed. */
  readonly figure?: Figure;
  /** The machine's own, of the same rounds. */
  readonly limit?: Figure & { readonly name: LimitName; readonly processor?: number };
  /** ms of processor that the server took for each request; absent where its process came and went. */
  readonly processor?: number;
  readonly counts: readonly Count[];
  readonly notes: Readonly<Record<string, boolean>>;
  /** Why there is no figure: refused, too slow, or another word. */
  readonly failed?: string;
}

/** Of a rate, p95 is the slow end too: what 95 % of the rounds were at least. */
export function figureOf(samples: readonly number[], unit: Unit): Figure {
  const sorted = samples.toSorted((a, b) => (unit === '/s' ? b - a : a - b));
  const at = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), samples: sorted.length };
}

/** All answers were what they should be. */
export function isRight({ failed, counts }: Result): boolean {
  return failed === undefined && counts.every(({ expected, found }) => expected === found);
}
