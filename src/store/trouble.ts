import type { CollectionId, Kind, UserId } from './types.ts';

/** What in the data waits for a person. All of it is plain JSON. */
export type Trouble =
  /** What somebody wrote can't be used: what there was before is served. */
  | {
      readonly kind: 'unusable';
      /** Path below the data folder. */
      readonly where: string;
      readonly line: number | null;
      /** A sentence without capital and full stop, which names the line as well. */
      readonly what: string;
    }
  /**
   * So much was taken away behind the store's back that nobody may have meant it: it is served as before, until
   * `decideDeletions`.
   */
  | {
      readonly kind: 'held';
      readonly collection: HeldCollection;
      /** How many members are gone, and of how many. */
      readonly count: number;
      readonly of: number;
      /** Everything is gone with the collection itself. */
      readonly whole: boolean;
    }
  /** What people keep the data in is out of reach. It is served as before, and brought in line later. */
  | { readonly kind: 'away'; readonly what: string };

export interface HeldCollection {
  readonly id: CollectionId;
  readonly user: UserId;
  readonly kind: Kind;
  readonly name: string;
}

/** What becomes of members that were taken away behind the store's back. */
export type Decision = 'accept' | 'put-back';

/** What is wrong with bytes that somebody wrote. */
export interface Fault {
  readonly line: number | null;
  /** A sentence without capital and full stop, which names the line as well. */
  readonly what: string;
  /** It may be fine when it is tried again. */
  readonly passing?: true;
}
