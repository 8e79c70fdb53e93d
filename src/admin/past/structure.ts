/** How an undo puts back collections and users; their members come after. */

import type { Change, Kind, User, UserId } from '../../store/types.ts';
import type { PlacedCollection, Places } from './places.ts';
import type { CollectionStep, Thing, UndoPlan, UserStep } from './undo-plan.ts';
import type { Left } from './weigh.ts';

/** Changes that belong together, and what they do to one collection or user. */
export interface Structural {
  readonly thing: Thing;
  readonly done: 'brought back' | 'changed back' | 'removed';
  readonly changes: readonly Change[];
  /** The name it comes back under, where its own is taken. */
  readonly as?: string;
}

export interface Structure {
  readonly parts: readonly Structural[];
  readonly left: readonly Left[];
}

export interface StructureOptions {
  /** Collections keep the name they have. */
  readonly keepNames?: boolean;
  /** Name for what is restored. */
  readonly as?: string;
}

/** In an order in which the store takes it: what goes first makes room for what comes back. */
export function structure(plan: UndoPlan, places: Places, options: StructureOptions): Structure {
  return new Builder(places, options).build(plan);
}

class Builder {
  readonly #places: Places;
  readonly #options: StructureOptions;
  readonly #parts: Structural[] = [];
  readonly #left: Left[] = [];
  readonly #names: Names;
  readonly #restored = new Set<UserId>();
  readonly #new = new Set<UserId>();

  constructor(places: Places, options: StructureOptions) {
    this.#places = places;
    this.#options = options;
    this.#names = new Names(places);
  }

  build({ users, collections }: UndoPlan): Structure {
    for (const step of users) this.#user(step);
    const going = collections.filter(({ presence }) => presence?.do === 'remove');
    for (const step of going) this.#remove(step);
    for (const step of collections) {
      const { name, presence } = step;
      if (name && !presence && !this.#options.keepNames) this.#names.free(this.#homeOf(step), name.now);
    }
    for (const step of collections) if (!going.includes(step)) this.#collection(step);
    return { parts: this.#parts, left: this.#left };
  }

  #user({ user, presence, parts }: UserStep): void {
    const thing: Thing = { of: 'user', user };
    const placed = this.#places.user(user);
    if (presence?.do === 'remove') {
      this.#new.add(user);
      this.#left.push({ thing, why: 'a new user' });
      return;
    }
    const record = { ...(placed?.user ?? presence?.as), ...parts } as User;
    const taker = [record.name, ...record.aliases]
      .map((name) => this.#places.holderOf(name, user))
      .find(Boolean);
    if (taker) {
      this.#left.push({ thing, why: 'name taken', taker: taker.user.name });
      return;
    }
    const done = presence ? 'brought back' : 'changed back';
    if (presence && placed?.removed !== undefined) {
      this.#restored.add(user);
      this.#parts.push({ thing, done, changes: [{ do: 'restore-user', user }] });
      return;
    }
    const expect = presence || !placed ? ('absent' as const) : { unchanged: placed.user };
    this.#parts.push({ thing, done, changes: [{ do: 'put-user', user: record, expect }] });
  }

  #remove({ collection, presence }: CollectionStep): void {
    const placed = this.#places.collection(collection);
    // What was made with its user goes with its user.
    if (!placed || placed.removed || !presence || this.#new.has(presence.as.owner)) return;
    const { owner: user, kind, name } = placed;
    this.#names.free(placed, name);
    this.#parts.push({
      thing: { of: 'collection', collection },
      done: 'removed',
      changes: [{ do: 'remove-collection', user, kind, name }],
    });
  }

  #collection(step: CollectionStep): void {
    const { collection, presence } = step;
    const thing: Thing = { of: 'collection', collection };
    const placed = this.#places.collection(collection);
    const isThere =
      placed && (!placed.removed || (placed.removed.withOwner && this.#restored.has(placed.owner)));
    if (!placed || (placed.removed && !isThere && placed.removed.withOwner)) {
      this.#left.push({ thing, why: placed ? 'no place' : 'not kept' });
      return;
    }
    if (!presence && !isThere) {
      this.#left.push({ thing, why: 'no place' });
      return;
    }
    const changes: Change[] = [];
    const named = isThere ? this.#rename(step, placed, changes) : this.#restore(step, placed, changes);
    const target = { of: 'collection', collection } as const;
    const { components, protected: isProtected, properties, own } = step;
    if (components || isProtected !== undefined || Object.keys(properties).length > 0) {
      changes.push({
        do: 'patch',
        target,
        set: properties,
        ...(components && { components }),
        ...(isProtected !== undefined && { protected: isProtected }),
      });
    }
    if (Object.keys(own).length > 0) {
      const { owner: user, kind } = placed;
      changes.push({ do: 'patch', target: { of: 'binding', user, kind, name: named.name }, set: own });
    }
    if (changes.length === 0) return;
    const as = named.other ? { as: named.name } : {};
    this.#parts.push({ thing, done: presence ? 'brought back' : 'changed back', changes, ...as });
  }

  #restore(step: CollectionStep, placed: PlacedCollection, changes: Change[]): Named {
    const { collection, name, presence } = step;
    const before = (this.#options.keepNames ? undefined : name?.to) ?? presence?.as.name ?? placed.name;
    const wanted = this.#options.as ?? before;
    const free = this.#names.take(placed, wanted);
    changes.push({ do: 'restore-collection', collection, ...(free !== placed.name && { name: free }) });
    return { name: free, other: free !== before };
  }

  #rename({ collection, name }: CollectionStep, placed: PlacedCollection, changes: Change[]): Named {
    if (!name || this.#options.keepNames || name.to === placed.name)
      return { name: placed.name, other: false };
    const taker = this.#names.isTaken(placed, name.to);
    if (taker) {
      this.#left.push({ thing: { of: 'part', collection, part: 'name' }, why: 'name taken', taker: name.to });
      return { name: placed.name, other: false };
    }
    const { owner: user, kind, name: now } = placed;
    this.#names.take(placed, name.to);
    changes.push({ do: 'rename-collection', user, kind, name: now, to: name.to });
    return { name: name.to, other: false };
  }

  #homeOf({ collection }: CollectionStep): Pick<PlacedCollection, 'owner' | 'kind'> {
    return this.#places.collection(collection) ?? { owner: '', kind: 'calendar' };
  }
}

interface Named {
  readonly name: string;
  /** Not the name it had. */
  readonly other: boolean;
}

/** Which names of collections are taken once the changes before are done. */
class Names {
  readonly #taken = new Set<string>();

  constructor(places: Places) {
    for (const each of places.present()) this.#taken.add(nameKey(each, each.name));
  }

  free(home: Pick<PlacedCollection, 'owner' | 'kind'>, name: string): void {
    this.#taken.delete(nameKey(home, name));
  }

  isTaken(home: Pick<PlacedCollection, 'owner' | 'kind'>, name: string): boolean {
    return this.#taken.has(nameKey(home, name));
  }

  /** The name, or the first of `name-2`, `name-3`, … that is free. */
  take(home: Pick<PlacedCollection, 'owner' | 'kind'>, name: string): string {
    let free = name;
    for (let i = 2; this.isTaken(home, free); i++) free = `${name}-${i}`;
    this.#taken.add(nameKey(home, free));
    return free;
  }
}

function nameKey({ owner, kind }: { readonly owner: UserId; readonly kind: Kind }, name: string): string {
  return JSON.stringify([owner, kind, name]);
}
