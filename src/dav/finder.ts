import type { Collection, Kind, Member, Store, User } from '../store/types.ts';
import { encodeSegment, type Located, locate } from './paths.ts';
import { byAccess, type Privileges, publicPrivileges } from './privileges.ts';
import type { UidConflicts } from './refusals.ts';
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
  readonly uidConflicts: UidConflicts;
  /** Other users' principals may be read; nothing else of theirs. */
  readonly usersVisible: boolean;
}

/** What stands where, as one user may know it. Only Access asks, and tests the privileges of what comes out. */
export class Finder {
  readonly #store: Store;
  readonly #user: User;
  readonly #rules: AccessRules;

  constructor(store: Store, user: User, rules: AccessRules) {
    this.#store = store;
    this.#user = user;
    this.#rules = rules;
  }

  locate(path: string): Located | undefined {
    return locate(path, this.#rules.basePath);
  }

  /** What stands there; undefined for nothing, and for what the user may not know of. */
  async find(located: Located): Promise<Granted | undefined> {
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
    if (!isNamed(this.#user, place.user)) return undefined;
    if (!this.#rules.uidConflicts[place.kind]) return undefined;
    const view = { user: this.#user.id, kind: place.kind };
    if (place.type === 'home') {
      const home = await this.#store.home(view);
      return home && this.#home(home, href);
    }
    const collection = await this.#store.collection(view, place.collection);
    if (place.type === 'collection') {
      if (collection) return this.collection(collection, href);
      const home = await this.#store.home(view);
      return home && this.#absent(this.#home(home, above(href)), place.collection, href);
    }
    if (!collection) return undefined;
    const parent = this.collection(collection, above(href));
    const member = await this.#store.member(collection, place.object);
    return member ? this.member(parent, member, href) : this.#absent(parent, place.object, href);
  }

  async #principal(name: string, href: string): Promise<Granted<ResourceOf<'principal'>> | undefined> {
    if (isNamed(this.#user, name))
      return this.#grant({ type: 'principal', user: this.#user }, href, byAccess.owner);
    const other = this.#rules.usersVisible ? await this.#store.findUser(name) : undefined;
    if (!other || other.disabled) return undefined;
    return this.#grant({ type: 'principal', user: publicProfile(other) }, href, publicPrivileges);
  }

  #home(home: ResourceOf<'home'>['home'], href: string): Granted<ResourceOf<'home'>> {
    return this.#grant({ type: 'home', user: this.#user, home }, href, byAccess.owner);
  }

  collection(collection: Collection, href: string): Granted<CollectionResource> {
    return this.#grant(
      { type: collection.kind, user: this.#user, collection },
      href,
      byAccess[collection.access],
    );
  }

  /** @param bytes the member's, where they were read along with it */
  member(
    parent: Granted<CollectionResource>,
    member: Member,
    href = parent.href + encodeSegment(member.name),
    bytes?: Uint8Array,
  ): Granted<ObjectResource> {
    const type = parent.type === 'calendar' ? 'calendar-object' : 'address-object';
    const { user, collection, privileges } = parent;
    return this.#grant({ type, user, collection, member, ...(bytes && { bytes }) }, href, privileges);
  }

  #absent(parent: AbsentResource['parent'], name: string, href: string): Granted<AbsentResource> {
    return this.#grant({ type: 'absent', name, parent }, href, parent.privileges);
  }

  #grant<R extends Resource>(resource: R, href: string, privileges: Privileges): Granted<R> {
    return { ...resource, href, privileges } as Granted<R>;
  }

  #kinds(): readonly Kind[] {
    return (['calendar', 'addressbook'] as const).filter((kind) => this.#rules.uidConflicts[kind]);
  }

  /** What stands in a collection that holds no objects, in pages. */
  async *children(parent: Granted): AsyncIterable<readonly Granted[]> {
    if (parent.type === 'home') {
      const collections = await this.#store.collections(parent.home);
      yield collections.map((collection) =>
        this.collection(collection, childHref(parent, collection.name, '/')),
      );
    } else if (parent.type === 'principals' || parent.type === 'homes') {
      const child = await this.find({
        place:
          parent.type === 'principals'
            ? { type: 'principal', user: this.#user.name }
            : { type: 'home', kind: parent.kind, user: this.#user.name },
        prefix: '',
        href: childHref(parent, this.#user.name, '/'),
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
      yield tops.map(([name, top]) => ({ ...top, href: childHref(parent, name, '/') }));
    }
  }

  /** The principals that the user may find: the user's own, and others' where users are visible. */
  async *principals(): AsyncIterable<Granted<ResourceOf<'principal'>>> {
    const top = `${this.#rules.basePath}/dav/principals/`;
    for (const { name } of this.#rules.usersVisible ? await this.#store.users() : [this.#user]) {
      const href = `${top}${encodeSegment(name)}/`;
      const principal = await this.#principal(name, href);
      if (principal) yield principal;
    }
  }
}

/** Path of a child of a collection. */
export function childHref(parent: Granted, name: string, end: '' | '/'): string {
  return parent.href + encodeSegment(name) + end;
}

/** Path of the collection that a resource stands in. */
function above(href: string): string {
  return href.slice(0, href.lastIndexOf('/', href.length - 2) + 1);
}

/** What others may know of a user: names and addresses. */
function publicProfile(user: User): User {
  return { ...user, password: null, devices: [], properties: {} };
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
