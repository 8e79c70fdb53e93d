import type { LimitName } from '../limits.ts';
import type { Trial } from '../trial.ts';

export type Unit = 'ms' | '/s' | 'MB' | 'B';

/** One line of the table. */
export interface Step {
  readonly id: string;
  readonly what: string;
  readonly unit: Unit;
  /** What the machine does at all, measured in turn with each round. */
  readonly limit?: LimitName;
  /** Needs the server's process: starts and stops it, or looks at it. */
  readonly own?: true;
  /** Starts and stops it. */
  readonly restarts?: true;
  /** Needs so much data that it is filled by requests only, which peers would take hours for. */
  readonly sent?: true;
  /** Times are not worth taking again: it is done once. */
  readonly once?: true;
  /** One round: times in ms, or one rate or size. */
  readonly run: (trial: Trial) => Promise<readonly number[]>;
}
