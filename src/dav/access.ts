import type {
  Author,
  Changes,
  Circumstances,
  Collection,
  CollectionId,
  Content,
  HomeView,
  Kind,
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
import type { IfList } from './if-header.ts';
import { covering, isLockable, type Lockable, slotOf } from './locks.ts';
import { encodeSegment, type Located, locate, pathOf } from './paths.ts';
import { byAccess, type Privilege, type Privileges, permit, publicPrivileges } from './privileges.ts';
import { explain, type UidConflicts } from './refusals.ts';
import {
  type AbsentResource,
  type CollectionResource,
  type Granted,
  isCollection,
  type ObjectResource,
  type Resource,
  type ResourceOf,
} from './resource.ts';

/** What Access must know of the enabled extensions. */
export interface AccessRules {
  readonly basePath: string;
  readonly uidConflicts: UidConflicts;
  /** Other users' principals may be read; nothing else of theirs. */
  readonly usersVisible: boolean;
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
    this.#rules = rules;
    this.#author = author;
  }

  locate(path: string): Located | undefined {
    return locate(path, this.#rules.basePath);
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
    const resource = located && (await this.#find(located));
    if (!resource || resource.type === 'absent') return refuse(404, `there is nothing at "${path}"`);
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
    const resource = located && (await this.#find(located));
    if (resource?.type === 'absent') {
      const refusal = permit(resource.parent, 'bind');
      return refusal instanceof DavError ? refusal : resource;
    }
    if (resource) return permit(resource, privilege);
    const nested = located && (located.place.type === 'object' || located.place.type === 'collection');
    return nested
      ? refuse(409, `the collection above "${path}" does not exist`)
      : refuse(404, `there is nothing at "${path}"`);
  }

  /** Children of a collection that the user may see, in pages. */
  async *children(parent: Granted): AsyncIterable<readonly Granted[]> {
    if (parent.type === 'calendar' || parent.type === 'addressbook') yield* this.members(parent);
    else if (parent.type === 'home') {
      const collections = await this.#store.collections(parent.home);
      yield collections.map((collection) =>
        this.#collection(collection, this.#childHref(parent, collection.name, '/')),
      );
    } else if (parent.type === 'principals' || parent.type === 'homes') {
      const child = await this.#find({
        place:
          parent.type === 'principals'
            ? { type: 'principal', user: this.user.name }
            : { type: 'home', kind: parent.kind, user: this.user.name },
        prefix: '',
        href: this.#childHref(parent, this.user.name, '/'),
      });
      if (child) yield [child];
    } else if (parent.type === 'root') {
      const tops: [string, Granted][] = [
        ['principals', this.#grant({ type: 'principals' }, '', publicPrivileges)],
        ...this.#kinds().map((kind): [string, Granted] => [
          kind === 'calendar' ? 'calendars' : 'addressbooks',
          this.#grant({ type: 'homes', kind }, '', publicPrivileges),
        ]),
      ];
      yield tops.map(([name, top]) => ({ ...top, href: this.#childHref(parent, name, '/') }));
    }
  }

  /** Everything below a collection that the user may see, at any depth, in pages. */
  async *descendants(parent: Granted): AsyncIterable<readonly Granted[]> {
    for await (const page of this.children(parent)) {
      yield page;
      for (const child of page) if (isCollection(child)) yield* this.descendants(child);
    }
  }

  /** The principals that the user may find: the user's own, and others' where users are visible. */
  async *principals(): AsyncIterable<Granted<ResourceOf<'principal'>>> {
    const top = `${this.#rules.basePath}/dav/principals/`;
    for (const { name } of this.#rules.usersVisible ? await this.#store.users() : [this.user]) {
      const href = `${top}${encodeSegment(name)}/`;
      const principal = await this.#principal(name, href);
      if (principal) yield principal;
    }
  }

  /** Members of a calendar or address book, in pages. */
  async *members(
    parent: Granted<CollectionResource>,
    selection?: Selection,
  ): AsyncIterable<readonly Granted<ObjectResource>[]> {
    for await (const page of this.#store.members(parent.collection, selection)) {
      yield page.map((member) => this.#member(parent, member));
    }
    if (selection === undefined) this.#fetched(parent.collection.id, parent.collection.token);
  }

  /** Members changed and names gone since a token (RFC 6578); a home's members are its collections. */
  async changes(
    parent: Granted<CollectionResource | ResourceOf<'home'>>,
    since: SyncToken | null,
    limit?: number,
  ): Promise<Changes<Granted> | 'invalid-token'> {
    if (parent.type === 'home') {
      const changes = await this.#store.homeChanges(parent.home, since, limit);
      if (changes === 'invalid-token') return changes;
      const changed = changes.changed.map((c) => this.#collection(c, this.#childHref(parent, c.name, '/')));
      return { ...changes, changed };
    }
    const changes = await this.#store.changes(parent.collection, since, limit);
    if (changes === 'invalid-token') return changes;
    this.#fetched(parent.collection.id, changes.token);
    return { ...changes, changed: changes.changed.map((m) => this.#member(parent, m)) };
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
    try {
      return await this.#store.commit(
        changes.map(({ change }) => change),
        {
          by: this.#author,
          locks: { user: this.user.id, tokens: this.#tokens },
          ...(this.#conditions && { conditions: this.#conditions }),
        },
      );
    } catch (error) {
      if (error instanceof Refusal) {
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

  async #find(located: Located): Promise<Granted | undefined> {
    const { place, href } = located;
    switch (place.type) {
      case 'root':
      case 'principals':
        return this.#grant(place, href, publicPrivileges);
      case 'homes':
        return this.#rules.uidConflicts[place.kind] && this.#grant(place, href, publicPrivileges);
      default:
    }
    if (place.type === 'principal') return this.#principal(place.user, href);
    if (!isNamed(this.user, place.user)) return undefined;
    if (!this.#rules.uidConflicts[place.kind]) return undefined;
    const view = { user: this.user.id, kind: place.kind };
    if (place.type === 'home') {
      const home = await this.#store.home(view);
      return home && this.#home(home, href);
    }
    const collection = await this.#store.collection(view, place.collection);
    const upTo = (slashes: number) => `${href.split('/').slice(0, -slashes).join('/')}/`;
    if (place.type === 'collection') {
      if (collection) return this.#collection(collection, href);
      const home = await this.#store.home(view);
      return home && this.#absent(this.#home(home, upTo(2)), place.collection, href);
    }
    if (!collection) return undefined;
    const parent = this.#collection(collection, upTo(href.endsWith('/') ? 2 : 1));
    const member = await this.#store.member(collection, place.object);
    return member ? { ...this.#member(parent, member), href } : this.#absent(parent, place.object, href);
  }

  async #principal(name: string, href: string): Promise<Granted<ResourceOf<'principal'>> | undefined> {
    if (isNamed(this.user, name))
      return this.#grant({ type: 'principal', user: this.user }, href, byAccess.owner);
    const other = this.#rules.usersVisible ? await this.#store.findUser(name) : undefined;
    if (!other || other.disabled) return undefined;
    return this.#grant({ type: 'principal', user: publicProfile(other) }, href, publicPrivileges);
  }

  #home(home: ResourceOf<'home'>['home'], href: string): Granted<ResourceOf<'home'>> {
    return this.#grant({ type: 'home', user: this.user, home }, href, byAccess.owner);
  }

  #collection(collection: Collection, href: string): Granted<CollectionResource> {
    return this.#grant(
      { type: collection.kind, user: this.user, collection },
      href,
      byAccess[collection.access],
    );
  }

  #member(parent: Granted<CollectionResource>, member: Member): Granted<ObjectResource> {
    const type = parent.type === 'calendar' ? 'calendar-object' : 'address-object';
    const { user, collection, privileges } = parent;
    return this.#grant(
      { type, user, collection, member },
      parent.href + encodeSegment(member.name),
      privileges,
    );
  }

  #absent(parent: AbsentResource['parent'], name: string, href: string): Granted<AbsentResource> {
    return this.#grant({ type: 'absent', name, parent }, href, parent.privileges);
  }

  #grant<R extends Resource>(resource: R, href: string, privileges: Privileges): Granted<R> {
    return { ...resource, href, privileges } as Granted<R>;
  }

  #childHref(parent: Granted, name: string, end: '' | '/'): string {
    return parent.href + encodeSegment(name) + end;
  }

  #kinds(): readonly Kind[] {
    return (['calendar', 'addressbook'] as const).filter((kind) => this.#rules.uidConflicts[kind]);
  }
}

/** What others may know of a user: names and addresses. */
function publicProfile(user: User): User {
  return { ...user, password: null, devices: [], properties: {} };
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

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** Whether a path segment names that user, by login or alias, regardless of case. */
function isNamed(user: User, name: string): boolean {
  if (name === user.name) return true;
  const folded = fold(name);
  return folded === fold(user.name) || user.aliases.some((alias) => fold(alias) === folded);
}
