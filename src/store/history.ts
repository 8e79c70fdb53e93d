/** The past as the rest of davd sees it: what was committed, by whom, and how things were before. */

import type { Author, CollectionId, Kind, Properties, User, UserId } from './types.ts';

/** Bytes that stand or stood under a member's name. */
export interface PastVersion {
  readonly etag: string;
  /** Octets. */
  readonly size: number;
  /** ms since 1970 UTC: of the member, not of the version. */
  readonly created: number;
  readonly properties: Properties;
  /** Where the store finds the bytes. Opaque to everybody else. */
  readonly ref: string;
  /** Whether the bytes can still be had. */
  readonly kept: boolean;
}

/** A collection as it was under its owner's name for it. */
export interface PastCollection {
  readonly owner: UserId;
  readonly kind: Kind;
  readonly name: string;
  readonly components: readonly string[];
  readonly properties: Properties;
  /** Those of the owner's binding, which go before the collection's. */
  readonly own: Properties;
  readonly protected: boolean;
}

/** What a commit did to one thing. null: it wasn't there. */
export type PastChange =
  | {
      readonly of: 'member';
      readonly collection: CollectionId;
      readonly name: string;
      readonly before: PastVersion | null;
      readonly after: PastVersion | null;
      /** It came from there, or went there. */
      readonly other?: { readonly collection: CollectionId; readonly name: string };
    }
  /** Bytes of an edit on disk that lost against a client's change: kept, but never a member's. */
  | {
      readonly of: 'overtaken';
      readonly collection: CollectionId;
      readonly name: string;
      readonly version: PastVersion;
    }
  /** With its members, where it was removed or brought back. */
  | {
      readonly of: 'collection';
      readonly collection: CollectionId;
      readonly before: PastCollection | null;
      readonly after: PastCollection | null;
      /** Members that went with it, or came back. */
      readonly count?: number;
    }
  | {
      readonly of: 'user';
      readonly user: UserId;
      readonly before: User | null;
      readonly after: User | null;
    };

export interface PastCommit {
  /** Short enough to be typed; never changes. */
  readonly id: string;
  /** ms since 1970 UTC */
  readonly time: number;
  readonly by?: Author;
  /** In order. */
  readonly changes: readonly PastChange[];
}

/** Which commits are asked for; those that fit come whole. */
export interface PastQuery {
  /** ms since 1970 UTC, half-open: [since, until). */
  readonly since?: number;
  readonly until?: number;
  /** Those that concern one of these collections or users. */
  readonly of?: readonly (CollectionId | UserId)[];
  /** Those that concern a member of that name. */
  readonly member?: string;
}

/** A collection that was removed and can be brought back. */
export interface RemovedCollection extends PastCollection {
  readonly id: CollectionId;
  /** ms since 1970 UTC */
  readonly removed: number;
  readonly count: number;
  /** It went with its owner, and comes back with `restore-user`. */
  readonly withOwner: boolean;
}
