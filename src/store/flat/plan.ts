import { type Change, type Facts, Refusal, type RefusalReason } from '../types.ts';
import type { Draft, DraftMember } from './draft.ts';
import type { Before, Entry, Place } from './entries.ts';

/** What a plan needs besides the draft. */
export interface Setting {
  /** ms since 1970 UTC: the time of the commit. */
  readonly time: number;
  /** The folder takes two spellings of a letter for one. */
  readonly caseless: boolean;
  /** Lineage of the sync tokens. */
  readonly epoch: string;
  /** A new immutable id. */
  readonly newId: () => string;
  /** Whether bytes stay at this place for as long as a member says that they are there. */
  readonly stays: (place: Place) => boolean;
}

/** What the store itself may ask for besides the changes of the interface. */
export type InnerChange =
  | Change
  /** Keep bytes that stood in a file in the history. */
  | { readonly do: 'keep'; readonly collection: string; readonly name: string; readonly bytes: Uint8Array }
  /** A collection whose folder somebody brought. */
  | {
      readonly do: 'adopt-collection';
      readonly id: string;
      readonly folder: string;
      readonly collection: Extract<Change, { do: 'create-collection' }>;
    }
  /** Forget a collection, if it is in the trash. */
  | { readonly do: 'purge'; readonly collection: string };

/** A change with what was computed before its turn came. */
export interface Prepared {
  readonly change: InnerChange;
  /** Of the bytes that a put or keep carries. */
  readonly etag: string;
  /** What a recall found; absent where it is no longer kept. */
  readonly recalled?: Recalled;
}

/** A version of the past with its bytes. */
export interface Recalled {
  readonly bytes: Uint8Array;
  readonly facts: Facts;
  readonly place: Place;
}

/** What a commit will do, as its changes add to it. */
export class Plan {
  readonly draft: Draft;
  readonly setting: Setting;
  readonly entries: Entry[] = [];
  /** Facts of the members that the entries set, at the entries' positions. */
  readonly facts: (Facts | undefined)[] = [];
  readonly bodies: Uint8Array[] = [];
  /** The bodies by etag. */
  readonly bytes = new Map<string, Uint8Array>();
  /** Octets of the bodies. */
  size = 0;
  /** Index of the change being planned. */
  change = 0;

  constructor(draft: Draft, setting: Setting) {
    this.draft = draft;
    this.setting = setting;
  }

  /** Adds what changes, with how it was before. */
  add(entry: Entry, facts?: Facts): void {
    const whole = withBefore(this.draft, entry);
    this.draft.apply(whole, facts);
    this.entries.push(whole);
    this.facts.push(facts);
  }

  /** Where the bytes will stand in the record's body. */
  addBody(bytes: Uint8Array, etag: string): number {
    this.bytes.set(etag, bytes);
    const at = this.size;
    this.bodies.push(bytes);
    this.size += bytes.length;
    return at;
  }

  refuse(reason: RefusalReason, detail?: string): never {
    throw new Refusal(reason, this.change, detail);
  }
}

function withBefore(draft: Draft, entry: Entry): Entry {
  switch (entry.set) {
    case 'member':
    case 'gone': {
      const was = draft.member(entry.in, entry.name);
      return was ? { ...entry, was: beforeOf(was) } : entry;
    }
    case 'collection': {
      const was = draft.collection(entry.collection.id);
      const moves = (was === undefined) !== (entry.collection.trashed !== undefined);
      const count = moves ? draft.memberCount(entry.collection.id) : 0;
      return { ...entry, ...(was && { was }), ...(count > 0 && { count }) };
    }
    case 'binding':
    case 'unbound': {
      const name = entry.set === 'binding' ? entry.binding.name : entry.name;
      const was = draft.binding(entry, name)?.binding;
      return was ? { ...entry, was } : entry;
    }
    case 'user':
    case 'no-user': {
      const was = draft.user(entry.set === 'user' ? entry.user.id : entry.user)?.user;
      return was ? { ...entry, was } : entry;
    }
    default:
      return entry;
  }
}

function beforeOf({ etag, size, at, created, properties }: DraftMember): Before {
  return { etag, size, at, created, ...(properties && { properties }) };
}

const LONGEST_NAME = 4096;

/** @throws Refusal where the name can't be one of a member or a collection. */
export function requireName(plan: Plan, name: string): void {
  if (name === '') plan.refuse('bad-name', 'a name must not be empty');
  if (name.length > LONGEST_NAME) plan.refuse('bad-name', `a name has at most ${LONGEST_NAME} characters`);
}
