import { Slices } from '../../slices.ts';
import type { CheckStep } from '../finding.ts';
import type { Mark, PastCommit, PastQuery, PastVersion, RemovedCollection } from '../history.ts';
import type { Decision, Trouble } from '../trouble.ts';
import {
  type Author,
  type Change,
  type Changes,
  type Circumstances,
  type Collection,
  type CollectionId,
  type Content,
  type FactsOf,
  type Held,
  type Home,
  type HomeView,
  type Lock,
  type Member,
  type MemberChanges,
  type Outcome,
  type PastOf,
  Refusal,
  type RemovedUser,
  type Selection,
  type Sighting,
  type Store,
  type SyncToken,
  type User,
  type View,
} from '../types.ts';
import type { CacheFiles } from './cache-files.ts';
import type { Catalog, CollectionState } from './catalog.ts';
import type { Commits, InnerCircumstances } from './commits.ts';
import type { FactsDesk } from './facts.ts';
import { type HistoryReader, placeOfRef } from './history.ts';
import type { InnerChange, Prepared } from './plan.ts';
import type { Reader } from './reader.ts';
import { etagOfAny } from './record.ts';
import type { SightingsFile } from './sightings.ts';
import { allIfAvailable, ifAvailable } from './unavailable.ts';

/** The store in a folder, with what its owner may ask beyond the interface. */
export interface FlatStore extends Store {
  /** No commit succeeds until the store is opened again. */
  readonly readOnly: boolean;
  /** Resolves when files/ shows everything committed before. */
  settled(): Promise<void>;
  /** Makes files, state and cache durable, so that the next opening has little to replay. */
  checkpoint(): Promise<void>;
  /** Lets go what the history need not keep any longer. Happens by itself every hour while commits come. */
  compact(): Promise<void>;
}

/** What the store is made of; put together by `openFlatStore`. */
export interface Parts {
  readonly id: string;
  readonly catalog: Catalog;
  readonly reader: Reader;
  readonly commits: Commits;
  readonly facts: FactsDesk;
  readonly factsOf: FactsOf;
  readonly history: HistoryReader;
  readonly available: () => Promise<number>;
  /** What to wait for before bytes are added; see `Retention.relief`. */
  readonly relief: () => Promise<void> | undefined;
  readonly purge: (past: PastOf) => Promise<void>;
  readonly sightings: SightingsFile;
  readonly cacheFiles: CacheFiles;
  readonly settled: () => Promise<void>;
  readonly checkpoint: () => Promise<void>;
  readonly compact: () => Promise<void>;
  readonly troubles: () => Promise<readonly Trouble[]>;
  readonly decideDeletions: (collection: CollectionId, decision: Decision, by: Author) => Promise<number>;
  readonly hold: () => Promise<Held>;
  readonly check: (repair: boolean) => AsyncIterable<CheckStep>;
  readonly close: () => Promise<void>;
}

export class OpenStore implements FlatStore {
  readonly id: string;
  readonly #parts: Parts;
  #closing: Promise<void> | undefined;
  #relief: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.id = parts.id;
    this.#parts = parts;
  }

  get readOnly(): boolean {
    return this.#parts.commits.readOnly;
  }

  async user(id: string): Promise<User | undefined> {
    return this.#parts.reader.user(id);
  }

  async findUser(name: string): Promise<User | undefined> {
    return this.#parts.reader.findUser(name);
  }

  async users(): Promise<readonly User[]> {
    return this.#parts.reader.users();
  }

  async removedUsers(): Promise<readonly RemovedUser[]> {
    return this.#parts.reader.removedUsers();
  }

  async home(view: HomeView): Promise<Home | undefined> {
    return this.#parts.reader.home(view);
  }

  async collections(view: HomeView): Promise<readonly Collection[]> {
    return this.#parts.reader.collections(view);
  }

  async collection(view: HomeView, name: string): Promise<Collection | undefined> {
    return this.#parts.reader.collection(view, name);
  }

  homeChanges(
    view: HomeView,
    since: SyncToken | null,
    limit?: number,
  ): Promise<Changes<Collection> | 'invalid-token'> {
    return ifAvailable(this.#parts.reader.homeChanges(view, since, limit));
  }

  member(view: View, name: string): Promise<Member | undefined> {
    return ifAvailable(this.#parts.reader.member(view, name));
  }

  memberByUid(view: View, uid: string): Promise<Member | undefined> {
    return ifAvailable(this.#parts.reader.memberByUid(view, uid));
  }

  members(view: View, selection?: Selection): AsyncIterable<readonly Member[]> {
    return allIfAvailable(this.#parts.reader.members(view, selection));
  }

  changes(view: View, since: SyncToken | null, limit?: number): Promise<MemberChanges | 'invalid-token'> {
    const changes = this.#parts.reader.changes(view, since, limit);
    return ifAvailable(changes.then(withMembersIfAvailable));
  }

  read(view: View, names: Iterable<string>): AsyncIterable<readonly (Content | undefined)[]> {
    return allIfAvailable(this.#parts.reader.read(view, names));
  }

  history(query: PastQuery = {}): AsyncIterable<readonly PastCommit[]> {
    return allIfAvailable(this.#parts.history.commits(query));
  }

  pastCommit(id: string): Promise<PastCommit | undefined> {
    return ifAvailable(this.#parts.history.commit(id));
  }

  rememberedSince(): Promise<number> {
    return this.#parts.history.begins();
  }

  versions(wanted: Iterable<PastVersion>): AsyncIterable<readonly (Uint8Array | undefined)[]> {
    return allIfAvailable(this.#parts.history.versions(wanted));
  }

  async marks(): Promise<readonly Mark[]> {
    return this.#parts.reader.marks();
  }

  async removedCollections(): Promise<readonly RemovedCollection[]> {
    return this.#parts.reader.removedCollections();
  }

  async locks(view: View): Promise<readonly Lock[]> {
    return this.#parts.reader.locks(view);
  }

  available(): Promise<number> {
    return ifAvailable(this.#parts.available());
  }

  purge(past: PastOf): Promise<void> {
    return ifAvailable(this.#parts.purge(past));
  }

  commit(changes: readonly Change[], circumstances: Circumstances = {}): Promise<readonly Outcome[]> {
    if (this.#closing) return Promise.reject(new Refusal('read-only', -1));
    this.#relief ??= this.#parts.relief();
    // All wait, and go on without anything between them, so that they take effect in the order they came.
    const commit = () => {
      this.#relief = undefined;
      return submit(this.#parts, changes, circumstances);
    };
    return ifAvailable(this.#relief ? this.#relief.then(commit) : commit());
  }

  sightings(): Promise<readonly Sighting[]> {
    return this.#parts.sightings.read();
  }

  note(sightings: readonly Sighting[]): Promise<void> {
    return this.#parts.sightings.write(sightings);
  }

  cached(name: string): Promise<Uint8Array | undefined> {
    return this.#parts.cacheFiles.read(name);
  }

  cache(name: string, bytes: Uint8Array | null): Promise<void> {
    return this.#parts.cacheFiles.write(name, bytes);
  }

  settled(): Promise<void> {
    return this.#parts.settled();
  }

  checkpoint(): Promise<void> {
    return this.#parts.checkpoint();
  }

  compact(): Promise<void> {
    return this.#parts.compact();
  }

  troubles(): Promise<readonly Trouble[]> {
    return this.#parts.troubles();
  }

  async decideDeletions(collection: CollectionId, decision: Decision, by: Author = {}): Promise<number> {
    if (this.#closing) throw new Refusal('read-only', -1);
    return this.#parts.decideDeletions(collection, decision, by);
  }

  hold(): Promise<Held> {
    if (this.#closing) throw new Refusal('read-only', -1);
    return this.#parts.hold();
  }

  check(repair: boolean): AsyncIterable<CheckStep> {
    return this.#parts.check(repair);
  }

  close(): Promise<void> {
    this.#closing ??= this.#parts.close();
    return this.#closing;
  }
}

function withMembersIfAvailable(changes: MemberChanges | 'invalid-token'): MemberChanges | 'invalid-token' {
  if (changes === 'invalid-token') return changes;
  return { ...changes, members: () => allIfAvailable(changes.members()) };
}

/** What working out beforehand needs. */
export type Preparing = Pick<Parts, 'catalog' | 'commits' | 'facts' | 'factsOf' | 'history'>;

/**
 * Works out beforehand what the writer needs: etags, versions of the past, and the UIDs of the collections concerned.
 * Where all are at hand, which is nearly always, the commit goes to the writer at once.
 */
export function submit(
  parts: Preparing,
  changes: readonly InnerChange[],
  circumstances: InnerCircumstances,
): Promise<readonly Outcome[]> {
  const { commits, facts } = parts;
  const prepared: (Prepared | Promise<Prepared>)[] = [];
  for (const change of changes) prepared.push(prepare(change));
  const recalls = changes.some((change) => change.do === 'recall');
  const cold = withUnknownUids(parts, changes);
  if (!recalls && cold.length === 0 && prepared.every(isReady))
    return commits.submit(prepared, circumstances);
  return (async () => {
    for (const collection of cold) {
      await facts.ready(collection);
      // Only a store that is closing gives up working them out.
      if (!facts.complete(collection)) throw new Refusal('read-only', -1);
    }
    const all = await Promise.all(prepared);
    return commits.submit(recalls ? await withRecalled(parts, all) : all, circumstances);
  })();
}

function isReady(one: Prepared | Promise<Prepared>): one is Prepared {
  return !(one instanceof Promise);
}

function prepare(change: InnerChange): Prepared | Promise<Prepared> {
  if (change.do !== 'put' && change.do !== 'keep') return { change, etag: '' };
  const etag = etagOfAny(change.bytes);
  return typeof etag === 'string' ? { change, etag } : etag.then((known) => ({ change, etag: known }));
}

/** Finds the bytes that are recalled, and works out their facts. */
async function withRecalled(
  { catalog, history, factsOf }: Preparing,
  prepared: readonly Prepared[],
): Promise<readonly Prepared[]> {
  const versions = prepared.flatMap(({ change }) => (change.do === 'recall' ? [change.version] : []));
  const found: (Uint8Array | undefined)[] = [];
  for await (const batch of history.versions(versions)) found.push(...batch);
  const slices = new Slices();
  const whole: Prepared[] = [];
  let at = 0;
  for (const one of prepared) {
    const { change } = one;
    const bytes = change.do === 'recall' ? found[at++] : undefined;
    const place = change.do === 'recall' ? placeOfRef(change.version.ref) : undefined;
    const kind = change.do === 'recall' && catalog.collections.get(change.collection)?.record.kind;
    if (bytes && place && kind) {
      whole.push({ ...one, recalled: { bytes, place, facts: factsOf(kind, bytes) } });
    } else whole.push(one);
    if (slices.over) await slices.pause();
  }
  return whole;
}

/** Collections in which UIDs are looked for, and not all are known. */
function withUnknownUids(
  { catalog, facts }: Preparing,
  changes: readonly InnerChange[],
): readonly CollectionState[] {
  const unknown: CollectionState[] = [];
  for (const change of changes) {
    for (const id of collectionsSearched(change)) {
      const collection = catalog.collections.get(id);
      if (collection && !facts.complete(collection)) unknown.push(collection);
    }
  }
  return unknown;
}

function collectionsSearched(change: InnerChange): readonly CollectionId[] {
  switch (change.do) {
    case 'put':
    case 'recall':
      return [change.collection];
    case 'move':
    case 'copy':
      return [change.collection, change.to.collection];
    default:
      return [];
  }
}
