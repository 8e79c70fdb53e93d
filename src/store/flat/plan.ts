import { type Change, type Facts, Refusal, type RefusalReason } from '../types.ts';
import type { Draft } from './draft.ts';
import type { Entry } from './entries.ts';

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
  /** Forget a trashed collection. */
  | { readonly do: 'purge'; readonly collection: string };

/** A change with what was computed before its turn came. */
export interface Prepared {
  readonly change: InnerChange;
  /** Of the bytes that a put or keep carries. */
  readonly etag: string;
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

  add(entry: Entry, facts?: Facts): void {
    this.draft.apply(entry, facts);
    this.entries.push(entry);
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

const LONGEST_NAME = 4096;

/** @throws Refusal where the name can't be one of a member or a collection. */
export function requireName(plan: Plan, name: string): void {
  if (name === '') plan.refuse('bad-name', 'a name must not be empty');
  if (name.length > LONGEST_NAME) plan.refuse('bad-name', `a name has at most ${LONGEST_NAME} characters`);
}
