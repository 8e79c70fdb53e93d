import type {
  Author,
  Change,
  Changes,
  Circumstances,
  Collection,
  CollectionId,
  Content,
  HomeView,
  Lock,
  Member,
  Outcome,
  Selection,
  Slot,
  StateCondition,
  Store,
  SyncToken,
  User,
} from '../store/types.ts';
import { Refusal } from '../store/types.ts';
import type { AllowedChange } from './allowed-change.ts';
import { DavError, refuse } from './errors.ts';
import { type AccessRules, childHref, Finder } from './finder.ts';
import type { IfList } from './if-header.ts';
import { covering, isLockable, type Lockable, slotOf } from './locks.ts';
import { cutPath, type Located, pathOf } from './paths.ts';
import { type Privilege, permit } from './privileges.ts';
import { explain } from './refusals.ts';
import {
  type CollectionResource,
  type Granted,
  holdsObjects,
  isCollection,
  isObject,
  type ObjectResource,
  type Resource,
  type ResourceOf,
} from './resource.ts';

/** Members that are handed out at once. */
const PAGE = 500;
/** Paths after which their collection is looked up anew. */
const LOOKED_UP = 200;

/** As the store's `Changes`, with resources in pages, which are made as they are asked for. */
export interface ChangedResources<R extends Resource = Resource> extends Omit<Changes<never>, 'changed'> {
  readonly changed: AsyncIterable<readonly Granted<R>[]>;
}

/** Told when a whole collection, or all that changed in it, has been listed: up to the token. */
export type Fetched = (collection: CollectionId, token: SyncToken) => void;

/**
 * The one door to resources: whatever a request names (its URI, Destination, hrefs in bodies, children) is found and
 * authorised here, and the store is read and changed here only, by means of what came through.
 */
export class Access {
  readonly user: User;
  readonly #store: Store;
  readonly #finder: Finder;
  readonly #rules: AccessRules;
  readonly #author: Author;
  readonly #fetched: Fetched;
  #conditions: Circumstances['conditions'];
  #tokens: readonly string[] = [];

  constructor(
    store: Store,
    user: User,
    rules: AccessRules,
    author: Author,
    fetched: Fetched = () => undefined,
  ) {
    this.#fetched = fetched;
    this.user = user;
    this.#store = store;
    this.#finder = new Finder(store, user, rules);
    this.#rules = rules;
    this.#author = author;
  }

  locate(path: string): Located | undefined {
    return this.#finder.locate(path);
  }

  /**
   * From here on commits happen only if one of the lists of an If header holds, and may change what its lock tokens are
   * for (RFC 4918 §7.5: to name a token is to submit it). @param path the resource of lists without a tag
   * @throws DavError 412 if none holds as it is
   */
  async submit(lists: readonly IfList[], path: string): Promise<void> {
    const resolved: StateCondition[][] = [];
    for (const { resource, conditions } of lists) {
      const of = await this.#slot(resource === undefined ? path : pathOf(resource));
      resolved.push(conditions.map((condition) => ({ of, ...condition })));
    }
    this.#conditions = resolved;
    this.#tokens = resolved.flat().flatMap(({ state }) => ('token' in state ? [state.token] : []));
    await this.commit([]);
  }

  /** Tokens that the request has submitted. */
  get tokens(): readonly string[] {
    return this.#tokens;
  }

  /** Locks that cover a resource. */
  async locks(resource: Lockable): Promise<readonly Lock[]> {
    const slot = slotOf(resource);
    return slot ? covering(await this.#store.locks(slot.collection), slot.member) : [];
  }

  /** Octets for which the store has room. */
  available(): Promise<number> {
    return this.#store.available();
  }

  /** The resource at `path` if the user holds `privilege` on it, else the 404 or 403 to answer. */
  async reach(path: string, privilege: Privilege): Promise<Granted | DavError> {
    const located = this.locate(path);
    const resource = located && (await this.#finder.find(located));
    if (!resource || resource.type === 'absent') return nothingAt(path);
    return permit(resource, privilege);
  }

  /** As `reach`, where the refusal is the answer. @throws DavError */
  async demand(path: string, privilege: Privilege): Promise<Granted> {
    const resource = await this.reach(path, privilege);
    if (resource instanceof DavError) throw resource;
    return resource;
  }

  /**
   * As `reach`, but a name that is free in an existing collection comes as an absent resource, if the user may bind
   * there. Where the collection itself is missing the answer is 409 (RFC 4918 §9.3.1, §9.7.1).
   */
  async reachOrAbsent(path: string, privilege: Privilege): Promise<Granted | DavError> {
    const located = this.locate(path);
    const resource = located && (await this.#finder.find(located));
    if (resource?.type === 'absent') {
      const refusal = permit(resource.parent, 'bind');
      return refusal instanceof DavError ? refusal : resource;
    }
    if (resource) return permit(resource, privilege);
    const nested = located && (located.place.type === 'object' || located.place.type === 'collection');
    return nested ? refuse(409, `the collection above "${path}" does not exist`) : nothingAt(path);
  }

  /** Children of a collection that the user may see, in pages. */
  async *children(parent: Granted): AsyncIterable<readonly Granted[]> {
    yield* holdsObjects(parent) ? this.members(parent) : this.#finder.children(parent);
  }

  /** Everything below a collection that the user may see, at any depth, in pages. */
  async *descendants(parent: Granted): AsyncIterable<readonly Granted[]> {
    for await (const page of this.children(parent)) {
      yield page;
      for (const child of page) if (isCollection(child)) yield* this.descendants(child);
    }
  }

  /** The principals that the user may find: the user's own, and others' where users are visible. */
  principals(): AsyncIterable<Granted<ResourceOf<'principal'>>> {
    return this.#finder.principals();
  }

  /** Members of a calendar or address book, in pages. */
  async *members(
    parent: Granted<CollectionResource>,
    selection?: Selection,
  ): AsyncIterable<readonly Granted<ObjectResource>[]> {
    yield* this.#granted(parent, this.#store.members(parent.collection, selection));
    if (selection === undefined) this.#fetched(parent.collection.id, parent.collection.token);
  }

  /** Members changed and names gone since a token (RFC 6578); a home's members are its collections. */
  async changes(
    parent: Granted<CollectionResource | ResourceOf<'home'>>,
    since: SyncToken | null,
    limit?: number,
  ): Promise<ChangedResources | 'invalid-token'> {
    if (parent.type === 'home') {
      const changes = await this.#store.homeChanges(parent.home, since, limit);
      if (changes === 'invalid-token') return changes;
      const changed = changes.changed.map((c) => this.#finder.collection(c, childHref(parent, c.name, '/')));
      return { ...changes, changed: inOnePage(changed) };
    }
    const changes = await this.#store.changes(parent.collection, since, limit);
    if (changes === 'invalid-token') return changes;
    this.#fetched(parent.collection.id, changes.token);
    return { ...changes, changed: this.#granted(parent, changes.members()) };
  }

  /** As `changes`, for what is kept beside a collection: nobody has fetched anything by it. */
  async changedSince(
    parent: Granted<CollectionResource>,
    since: SyncToken | null,
    limit?: number,
  ): Promise<ChangedResources<ObjectResource> | 'invalid-token'> {
    const changes = await this.#store.changes(parent.collection, since, limit);
    if (changes === 'invalid-token') return changes;
    return { ...changes, changed: this.#granted(parent, changes.members()) };
  }

  async *#granted(
    parent: Granted<CollectionResource>,
    pages: AsyncIterable<readonly Member[]>,
  ): AsyncIterable<readonly Granted<ObjectResource>[]> {
    for await (const page of pages) yield page.map((member) => this.#finder.member(parent, member));
  }

  /** Those of the names that are members of a collection, in pages. */
  async *named(
    parent: Granted<CollectionResource>,
    names: Iterable<string>,
  ): AsyncIterable<readonly Granted<ObjectResource>[]> {
    let page: Granted<ObjectResource>[] = [];
    for (const name of names) {
      const member = await this.#store.member(parent.collection, name);
      if (member) page.push(this.#finder.member(parent, member));
      if (page.length < PAGE) continue;
      yield page;
      page = [];
    }
    yield page;
  }

  /**
   * The objects with their bytes, in batches and in the order given, undefined for one that went meanwhile. The
   * member is the one the bytes belong to, which may be newer than the one given.
   */
  async *contents(
    objects: readonly Granted<ObjectResource>[],
  ): AsyncIterable<readonly (Granted<ObjectResource> | undefined)[]> {
    for (const run of runsOfOneCollection(objects)) {
      const names = run.objects.map((object) => object.member.name);
      let at = 0;
      for await (const batch of this.#store.read(run.collection, names)) {
        yield batch.map((content) => {
          const object = run.objects[at++];
          return object && content && { ...object, ...content };
        });
      }
    }
  }

  /**
   * The objects at the paths, each under its path, with their bytes, or the refusal to answer: in batches and in the
   * order given. Of neighbours in a collection only the collection is looked up.
   */
  async *objectsAt(paths: readonly string[]): AsyncIterable<readonly (Granted<ObjectResource> | DavError)[]> {
    for (const run of neighbours(paths)) {
      const parent = run.parent === undefined ? undefined : await reached(this.reach(run.parent, 'read'));
      if (!parent || parent instanceof DavError || !holdsObjects(parent)) {
        for (const path of run.paths) yield [await this.#objectAt(path)];
        continue;
      }
      let at = 0;
      for await (const batch of this.#store.read(parent.collection, run.names)) {
        yield batch.map((content) => {
          const path = run.paths[at++] as string;
          if (!content) return nothingAt(path);
          return this.#finder.member(parent, content.member, path, content.bytes);
        });
      }
    }
  }

  async #objectAt(path: string): Promise<Granted<ObjectResource> | DavError> {
    const resource = await reached(this.reach(path, 'read'));
    if (resource instanceof DavError) return resource;
    if (!isObject(resource)) return refuse(404, `"${path}" is not an object`);
    const content = await this.content(resource);
    return content ? { ...resource, ...content, href: path } : nothingAt(path);
  }

  /** One object with its bytes; undefined if it went meanwhile. */
  async content(object: Granted<ObjectResource>): Promise<Content | undefined> {
    for await (const [content] of this.#store.read(object.collection, [object.member.name])) return content;
    return undefined;
  }

  /**
   * All changes or none; durable when it resolves.
   * @throws DavError with the precondition that the store's refusal means
   */
  async commit(changes: readonly AllowedChange[]): Promise<readonly Outcome[]> {
    // No `map` from here to the journal: see "Arrays" in docs/performance.md.
    const bare: Change[] = [];
    for (const { change } of changes) bare.push(change);
    try {
      return await this.#store.commit(bare, {
        by: this.#author,
        locks: { user: this.user.id, tokens: this.#tokens },
        ...(this.#conditions && { conditions: this.#conditions }),
      });
    } catch (error) {
      // Whoever runs the server has to know why, so that is logged with the request.
      if (error instanceof Refusal && error.reason !== 'unavailable') {
        throw explain(error, changes[error.change], this.#rules.uidConflicts);
      }
      throw error;
    }
  }

  /** Where a path of an If header points; null where nothing can be locked or has a state. */
  async #slot(path: string): Promise<Slot | HomeView | null> {
    const resource = await this.reachOrAbsent(path, 'read');
    if (!(resource instanceof DavError) && resource.type === 'home')
      return { user: resource.user.id, kind: resource.home.kind };
    const slot = resource instanceof DavError || !isLockable(resource) ? undefined : slotOf(resource);
    return slot ? { collection: slot.collection.id, member: slot.member } : null;
  }
}

function nothingAt(path: string): DavError {
  return refuse(404, `there is nothing at "${path}"`);
}

/** A refusal that is thrown, because the path can't be read, as the one to answer. */
async function reached(reaching: Promise<Granted | DavError>): Promise<Granted | DavError> {
  try {
    return await reaching;
  } catch (error) {
    if (error instanceof DavError) return error;
    throw error;
  }
}

/** Paths that follow one another in the same collection, with the names in it; no parent where there is no name. */
interface Neighbours {
  readonly parent: string | undefined;
  readonly paths: string[];
  readonly names: string[];
}

function* neighbours(paths: readonly string[]): Generator<Neighbours> {
  let run: Neighbours = { parent: undefined, paths: [], names: [] };
  for (const path of paths) {
    const cut = cutPath(path);
    if (cut?.parent !== run.parent || run.paths.length === LOOKED_UP) {
      yield run;
      run = { parent: cut?.parent, paths: [], names: [] };
    }
    run.paths.push(path);
    if (cut) run.names.push(cut.name);
  }
  yield run;
}

/** Neighbours that stand in the same collection, so that order is kept. */
function runsOfOneCollection(objects: readonly Granted<ObjectResource>[]) {
  const runs: { collection: Collection; objects: Granted<ObjectResource>[] }[] = [];
  for (const object of objects) {
    const last = runs.at(-1);
    if (last?.collection.id === object.collection.id) last.objects.push(object);
    else runs.push({ collection: object.collection, objects: [object] });
  }
  return runs;
}

async function* inOnePage<T>(all: readonly T[]): AsyncIterable<readonly T[]> {
  yield all;
}
