import type { TextMatch } from './text-match.ts';

/** ms UTC, half-open; infinite where the query leaves a side open (RFC 4791 §9.9). */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
}

/** RFC 4791 §9.7.1. Names are in upper case. */
export interface CompFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly timeRange?: TimeRange;
  readonly props: readonly PropFilter[];
  readonly comps: readonly CompFilter[];
}

/** RFC 4791 §9.7.2. */
export interface PropFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly timeRange?: TimeRange;
  readonly textMatch?: TextMatch;
  readonly params: readonly ParamFilter[];
}

/** RFC 4791 §9.7.3. */
export interface ParamFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly textMatch?: TextMatch;
}
