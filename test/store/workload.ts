import type { FlatStore } from '../../src/store/flat/open.ts';
import type { Change, Kind, Outcome } from '../../src/store/types.ts';
import { user } from './contract.ts';
import {
  type CollectionModel,
  changed,
  homeKey,
  type Model,
  NOTHING,
  objectText,
  type Place,
  placesOf,
  type Removed,
  textFacts,
  type UserModel,
  withCollection,
  withObject,
  withUser,
} from './crash-model.ts';
import type { Random } from './random.ts';

/** A commit and what it makes of a model. */
export interface Step {
  readonly changes: readonly Change[];
  readonly after: Model;
  /** The store may refuse it: what it asks for may be forgotten by now. */
  readonly mayFail?: true;
}

type Target = Place & { readonly collection: CollectionModel };

const USERS = ['ann', 'bob', 'cy'];
const COLLECTIONS = ['default', 'work', 'home'];
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const YEAR = 365 * 24 * 60 * 60 * 1000;
/** Octets of objects: within a sector, over some, and more than a page. */
const SIZES = [0, 40, 300, 900, 2000, 9000];

/** Thinks up commits that a store must take. */
export class Workload {
  readonly #random: Random;
  #count: number;

  /** @param begin set apart from other workloads on the same data. */
  constructor(random: Random, begin = 0) {
    this.#random = random;
    this.#count = begin;
  }

  /** The first commits of a store: users with a collection each. */
  begin(): Step[] {
    const steps: Step[] = [];
    for (const id of USERS.slice(0, 2)) {
      const before = steps.at(-1)?.after ?? NOTHING;
      steps.push(this.#makeUser(before, id));
      steps.push(
        this.#create(steps.at(-1)?.after ?? before, { user: id, kind: 'calendar', name: 'default' }),
      );
    }
    return steps;
  }

  /** The next commit, undefined where this one is not possible on the model. */
  next(model: Model): Step | undefined {
    const chosen = this.#random.next();
    if (chosen < 0.5) return this.#put(model);
    if (chosen < 0.6) return this.#delete(model);
    if (chosen < 0.7) return this.#transfer(model);
    if (chosen < 0.78) return this.#several(model);
    if (chosen < 0.82) return this.#patch(model);
    if (chosen < 0.87) return this.#lock(model);
    if (chosen < 0.97) return this.#collection(model);
    return this.#user(model);
  }

  #several(model: Model): Step | undefined {
    const changes: Change[] = [];
    let after = model;
    for (let i = 2 + this.#random.below(4); i > 0; i--) {
      const chosen = this.#random.next();
      const one =
        chosen < 0.5 ? this.#put(after) : chosen < 0.8 ? this.#transfer(after) : this.#delete(after);
      if (!one) continue;
      changes.push(...one.changes);
      after = one.after;
    }
    return changes.length > 0 ? { changes, after } : undefined;
  }

  #put(model: Model): Step | undefined {
    const place = this.#place(model);
    if (!place) return undefined;
    const base = this.#random.pick(NAMES) ?? '';
    const name = base + (base === 'h' ? '' : place.kind === 'calendar' ? '.ics' : '.vcf');
    const before = place.collection.members.get(name);
    const uid = before ? uidOf(before.text) : `u${this.#count}`;
    const padding = `${this.#count++} `.repeat((this.#random.pick(SIZES) ?? 0) / 4);
    const text = objectText(uid, padding);
    const bytes = Buffer.from(text);
    return {
      changes: [
        { do: 'put', collection: place.collection.id, name, bytes, facts: textFacts(place.kind, bytes) },
      ],
      after: withObject(model, place, name, { text, properties: before?.properties ?? {} }),
    };
  }

  #delete(model: Model): Step | undefined {
    const place = this.#place(model);
    const name = place && this.#random.pick([...place.collection.members.keys()]);
    if (!place || name === undefined) return undefined;
    return {
      changes: [{ do: 'delete', collection: place.collection.id, name }],
      after: withObject(model, place, name, undefined),
    };
  }

  #transfer(model: Model): Step | undefined {
    const place = this.#place(model);
    const name = place && this.#random.pick([...place.collection.members.keys()]);
    const object = name === undefined ? undefined : place?.collection.members.get(name);
    const to = place && this.#place(model, place.kind);
    if (!place || name === undefined || !object || !to) return undefined;
    const toName = this.#random.chance(0.5) ? name : `moved-${this.#count++}`;
    const stays = to.collection.id === place.collection.id;
    const copies = this.#random.chance(0.3);
    const holder = [...to.collection.members].find(([, { text }]) => uidOf(text) === uidOf(object.text))?.[0];
    const free = holder === undefined || holder === toName || (stays && !copies && holder === name);
    if (!free || (stays && toName === name)) return undefined;
    const without = copies ? model : withObject(model, place, name, undefined);
    return {
      changes: [
        {
          do: copies ? 'copy' : 'move',
          collection: place.collection.id,
          name,
          to: { collection: to.collection.id, name: toName },
        },
      ],
      after: withObject(without, to, toName, object),
    };
  }

  #patch(model: Model): Step | undefined {
    const place = this.#place(model);
    if (!place) return undefined;
    const set = { '{x:}color': `c${this.#count++}` } as const;
    const { collection } = place;
    const name = this.#random.pick([...collection.members.keys()]);
    const object = name === undefined ? undefined : collection.members.get(name);
    if (object && name !== undefined && this.#random.chance(0.5)) {
      return {
        changes: [{ do: 'patch', target: { of: 'member', collection: collection.id, name }, set }],
        after: withObject(model, place, name, {
          ...object,
          properties: { ...object.properties, ...set },
        }),
      };
    }
    const properties = { ...collection.properties, ...set };
    return {
      changes: [{ do: 'patch', target: { of: 'collection', collection: collection.id }, set }],
      after: withCollection(model, place, { ...collection, properties }),
    };
  }

  #collection(model: Model): Step | undefined {
    const id = this.#random.pick([...model.users.keys()]);
    if (id === undefined) return undefined;
    const kind: Kind = this.#random.chance(0.7) ? 'calendar' : 'addressbook';
    const free = COLLECTIONS.filter((name) => !model.users.get(id)?.collections.has(homeKey({ kind, name })));
    const to = this.#random.pick(free);
    const place = this.#random.pick(
      placesOf(model).filter((one) => one.user === id && one.kind === kind && one.collection.id !== ''),
    );
    const chosen = this.#random.next();
    if (place && chosen < 0.25) {
      return {
        changes: [{ do: 'remove-collection', user: id, kind, name: place.name }],
        after: removed(model, place),
      };
    }
    if (to === undefined) return undefined;
    const target = { user: id, kind, name: to };
    if (!place || chosen < 0.5) return this.#create(model, target);
    const { name, collection } = place;
    if (chosen < 0.8) {
      return {
        changes: [{ do: 'rename-collection', user: id, kind, name, to }],
        after: withCollection(withCollection(model, place, undefined), target, unlocked(collection)),
      };
    }
    return {
      changes: [{ do: 'copy-collection', user: id, kind, name, to, members: true }],
      after: withCollection(model, target, { ...unlocked(collection), id: '' }),
    };
  }

  #create(model: Model, place: Place): Step {
    const properties = { '{x:}name': place.name } as const;
    return {
      changes: [{ do: 'create-collection', ...place, components: ['VEVENT'], properties }],
      after: withCollection(model, place, { id: '', properties, members: new Map(), locks: new Map() }),
    };
  }

  #user(model: Model): Step | undefined {
    const id = this.#random.pick(USERS) ?? '';
    const known = model.users.get(id);
    if (!known) return this.#makeUser(model, id);
    if (id === USERS.at(-1) && this.#random.chance(0.5)) {
      const places = placesOf(model).filter((place) => place.user === id);
      const emptied = places.reduce((rest, place) => removed(rest, place, known), model);
      return { changes: [{ do: 'remove-user', user: id }], after: withUser(emptied, id, undefined) };
    }
    const name = this.#random.chance(0.5) ? `${id}-${this.#count++}` : known.name;
    const displayName = `number ${this.#count++}`;
    return {
      changes: [{ do: 'put-user', user: user(id, { name, displayName }), expect: 'present' }],
      after: withUser(model, id, { ...known, name, displayName }),
    };
  }

  /** What was removed is taken back. */
  back(model: Model): Step | undefined {
    const one = this.#random.pick(model.removed);
    if (!one || one.collection.id === '') return undefined;
    const { user } = one.place;
    if (!one.user) {
      return {
        changes: [{ do: 'restore-collection', collection: one.collection.id }],
        after: putBack(model, [one]),
        mayFail: true,
      };
    }
    const went = model.removed.filter(({ place, user: record }) => place.user === user && record);
    const record = went.at(-1)?.user;
    return {
      changes: [{ do: 'restore-user', user }],
      after: putBack(withUser(model, user, record && { ...record, collections: new Map() }), went),
      mayFail: true,
    };
  }

  #lock(model: Model): Step | undefined {
    const place = this.#place(model);
    if (!place) return undefined;
    const { collection, user: owner } = place;
    const token = this.#random.pick([...collection.locks.keys()]);
    const after = (locks: CollectionModel['locks']) => withCollection(model, place, { ...collection, locks });
    if (token !== undefined && this.#random.chance(0.5)) {
      return {
        changes: [{ do: 'unlock', collection: collection.id, token }],
        after: after(changed(collection.locks, token, undefined)),
      };
    }
    const member = this.#random.pick([null, ...collection.members.keys(), 'new.ics']) ?? null;
    const fresh = `urn:lock:${this.#count++}`;
    return {
      changes: [
        {
          do: 'lock',
          lock: {
            token: fresh,
            collection: collection.id,
            member,
            scope: 'shared',
            depth: 'infinity',
            user: owner,
            owner: '',
            expires: Date.now() + YEAR,
            timeout: YEAR,
          },
        },
      ],
      after: after(new Map([...collection.locks, [fresh, member]])),
    };
  }

  #makeUser(model: Model, id: string): Step {
    return {
      changes: [{ do: 'put-user', user: user(id), expect: 'absent' }],
      after: withUser(model, id, { name: id, displayName: id, collections: new Map() }),
    };
  }

  /** A collection whose id is known already. */
  #place(model: Model, kind?: Kind): Target | undefined {
    return this.#random.pick(
      placesOf(model).filter(({ collection, kind: own }) => collection.id !== '' && (!kind || own === kind)),
    );
  }
}

/** The collection goes where it can be brought back from. @param user who goes with it. */
function removed(model: Model, { collection, ...place }: Target, user?: UserModel): Model {
  const one: Removed = { place, collection: unlocked(collection), ...(user && { user }) };
  return { ...withCollection(model, place, undefined), removed: [...model.removed, one] };
}

function putBack(model: Model, back: readonly Removed[]): Model {
  const rest: Model = { ...model, removed: model.removed.filter((one) => !back.includes(one)) };
  return back.reduce((all, { place, collection }) => withCollection(all, place, collection), rest);
}

function unlocked(collection: CollectionModel): CollectionModel {
  return { ...collection, locks: new Map() };
}

export function uidOf(text: string): string {
  return /^BEGIN (\S+)/.exec(text)?.[1] ?? '';
}

/** Fills in the ids that the store gave. */
export async function withIds(store: FlatStore, model: Model): Promise<Model> {
  let whole = model;
  for (const place of placesOf(model)) {
    if (place.collection.id !== '') continue;
    const id = (await store.collection(place, place.name))?.id;
    if (id !== undefined) whole = withCollection(whole, place, { ...place.collection, id });
  }
  return whole;
}

export type Answer = Promise<readonly Outcome[]>;
