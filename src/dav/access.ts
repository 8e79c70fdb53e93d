import type {
  Author,
  Change,
  Changes,
  Collection,
  Content,
  Expect,
  Facts,
  Kind,
  Member,
  Outcome,
  Properties,
  PropertyPatch,
  Selection,
  Store,
  SyncToken,
  User,
} from '../store/types.ts';
import { Refusal } from '../store/types.ts';
import { DavError, type Precondition, preconditions, refuse } from './errors.ts';
import { xml } from './markup.ts';
import { encodeSegment, type Located, locate } from './paths.ts';
import {
  byAccess,
  type Privilege,
  type Privileges,
  privilegeElement,
  publicPrivileges,
} from './privileges.ts';
import type {
  AbsentResource,
  CollectionResource,
  Granted,
  ObjectResource,
  Resource,
  ResourceOf,
} from './resource.ts';

/** What Access must know of the enabled extensions. */
export interface AccessRules {
  readonly basePath: string;
  /** Kinds that are switched on, with the precondition a UID conflict violates there. */
  readonly uidConflict: Partial<Readonly<Record<Kind, Precondition>>>;
}

declare const allowed: unique symbol;
/** A change whose resource the user may change in this way; made only by Access. */
export interface AllowedChange {
  readonly [allowed]: true;
  readonly change: Change;
  /** Where the stored object will stand, for changes that store one. */
  readonly collection: Placed | undefined;
}

interface Placed {
  readonly kind: Kind;
  readonly href: string;
}

type Creatable = Granted<ObjectResource | AbsentResource>;

/**
 * The one door to resources: whatever a request names (its URI, Destination, hrefs in bodies, children) is found and
 * authorised here, and the store is read and changed here only, by means of what came through.
 */
export class Access {
  readonly user: User;
  readonly #store: Store;
  readonly #rules: AccessRules;
  readonly #author: Author;

  constructor(store: Store, user: User, rules: AccessRules, author: Author) {
    this.user = user;
    this.#store = store;
    this.#rules = rules;
    this.#author = author;
  }

  locate(path: string): Located | undefined {
    return locate(path, this.#rules.basePath);
  }

  /** The resource at `path` if the user holds `privilege` on it, else the 404 or 403 to answer. */
  async reach(path: string, privilege: Privilege): Promise<Granted | DavError> {
    const located = this.locate(path);
    const resource = located && (await this.#find(located));
    if (!resource || resource.type === 'absent') return refuse(404, `there is nothing at "${path}"`);
    return this.#permit(resource, privilege);
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
      const refusal = this.#permit(resource.parent, 'bind');
      return refusal instanceof DavError ? refusal : resource;
    }
    if (resource) return this.#permit(resource, privilege);
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

  /** Members of a calendar or address book, in pages. */
  async *members(
    parent: Granted<CollectionResource>,
    selection?: Selection,
  ): AsyncIterable<readonly Granted<ObjectResource>[]> {
    for await (const page of this.#store.members(parent.collection, selection)) {
      yield page.map((member) => this.#member(parent, member));
    }
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

  /** A change that stores an object. */
  put(target: Creatable, bytes: Uint8Array, facts: Facts, expect: Expect): AllowedChange {
    const { collection, name, placed } = this.#objectPlace(target);
    this.#insist(target, 'write-content');
    return allow({ do: 'put', collection: collection.id, name, bytes, facts, expect }, placed);
  }

  /** A change that removes an object. */
  delete(target: Granted<ObjectResource>, expect: Expect): AllowedChange {
    this.#insist(target, 'unbind');
    return allow({ do: 'delete', collection: target.collection.id, name: target.member.name, expect });
  }

  /** A change that moves an object, within its collection or to another one. */
  move(
    source: Granted<ObjectResource>,
    target: Creatable,
    expect: Expect,
    expectTarget: Expect,
  ): AllowedChange {
    this.#insist(source, 'unbind');
    this.#insist(target, 'write-content');
    const to = this.#objectPlace(target);
    const change: Change = {
      do: 'move',
      collection: source.collection.id,
      name: source.member.name,
      to: { collection: to.collection.id, name: to.name },
      expect,
      expectTarget,
    };
    return allow(change, to.placed);
  }

  /** A change that makes a collection in a home. */
  createCollection(
    target: Granted<AbsentResource>,
    kind: Kind,
    components: readonly string[],
    properties: Properties,
  ): AllowedChange {
    const { parent, name } = target;
    if (parent.type !== 'home') throw new TypeError('a collection is made in a home');
    this.#insist(parent, 'bind');
    return allow({ do: 'create-collection', user: parent.user.id, kind, name, components, properties });
  }

  removeCollection(target: Granted<CollectionResource>): AllowedChange {
    this.#insist(target, 'unbind');
    const { kind, name, viewer } = target.collection;
    return allow({ do: 'remove-collection', user: viewer, kind, name });
  }

  renameCollection(source: Granted<CollectionResource>, target: Granted<AbsentResource>): AllowedChange {
    this.#insist(source, 'unbind');
    this.#insist(target.parent, 'bind');
    const { kind, name, viewer } = source.collection;
    return allow({ do: 'rename-collection', user: viewer, kind, name, to: target.name });
  }

  /** A change of stored properties; what a sharee sets on a collection is the sharee's alone. */
  patch(target: Granted, set: PropertyPatch): AllowedChange {
    this.#insist(target, 'write-properties');
    switch (target.type) {
      case 'principal':
        return allow({ do: 'patch', target: { of: 'user', user: target.user.id }, set });
      case 'home':
        return allow({
          do: 'patch',
          target: { of: 'home', user: target.user.id, kind: target.home.kind },
          set,
        });
      case 'calendar':
      case 'addressbook': {
        const { access, id, kind, name, viewer } = target.collection;
        if (access === 'owner')
          return allow({ do: 'patch', target: { of: 'collection', collection: id }, set });
        return allow({ do: 'patch', target: { of: 'binding', user: viewer, kind, name }, set });
      }
      case 'calendar-object':
      case 'address-object':
        return allow({
          do: 'patch',
          target: { of: 'member', collection: target.collection.id, name: target.member.name },
          set,
        });
      default:
        throw refuse(403, `the properties of "${target.href}" can't be changed`);
    }
  }

  /**
   * All changes or none; durable when it resolves.
   * @throws DavError with the precondition that the store's refusal means
   */
  async commit(changes: readonly AllowedChange[]): Promise<readonly Outcome[]> {
    try {
      return await this.#store.commit(
        changes.map(({ change }) => change),
        this.#author,
      );
    } catch (error) {
      if (error instanceof Refusal) throw this.#explain(error, changes[error.change]?.collection);
      throw error;
    }
  }

  async #find(located: Located): Promise<Granted | undefined> {
    const { place, href } = located;
    switch (place.type) {
      case 'root':
      case 'principals':
        return this.#grant(place, href, publicPrivileges);
      case 'homes':
        return this.#rules.uidConflict[place.kind] && this.#grant(place, href, publicPrivileges);
      default:
    }
    if (!isNamed(this.user, place.user)) return undefined;
    if (place.type === 'principal')
      return this.#grant({ type: 'principal', user: this.user }, href, byAccess.owner);
    if (!this.#rules.uidConflict[place.kind]) return undefined;
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
    return (['calendar', 'addressbook'] as const).filter((kind) => this.#rules.uidConflict[kind]);
  }

  #permit<R extends Granted>(resource: R, privilege: Privilege): R | DavError {
    if (resource.privileges.has(privilege)) return resource;
    return refuse(
      preconditions.needPrivileges,
      `you lack the privilege "${privilege}" on "${resource.href}"`,
      [xml`<D:resource><D:href>${resource.href}</D:href>${privilegeElement(privilege)}</D:resource>`],
    );
  }

  #insist(resource: Granted, privilege: Privilege): void {
    const permitted = this.#permit(resource, privilege);
    if (permitted instanceof DavError) throw permitted;
  }

  #objectPlace(target: Creatable): { collection: Collection; name: string; placed: Placed } {
    const within = target.type === 'absent' ? target.parent : target;
    if (within.type === 'home') throw refuse(405, `only collections can be made in "${within.href}"`);
    const { collection } = within;
    const placed = { kind: collection.kind, href: target.href.slice(0, target.href.lastIndexOf('/') + 1) };
    const name = target.type === 'absent' ? target.name : target.member.name;
    return { collection, name, placed };
  }

  /** The store's refusals in the protocol's words: the one place where they meet. */
  #explain(refusal: Refusal, placed: Placed | undefined): DavError {
    switch (refusal.reason) {
      case 'expectation':
        return refuse(412, 'the resource is not in the state that the request demands; fetch it again');
      case 'uid-conflict': {
        const condition = placed && this.#rules.uidConflict[placed.kind];
        const href = `${placed?.href}${encodeSegment(refusal.detail)}`;
        const message = `"${href}" has the same UID already`;
        return condition ? refuse(condition, message, xml`<D:href>${href}</D:href>`) : refuse(409, message);
      }
      case 'absent':
        return refuse(409, 'the resource, or the collection above it, is no longer there');
      case 'exists':
        return refuse(preconditions.resourceMustBeNull, 'there is something with that name already');
      case 'bad-name':
        return refuse(403, `the name can't be stored: ${refusal.detail}`);
      case 'full':
        return refuse(preconditions.sufficientDiskSpace, "the server's disk is full; nothing was changed");
      case 'read-only':
        return new DavError(
          503,
          'the server cannot write at the moment; nothing was changed',
          undefined,
          undefined,
          {
            'retry-after': '60',
          },
        );
    }
  }
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

function allow(change: Change, collection?: Placed): AllowedChange {
  return { change, collection } as AllowedChange;
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
