import { Slices } from '../../slices.ts';
import type { Mark, RemovedCollection } from '../history.ts';
import type {
  Changes,
  Collection,
  Content,
  Facts,
  Home,
  HomeView,
  Lock,
  Member,
  MemberChanges,
  RemovedUser,
  Selection,
  SyncToken,
  User,
  View,
} from '../types.ts';
import type { Catalog, CollectionState, HomeState } from './catalog.ts';
import type { Binding } from './entries.ts';
import type { FactsDesk } from './facts.ts';
import { changedNames } from './listing.ts';
import type { MemberState } from './members.ts';
import { writeToken } from './tokens.ts';
import type { Vault, Wanted } from './vault.ts';

const PAGE = 500;
/** Rows that are looked at between two looks at the clock. */
const LOOK = 64;
/** Bounds of one batch of contents. */
const BATCH_MEMBERS = 64;
const BATCH_OCTETS = 4 * 1024 * 1024;

const UNKNOWN: Facts = { uid: null, component: '', start: -Infinity, end: Infinity, recurring: false };

/** The verbs of the store that read. All of them answer from durable state. */
export class Reader {
  readonly #catalog: Catalog;
  readonly #epoch: string;
  readonly #facts: FactsDesk;
  readonly #vault: Vault;
  readonly #wanted: (collection: CollectionState, name: string, member: MemberState) => Wanted;

  /** @param epoch lineage of the sync tokens. @param wanted where a member's bytes are. */
  constructor(
    catalog: Catalog,
    epoch: string,
    facts: FactsDesk,
    vault: Vault,
    wanted: (collection: CollectionState, name: string, member: MemberState) => Wanted,
  ) {
    this.#catalog = catalog;
    this.#epoch = epoch;
    this.#facts = facts;
    this.#vault = vault;
    this.#wanted = wanted;
  }

  user(id: string): User | undefined {
    return this.#catalog.users.get(id)?.record.user;
  }

  findUser(name: string): User | undefined {
    const id = this.#catalog.userNamed(name);
    return id === undefined ? undefined : this.user(id);
  }

  users(): User[] {
    return [...this.#catalog.users.values()].map(({ record }) => record.user);
  }

  removedUsers(): RemovedUser[] {
    const found = new Map<string, RemovedUser>();
    for (const { record } of this.#catalog.collections.values()) {
      const { owner, trashed, from } = record;
      if (trashed === undefined || !from?.user || trashed < (found.get(owner)?.removed ?? 0)) continue;
      found.set(owner, { user: from.user, removed: trashed });
    }
    return [...found.values()];
  }

  marks(): Mark[] {
    return [...this.#catalog.marks.values()].sort((a, b) => a.noticed - b.noticed);
  }

  removedCollections(): RemovedCollection[] {
    const removed = [...this.#catalog.collections.values()].flatMap(({ record, members }) => {
      const { id, owner, kind, components, properties, protected: isProtected, trashed, from } = record;
      if (trashed === undefined) return [];
      const { name, properties: own } = from ?? { name: record.folder, properties: {} };
      const before = { owner, kind, name, components, properties, own, protected: isProtected };
      return { ...before, id, removed: trashed, count: members.count, withOwner: from?.user !== undefined };
    });
    return removed.sort((a, b) => b.removed - a.removed);
  }

  home(view: HomeView): Home | undefined {
    const home = this.#catalog.home(view);
    if (!home) return undefined;
    const { id, properties } = home.record;
    return { user: view.user, kind: view.kind, properties, token: this.#token(id, home.log.seq) };
  }

  collections(view: HomeView): Collection[] {
    const home = this.#catalog.home(view);
    const bindings = [...(home?.bindings.values() ?? [])].sort((a, b) => a.order - b.order);
    return bindings.flatMap((binding) => this.#collectionOf(view, binding) ?? []);
  }

  collection(view: HomeView, name: string): Collection | undefined {
    const binding = this.#catalog.home(view)?.bindings.get(name);
    return binding && this.#collectionOf(view, binding);
  }

  async homeChanges(
    view: HomeView,
    since: SyncToken | null,
    limit?: number,
  ): Promise<Changes<Collection> | 'invalid-token'> {
    const home: HomeState | undefined = this.#catalog.home(view);
    if (!home) return 'invalid-token';
    const names = await changedNames(home.log, home.record.id, this.#epoch, since, limit);
    if (names === 'invalid-token') return names;
    const changed = names.changed.flatMap((name) => this.collection(view, name) ?? []);
    return { ...names, changed };
  }

  async member(view: View, name: string): Promise<Member | undefined> {
    const collection = this.#collection(view);
    if (!collection?.members.has(name)) return undefined;
    if (!collection.members.knows(name)) await this.#facts.of(collection, [name]);
    return memberIn(collection, name);
  }

  async memberByUid(view: View, uid: string): Promise<Member | undefined> {
    const collection = this.#collection(view);
    if (!collection) return undefined;
    if (!this.#facts.complete(collection)) await this.#facts.ready(collection);
    const name = collection.members.byUid(uid);
    return name === undefined ? undefined : memberIn(collection, name);
  }

  async *members(view: View, selection: Selection = {}): AsyncIterable<readonly Member[]> {
    const collection = this.#collection(view);
    if (!collection) return;
    const { component, start = -Infinity, end = Infinity } = selection;
    const narrowed = component !== undefined || start !== -Infinity || end !== Infinity;
    if (narrowed) await this.#facts.ready(collection);
    const slices = new Slices();
    let page: string[] = [];
    const { members } = collection;
    // A member keeps its row, so every one there throughout comes exactly once whatever changes between two pages.
    for (let row = 0; row < members.limit; row++) {
      const name = narrowed && !members.fits(row, component, start, end) ? undefined : members.nameAt(row);
      if (name !== undefined) page.push(name);
      if (page.length === PAGE) {
        yield await this.#page(collection, page);
        page = [];
      }
      if (row % LOOK === 0 && slices.over) await slices.pause();
    }
    if (page.length > 0) yield await this.#page(collection, page);
  }

  async changes(
    view: View,
    since: SyncToken | null,
    limit?: number,
  ): Promise<MemberChanges | 'invalid-token'> {
    const collection = this.#collection(view);
    if (!collection) return 'invalid-token';
    const names = await changedNames(collection.log, collection.record.id, this.#epoch, since, limit);
    if (names === 'invalid-token') return names;
    return { ...names, members: () => this.#pages(collection, names.changed) };
  }

  async *#pages(collection: CollectionState, names: readonly string[]): AsyncIterable<readonly Member[]> {
    for (let at = 0; at < names.length; at += PAGE)
      yield await this.#page(collection, names.slice(at, at + PAGE));
  }

  async *read(view: View, names: Iterable<string>): AsyncIterable<readonly (Content | undefined)[]> {
    const collection = this.#collection(view);
    let batch: string[] = [];
    let octets = 0;
    for (const name of names) {
      batch.push(name);
      octets += collection?.members.sizeOf(name) ?? 0;
      if (batch.length < BATCH_MEMBERS && octets < BATCH_OCTETS) continue;
      yield await this.#contents(collection, batch);
      batch = [];
      octets = 0;
    }
    if (batch.length > 0) yield await this.#contents(collection, batch);
  }

  locks(view: View): Lock[] {
    const now = Date.now();
    return this.#collection(view)?.locks.filter(({ expires }) => expires > now) ?? [];
  }

  async #contents(
    collection: CollectionState | undefined,
    names: readonly string[],
  ): Promise<(Content | undefined)[]> {
    if (!collection) return names.map(() => undefined);
    await this.#facts.of(collection, names);
    const states = names.map((name) => collection.members.get(name));
    const wanted: Wanted[] = [];
    for (const [i, state] of states.entries())
      if (state) wanted.push(this.#wanted(collection, names[i] as string, state));
    const read = (await this.#vault.readAll(wanted)).values();
    return states.map((state, i) => {
      const bytes = state && read.next().value;
      return bytes && { member: memberOf(names[i] as string, state), bytes };
    });
  }

  async #page(collection: CollectionState, names: readonly string[]): Promise<Member[]> {
    await this.#facts.of(collection, names);
    return names.flatMap((name) => memberIn(collection, name) ?? []);
  }

  /** undefined for what is in the trash. */
  #collection(view: View): CollectionState | undefined {
    const collection = this.#catalog.collections.get(view.id);
    return collection?.record.trashed === undefined ? collection : undefined;
  }

  #collectionOf(view: HomeView, binding: Binding): Collection | undefined {
    const collection = this.#catalog.collections.get(binding.collection);
    if (!collection) return undefined;
    const { record, members, log } = collection;
    return {
      id: record.id,
      kind: record.kind,
      viewer: view.user,
      owner: record.owner,
      name: binding.name,
      access: binding.access,
      components: record.components,
      properties: { ...record.properties, ...binding.properties },
      protected: record.protected,
      created: record.created,
      modified: Math.max(record.modified, collection.touched),
      count: members.count,
      size: members.size,
      token: this.#token(record.id, log.seq),
    };
  }

  #token(id: string, seq: number): SyncToken {
    return writeToken(id, this.#epoch, { seq, until: 0 });
  }
}

function memberIn({ members }: CollectionState, name: string): Member | undefined {
  const state = members.get(name);
  return state && memberOf(name, state);
}

function memberOf(name: string, state: MemberState): Member {
  const { etag, size, created, modified, facts = UNKNOWN, properties = {} } = state;
  return { name, etag, size, created, modified, facts, properties };
}
