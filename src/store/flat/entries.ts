/**
 * What a record of the journal says: the new values of whatever a commit changed, whole, so that applying an entry needs
 * nothing but the entry, and applying it twice does nothing. The format is described in docs/store.md.
 */
import type { Mark } from '../history.ts';
import type { Access, Author, CollectionId, Kind, Lock, Properties, Task, User, UserId } from '../types.ts';

/** A place in the journal area: a positive number is a segment's, a negative one a base file's. */
export type Place = readonly [segment: number, offset: number];

/** Where an object's bytes begin: a bare number counts from the start of the body of the record that says so. */
export type At = Place | number;

/** Bytes that were found somewhere. */
export interface Version {
  readonly etag: string;
  readonly size: number;
  readonly at: At;
}

/** A member as it was before. */
export interface Before extends Version {
  /** Absent where a record was written before this was noted. */
  readonly created?: number;
  readonly properties?: Properties;
}

/** A member's stored state, all but its place. */
export interface Stored {
  readonly seq: number;
  readonly etag: string;
  readonly size: number;
  readonly created: number;
  readonly modified: number;
  /** Absent: none. */
  readonly properties?: Properties;
  /** The name of its file, where the member's name doesn't tell. */
  readonly file?: string;
}

export interface MemberEntry extends Stored {
  readonly set: 'member';
  readonly in: CollectionId;
  readonly name: string;
  readonly at: At;
  readonly was?: Before;
  /** It was moved from there. */
  readonly from?: readonly [CollectionId, string];
}

export interface GoneEntry {
  readonly set: 'gone';
  readonly in: CollectionId;
  readonly name: string;
  readonly seq: number;
  readonly was?: Before;
  /** It was moved there. */
  readonly to?: readonly [CollectionId, string];
}

/** Bytes found in a file that was about to be replaced; kept for the history, never current. */
export interface FoundEntry extends Version {
  readonly set: 'found';
  readonly in: CollectionId;
  readonly name: string;
}

export interface CollectionRecord {
  readonly id: CollectionId;
  readonly owner: UserId;
  readonly kind: Kind;
  /** Name of its folder in the owner's home. */
  readonly folder: string;
  readonly components: readonly string[];
  readonly properties: Properties;
  readonly protected: boolean;
  readonly created: number;
  /** Of the collection itself, not of its members. */
  readonly modified: number;
  /** When it was removed: its folder is in the trash. */
  readonly trashed?: number;
  /** Where it was before, and with whom it went. */
  readonly from?: Pick<Binding, 'name' | 'order' | 'properties'> & { readonly user?: User };
}

export interface Binding {
  readonly name: string;
  readonly collection: CollectionId;
  readonly access: Access;
  readonly properties: Properties;
  /** Bindings of a home are listed in this order. */
  readonly order: number;
}

export interface HomeRecord {
  readonly id: string;
  readonly properties: Properties;
}

export interface UserRecord {
  readonly user: User;
  /** Name of the folder below files/. */
  readonly folder: string;
  readonly homes: Readonly<Record<Kind, HomeRecord>>;
}

export type Entry =
  | MemberEntry
  | GoneEntry
  | FoundEntry
  /** `was` here and below: how it was before; absent where it wasn't there. */
  | {
      readonly set: 'collection';
      readonly collection: CollectionRecord;
      readonly was?: CollectionRecord;
      /** Members that go to the trash with it, or come back. */
      readonly count?: number;
    }
  /** A trashed collection is gone for good. */
  | { readonly set: 'purged'; readonly collection: CollectionId }
  | {
      readonly set: 'binding';
      readonly user: UserId;
      readonly kind: Kind;
      readonly seq: number;
      readonly binding: Binding;
      readonly was?: Binding;
    }
  | {
      readonly set: 'unbound';
      readonly user: UserId;
      readonly kind: Kind;
      readonly seq: number;
      readonly name: string;
      readonly was?: Binding;
    }
  | { readonly set: 'mark'; readonly mark: Mark }
  | { readonly set: 'unmarked'; readonly name: string }
  | { readonly set: 'lock'; readonly lock: Lock }
  | { readonly set: 'unlocked'; readonly in: CollectionId; readonly token: string }
  | ({ readonly set: 'user'; readonly was?: User } & UserRecord)
  | { readonly set: 'no-user'; readonly user: UserId; readonly was?: User };

/** A collection that is there from now on, as it never was, or comes back from the trash with its members. */
export function comesBack(entry: Entry): entry is Extract<Entry, { set: 'collection' }> {
  return entry.set === 'collection' && !entry.was && entry.collection.trashed === undefined;
}

/** The JSON of a commit's record. */
export interface CommitRecord {
  /** ms since 1970 UTC. */
  readonly time: number;
  readonly by?: Author;
  readonly tasks?: readonly Task[];
  /** Everything before this place was on the disk when the record was written. */
  readonly durable: Place;
  readonly changes: readonly Entry[];
}

/** The JSON of the first record of a segment. */
export interface SegmentRecord {
  readonly segment: number;
  readonly store: string;
  readonly time: number;
  readonly durable: Place;
}

export const KINDS: readonly Kind[] = ['calendar', 'addressbook'];

export const FOLDER_OF: Readonly<Record<Kind, string>> = {
  calendar: 'calendars',
  addressbook: 'addressbooks',
};
export const ENDING_OF: Readonly<Record<Kind, '.ics' | '.vcf'>> = { calendar: '.ics', addressbook: '.vcf' };
