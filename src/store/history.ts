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

/** Many changes of one client to one collection in a short time: noted, so that they can be taken back as one. */
export interface Mark {
  readonly name: string;
  readonly collection: CollectionId;
  /** The client that made them. */
  readonly by: Author;
  /** Id of the first commit, and its time (ms since 1970 UTC). */
  readonly first: string;
  readonly since: number;
  /** ms since 1970 UTC: when it was noticed; it may have gone on. */
  readonly noticed: number;
  /** Members that were deleted and rewritten until then, of how many there had been. */
  readonly deleted: number;
  readonly rewritten: number;
  readonly of: number;
  /** Somebody has seen to it. */
  readonly resolved?: { readonly how: 'undone' | 'acknowledged'; readonly time: number };
}

/** A collection as a commit has left it; of one that was removed, as it was. */
export interface Standing {
  /** The owner's name. */
  readonly user: string;
  readonly kind: Kind;
  readonly name: string;
  /** Members. */
  readonly count: number;
  /** Names of all marks there are. */
  readonly marks: readonly string[];
}

/** Looks at commits as they become durable, in their order; what it makes of them is kept and logged. Must be quick. */
export type Notice = (
  commit: PastCommit,
  standing: (collection: CollectionId) => Standing | undefined,
) => Iterable<{ readonly mark: Mark; readonly warning: string }>;

/** A collection that was removed and can be brought back. */
export interface RemovedCollection extends PastCollection {
  readonly id: CollectionId;
  /** ms since 1970 UTC */
  readonly removed: number;
  readonly count: number;
  /** It went with its owner, and comes back with `restore-user`. */
  readonly withOwner: boolean;
}
