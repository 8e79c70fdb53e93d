/**
 * The store as the rest of davd sees it. Nothing here assumes files, one process or a global order of commits.
 *
 * Words: a *collection* is a calendar or an address book, known by an immutable id. A *binding* is a collection's
 * name in somebody's *home*. A *member* is one object of a collection. A *view* is a collection as one user sees it.
 */

import type { CheckStep } from './finding.ts';
import type { Mark, PastCommit, PastQuery, PastVersion, RemovedCollection } from './history.ts';
import type { Decision, Fault, Trouble } from './trouble.ts';

export type Kind = 'calendar' | 'addressbook';
export type UserId = string;
export type CollectionId = string;
/** Opaque to everybody but the store; looks like a URI (RFC 6578 §3.2). */
export type SyncToken = string;

/** Clark notation, `{namespace}local`. */
export type PropertyName = `{${string}}${string}`;
/**
 * Stored value of a WebDAV property: plain text, or, where the client sent more than text (children, attributes),
 * the whole element as namespace-complete XML, so that it can be given back as it came.
 */
export type PropertyValue = string | { readonly xml: string };
export type Properties = Readonly<Record<PropertyName, PropertyValue>>;
/** null removes a property. */
export type PropertyPatch = Readonly<Record<PropertyName, PropertyValue | null>>;

/** What the store keeps of an object's content. Computed above the store, from the bytes alone. */
export interface Facts {
  /** UID of the object; null where the bytes have none (a tolerated edit on disk). */
  readonly uid: string | null;
  /** Upper-case name of the main component: VEVENT, VTODO, VJOURNAL, VFREEBUSY, VAVAILABILITY, VCARD; '' if unreadable. */
  readonly component: string;
  /**
   * Bounds in ms since 1970 UTC: outside [start, end] the object has no occurrence, in whatever zone floating
   * times are read. -Infinity and Infinity where unknown or endless.
   */
  readonly start: number;
  readonly end: number;
  readonly recurring: boolean;
}

/** Facts of an object's bytes. Must not throw: unreadable bytes have `component: ''` and unbounded times. */
export type FactsOf = (kind: Kind, bytes: Uint8Array) => Facts;

/**
 * Tests what somebody put in place of an object, or beside it, without a client: as what a client sends is tested.
 * Gives its facts, or says what is wrong.
 */
export type Inspect = (kind: Kind, bytes: Uint8Array) => Promise<Facts | Fault>;

/** One object of a collection, without its bytes. */
export interface Member {
  readonly name: string;
  /** Without quotes; a function of the bytes, so equal bytes have equal etags. */
  readonly etag: string;
  /** Octets. */
  readonly size: number;
  /** ms since 1970 UTC. */
  readonly created: number;
  readonly modified: number;
  readonly facts: Facts;
  /** Dead properties of the object itself; usually empty. */
  readonly properties: Properties;
}

export type Access = 'owner' | 'read-write' | 'read';

/** A collection as seen by a viewer, through the binding under which it was found. */
export interface Collection {
  readonly id: CollectionId;
  readonly kind: Kind;
  /** Whose view this is: bytes, etags and properties may differ by viewer. */
  readonly viewer: UserId;
  readonly owner: UserId;
  /** The binding's name: the path segment in the viewer's home, decoded. */
  readonly name: string;
  readonly access: Access;
  /** Component names a calendar accepts (RFC 4791 §5.2.3); empty for address books. */
  readonly components: readonly string[];
  /** The collection's properties overlaid with those of the binding. */
  readonly properties: Properties;
  /** A client's DELETE of the collection is to be refused. */
  readonly protected: boolean;
  readonly created: number;
  readonly modified: number;
  /** Number of members, and octets of them all. */
  readonly count: number;
  readonly size: number;
  readonly token: SyncToken;
}

/** A user's calendar home or address-book home. */
export interface Home {
  readonly user: UserId;
  readonly kind: Kind;
  readonly properties: Properties;
  /** Changes when a binding appears, goes, or its collection's or own properties change. */
  readonly token: SyncToken;
}

/** An app password of one device. */
export interface Device {
  readonly id: string;
  readonly name: string;
  /** PHC string or another self-describing hash; see accounts/. */
  readonly hash: string;
  readonly created: number;
}

export interface User {
  readonly id: UserId;
  /** Canonical name: login and path segment. */
  readonly name: string;
  /** Other spellings and former names under which the user logs in and is found in paths. Matched caselessly. */
  readonly aliases: readonly string[];
  readonly displayName: string;
  /** E-mail addresses, the preferred one first. */
  readonly addresses: readonly string[];
  /** BCP 47 language tag. */
  readonly locale: string;
  /** IANA name; absent: the server's. */
  readonly timeZone?: string;
  /** PHC string of the password, null where logging in by password is not possible. */
  readonly password: string | null;
  readonly devices: readonly Device[];
  readonly disabled: boolean;
  readonly created: number;
  /** Dead properties of the principal. */
  readonly properties: Properties;
}

export interface RemovedUser {
  readonly user: User;
  /** ms since 1970 UTC. */
  readonly removed: number;
}

/** Who is logged in, and with which device where its app password was used. */
export interface Login {
  readonly user: User;
  readonly device?: Device;
}

/** What was last seen of a login. For people to look at: nothing depends on it. */
export interface Sighting {
  readonly user: UserId;
  /** Id of the device; null where the user's own password was used. */
  readonly device: string | null;
  /** ms since 1970 UTC: its last request. */
  readonly seen: number;
  /** The client's network address and User-Agent, '' if unknown. */
  readonly address: string;
  readonly client: string;
  /** The last request that failed for a reason of its own. */
  readonly error?: { readonly time: number; readonly what: string };
  /** Up to where it has fetched each collection. */
  readonly fetched: Readonly<Record<CollectionId, SyncToken>>;
}

/** Expectation about the member a change replaces or removes; tested inside the commit (RFC 9110 §13). */
export interface Expect {
  /** The member must exist with one of these etags ('*': any). */
  readonly match?: readonly string[] | '*';
  /** The member must not exist with one of these etags ('*': at all). */
  readonly noneMatch?: readonly string[] | '*';
  /** ms since 1970 UTC, to the second: a member that exists must not have changed after it. */
  readonly unmodifiedSince?: number;
  /** The new bytes must have the UID of a member that exists (RFC 4791 §5.3.2.1); else refused 'uid-conflict'. */
  readonly sameUid?: true;
}

/** A write lock (RFC 4918 §6, §7). While it stands, what it covers changes only with its token. */
export interface Lock {
  /** A URI, unique for ever. */
  readonly token: string;
  readonly collection: CollectionId;
  /** Name of the member that is locked, which need not exist; null for the collection itself. */
  readonly member: string | null;
  readonly scope: 'exclusive' | 'shared';
  /** Of a collection: whether its members are locked as well. */
  readonly depth: '0' | 'infinity';
  /** Who may use the token. */
  readonly user: UserId;
  /** What the client says about who holds the lock: XML that can stand anywhere, or ''. */
  readonly owner: string;
  /** ms since 1970 UTC; from then on it is as if it weren't there. */
  readonly expires: number;
  /** What the client asked for, ms. */
  readonly timeout: number;
}

/** A member's place in a collection, taken or free; with null the collection itself. */
export interface Slot {
  readonly collection: CollectionId;
  readonly member: string | null;
}

/**
 * One condition of an `If` header (RFC 4918 §10.4): that a resource has an etag, a lock or, where it is a collection or
 * a home, a sync token (RFC 6578 §5); or, with `not`, hasn't.
 */
export interface StateCondition {
  /** null: a resource that has no state here, so that nothing holds of it. */
  readonly of: Slot | HomeView | null;
  readonly not: boolean;
  readonly state: { readonly etag: string } | { readonly token: string };
}

/**
 * Expectation about a user record, tested inside the commit. `unchanged` is the record as it was read: refused
 * 'expectation' if it is another by now, so that two who change a user at once lose nothing.
 */
export type UserExpect = 'absent' | 'present' | { readonly unchanged: User };

/** Whose properties a patch changes. */
export type Target =
  | { readonly of: 'user'; readonly user: UserId }
  | { readonly of: 'home'; readonly user: UserId; readonly kind: Kind }
  | { readonly of: 'binding'; readonly user: UserId; readonly kind: Kind; readonly name: string }
  | { readonly of: 'collection'; readonly collection: CollectionId }
  | { readonly of: 'member'; readonly collection: CollectionId; readonly name: string };

export type Change =
  /** Store an object; refused 'uid-conflict' if another member of the collection has its UID. */
  | {
      readonly do: 'put';
      readonly collection: CollectionId;
      readonly name: string;
      readonly bytes: Uint8Array;
      readonly facts: Facts;
      readonly expect?: Expect;
    }
  | {
      readonly do: 'delete';
      readonly collection: CollectionId;
      readonly name: string;
      readonly expect?: Expect;
    }
  /** Store a version of the past again, with the properties it had; refused as a put is. */
  | {
      readonly do: 'recall';
      readonly collection: CollectionId;
      readonly name: string;
      readonly version: PastVersion;
      readonly expect?: Expect;
    }
  /** Move a member; `expect` is about the source, `expectTarget` about what stands at the target. */
  | {
      readonly do: 'move';
      readonly collection: CollectionId;
      readonly name: string;
      readonly to: { readonly collection: CollectionId; readonly name: string };
      readonly expect?: Expect;
      readonly expectTarget?: Expect;
    }
  /** Copy a member with its properties; as for 'move'. */
  | {
      readonly do: 'copy';
      readonly collection: CollectionId;
      readonly name: string;
      readonly to: { readonly collection: CollectionId; readonly name: string };
      readonly expect?: Expect;
      readonly expectTarget?: Expect;
    }
  /** A new collection bound in its owner's home; refused 'exists' if the name is taken. */
  | {
      readonly do: 'create-collection';
      readonly user: UserId;
      readonly kind: Kind;
      readonly name: string;
      readonly components: readonly string[];
      readonly properties: Properties;
      readonly protected?: boolean;
    }
  /** The owner's binding goes with its collection; one small record, whatever the collection holds. */
  | { readonly do: 'remove-collection'; readonly user: UserId; readonly kind: Kind; readonly name: string }
  /**
   * Take the removal of a collection back, with all it held and its tokens; refused 'absent' if nothing is left of it,
   * 'exists' if its name is taken by now. @param name another name to come back under
   */
  | { readonly do: 'restore-collection'; readonly collection: CollectionId; readonly name?: string }
  /** Give a binding another name in the same home; the collection keeps its id, members and tokens. */
  | {
      readonly do: 'rename-collection';
      readonly user: UserId;
      readonly kind: Kind;
      readonly name: string;
      readonly to: string;
    }
  /** A new collection in the same home with the properties of another, and, if `members`, with copies of its members. */
  | {
      readonly do: 'copy-collection';
      readonly user: UserId;
      readonly kind: Kind;
      readonly name: string;
      readonly to: string;
      readonly members: boolean;
    }
  | {
      readonly do: 'patch';
      readonly target: Target;
      readonly set: PropertyPatch;
      /** Only with target 'member'. */
      readonly expect?: Expect;
      /** Only with target 'collection'. */
      readonly components?: readonly string[];
      readonly protected?: boolean;
    }
  /** Add or replace a user record; a new one gets its two empty homes. Refused 'exists' if a name or alias is another's. */
  | { readonly do: 'put-user'; readonly user: User; readonly expect: UserExpect }
  | { readonly do: 'remove-user'; readonly user: UserId }
  /** Take a removal back; refused 'absent' if nothing is left of the user, 'exists' if a name is taken by now. */
  | { readonly do: 'restore-user'; readonly user: UserId }
  /** Notes a mark, in place of one of the same name. */
  | { readonly do: 'mark'; readonly mark: Mark }
  /** Refused 'absent' where there is no such mark. */
  | { readonly do: 'unmark'; readonly name: string }
  /** A new lock; `created` says that its member is not there. Refused 'lock-conflict' beside a lock that excludes it. */
  | { readonly do: 'lock'; readonly lock: Lock }
  /** Refused 'absent' where there is no such lock. */
  | {
      readonly do: 'refresh-lock';
      readonly collection: CollectionId;
      readonly token: string;
      readonly expires: number;
      readonly timeout: number;
    }
  | { readonly do: 'unlock'; readonly collection: CollectionId; readonly token: string };

/** Who caused a commit; kept with it for the history. */
export interface Author {
  readonly user?: string;
  readonly device?: string;
  /** User-Agent of the client, or 'davd user add' and the like. */
  readonly agent?: string;
  /** The same in all commits that are one act, where it took several. */
  readonly act?: string;
}

/** Something to be done at least once after the commit that carries it (mail, push, fetch). */
export interface Task {
  readonly type: string;
  readonly data: unknown;
}

/** What comes with a commit beside its changes. */
export interface Circumstances {
  readonly by?: Author;
  readonly tasks?: readonly Task[];
  /**
   * The tokens a user has submitted: whatever is locked otherwise is refused 'locked'. Absent: locks don't count, for
   * what the owner of the machine does.
   */
  readonly locks?: { readonly user: UserId; readonly tokens: readonly string[] };
  /** One of the lists must hold with all its conditions, else the commit is refused 'expectation'. */
  readonly conditions?: readonly (readonly StateCondition[])[];
}

/** What one change did: `created` tells a new member or collection from a replaced one. */
export interface Outcome {
  readonly created: boolean;
  /** Of the stored member, for put and move. */
  readonly etag?: string;
}

export type RefusalReason =
  /** A target of a change (member, collection, user) is not there. */
  | 'absent'
  /** A name is taken. */
  | 'exists'
  /** An expectation did not hold. */
  | 'expectation'
  /** Another member has the UID; `detail` is its name. */
  | 'uid-conflict'
  /** The disk is full: reading goes on, deletes may still work. */
  | 'full'
  /** The store can't write until it is restarted. */
  | 'read-only'
  /** The disk could not be read, or not be asked: nothing is wrong with the store, and a later try may succeed. */
  | 'unavailable'
  /** The name can't be stored. */
  | 'bad-name'
  /** It is locked, and no token of a lock that counts was submitted; `locks` are those. */
  | 'locked'
  /** A lock can't be had beside `locks`. */
  | 'lock-conflict'
  /** The collection has as many locks as it may have. */
  | 'too-many-locks';

/** An expected 'no' of the store. Nothing of the commit has happened. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: RefusalReason;
  /** Index of the change that was refused, -1 where it is the commit as a whole. */
  readonly change: number;
  readonly detail: string;
  readonly locks: readonly Lock[];

  constructor(
    reason: RefusalReason,
    change: number,
    detail = '',
    locks: readonly Lock[] = [],
    cause?: unknown,
  ) {
    super(`the store refused change ${change}: ${reason}${detail && ` (${detail})`}`, { cause });
    this.reason = reason;
    this.change = change;
    this.detail = detail;
    this.locks = locks;
  }
}

/** What changed and names gone since a token, oldest change first. Each appears once, as it is now. */
export interface Changes<M> {
  readonly changed: readonly M[];
  readonly removed: readonly string[];
  /** Where the next call goes on. */
  readonly token: SyncToken;
  /** The limit cut the answer: `token` is an intermediate one. */
  readonly truncated: boolean;
}

/** Names of members that changed, and the members as they are by the time that they are asked for. */
export interface MemberChanges extends Changes<string> {
  /** In pages, in the order of the names; those that went meanwhile are left to the next call. */
  members(): AsyncIterable<readonly Member[]>;
}

/** Narrows a listing. The store may return more than asked, never less. */
export interface Selection {
  /** Main component. */
  readonly component?: string;
  /** ms since 1970 UTC, half-open: members that may have an occurrence in [start, end). */
  readonly start?: number;
  readonly end?: number;
}

/** A member with its bytes as one consistent pair. */
export interface Content {
  readonly member: Member;
  readonly bytes: Uint8Array;
}

/** A moment of the store: everything that was answered before it, and nothing after. A plain JSON value. */
export interface Moment {
  /** Id of the store. */
  readonly store: string;
  /** ms since 1970 UTC */
  readonly time: number;
  /** Where the store finds it again. Opaque to everybody else. */
  readonly place: string;
}

/** A moment that stays readable until it is released. */
export interface Held {
  readonly moment: Moment;
  /** Done once or many times. */
  release(): void;
}

/** A part of the past: of everything, of a user with all collections, of a collection, of one member's name. */
export type PastOf =
  | { readonly of: 'all' }
  | { readonly of: 'user'; readonly user: UserId }
  | { readonly of: 'collection'; readonly collection: CollectionId }
  | { readonly of: 'member'; readonly collection: CollectionId; readonly name: string };

/** Where a collection is looked at, and by whom. Every `Collection` is one. */
export type View = Pick<Collection, 'id' | 'viewer'>;
export type HomeView = Pick<Home, 'user' | 'kind'>;

/**
 * Readers see durable state only, and a commit's own writer sees it as soon as `commit` has resolved. Whatever has to look
 * at a disk may be refused 'unavailable'.
 * All listings come in pages so that no caller holds the event loop.
 */
export interface Store {
  /** Names the data for ever, also after they were restored from a backup. */
  readonly id: string;

  /** By id. */
  user(id: UserId): Promise<User | undefined>;
  /** By name or alias, regardless of case. */
  findUser(name: string): Promise<User | undefined>;
  users(): Promise<readonly User[]>;
  /** Users whose removal can be taken back; those who had no collection are not among them. */
  removedUsers(): Promise<readonly RemovedUser[]>;

  home(view: HomeView): Promise<Home | undefined>;
  /** Bindings of a home, in the order of creation. */
  collections(view: HomeView): Promise<readonly Collection[]>;
  collection(view: HomeView, name: string): Promise<Collection | undefined>;
  /** Collections of a home that changed, and names that went, since `since` (null: all). */
  homeChanges(
    view: HomeView,
    since: SyncToken | null,
    limit?: number,
  ): Promise<Changes<Collection> | 'invalid-token'>;

  member(view: View, name: string): Promise<Member | undefined>;
  memberByUid(view: View, uid: string): Promise<Member | undefined>;
  members(view: View, selection?: Selection): AsyncIterable<readonly Member[]>;
  /** Members that changed, and names that went, since `since` (null: all members, no removals). */
  changes(view: View, since: SyncToken | null, limit?: number): Promise<MemberChanges | 'invalid-token'>;
  /** Contents in the order asked, undefined for names that are not there, read in bounded batches. */
  read(view: View, names: Iterable<string>): AsyncIterable<readonly (Content | undefined)[]>;

  /**
   * Commits of the past, newest first, as far as they are remembered. What is committed meanwhile is not among them.
   */
  history(query?: PastQuery): AsyncIterable<readonly PastCommit[]>;
  /** One of them, undefined where none has the id. */
  pastCommit(id: string): Promise<PastCommit | undefined>;
  /** ms since 1970 UTC: what was committed before is not remembered; -Infinity where everything is. */
  rememberedSince(): Promise<number>;
  /** Bytes of versions in the order asked, undefined for what is no longer kept, read in bounded batches. */
  versions(wanted: Iterable<PastVersion>): AsyncIterable<readonly (Uint8Array | undefined)[]>;
  /** Marks, in the order in which they were noticed. */
  marks(): Promise<readonly Mark[]>;
  /** Collections whose removal can be taken back, last removed first. */
  removedCollections(): Promise<readonly RemovedCollection[]>;

  /** Locks on a collection and below it. */
  locks(view: View): Promise<readonly Lock[]>;
  /** Octets for which there is still room. */
  available(): Promise<number>;

  /**
   * All changes or none, durable when it resolves. Each change sees those before it.
   * @throws Refusal when an expectation fails or the store can't write.
   */
  commit(changes: readonly Change[], circumstances?: Circumstances): Promise<readonly Outcome[]>;

  /**
   * Destroys a part of the past at once: earlier versions, and what was removed, can't be had back afterwards. What there is
   * now stays.
   * @throws Refusal where the store can't write.
   */
  purge(past: PastOf): Promise<void>;

  /** What was noted last of logins. */
  sightings(): Promise<readonly Sighting[]>;
  /** Notes sightings, in place of all that were noted before. A crash may lose the latest. */
  note(sightings: readonly Sighting[]): Promise<void>;

  /** What was kept under that name, if it is still there. */
  cached(name: string): Promise<Uint8Array | undefined>;
  /**
   * Keeps what can be worked out again, in place of what the name had; null lets it go. It may be lost at any time.
   * @param name letters, digits, `-` and `.`
   */
  cache(name: string, bytes: Uint8Array | null): Promise<void>;

  /** What waits for a person, as of the last look at everything. */
  troubles(): Promise<readonly Trouble[]>;
  /**
   * Deletes members that were taken away behind the store's back, or puts them back; with the collection, where it was
   * taken away as a whole.
   * @returns how many are concerned; 0 where none are held.
   * @throws Refusal where the store can't write.
   */
  decideDeletions(collection: CollectionId, decision: Decision, by?: Author): Promise<number>;

  /** Holds the present moment, with what somebody did to the data while they were closed. Nothing of its past is let go. */
  hold(): Promise<Held>;

  /**
   * Compares everything that is kept with everything else.
   * @param repair mends what can be mended from elsewhere in the store.
   */
  check(repair: boolean): AsyncIterable<CheckStep>;

  /** Makes everything durable and gives up the ownership of the data. Commits after it are refused. */
  close(): Promise<void>;
}
