import type {
  Change,
  CollectionId,
  Expect,
  Facts,
  Kind,
  Lock,
  Properties,
  PropertyPatch,
} from '../store/types.ts';
import { refuse } from './errors.ts';
import { type Lockable, slotOf } from './locks.ts';
import { insist } from './privileges.ts';
import type { AbsentResource, CollectionResource, Granted, ObjectResource } from './resource.ts';

declare const allowed: unique symbol;

/** A change that the user's privileges allow; made only by the functions below, from granted resources. */
export interface AllowedChange {
  readonly [allowed]: true;
  readonly change: Change;
  /** Collections whose members or locks may stop it; where an object will be stored comes first. */
  readonly places: readonly ObjectPlace[];
  /** It is about a collection with all below it. */
  readonly whole: boolean;
}

/** A collection of objects, as far as a refusal must name it. */
export interface ObjectPlace {
  readonly id: CollectionId;
  readonly kind: Kind;
  readonly href: string;
}

type Creatable = Granted<ObjectResource | AbsentResource>;

/** Stores an object, new or not. */
export function putObject(target: Creatable, bytes: Uint8Array, facts: Facts, expect: Expect): AllowedChange {
  insist(target, 'write-content');
  const { collection, name, place } = objectPlace(target);
  return allow({ do: 'put', collection, name, bytes, facts, expect: { ...expect, sameUid: true } }, [place]);
}

export function removeObject(target: Granted<ObjectResource>, expect: Expect): AllowedChange {
  insist(target, 'unbind');
  const { collection, name, place } = objectPlace(target);
  return allow({ do: 'delete', collection, name, expect }, [place]);
}

/** Moves an object within its collection or to another one. */
export function moveObject(
  source: Granted<ObjectResource>,
  target: Creatable,
  expect: Expect,
  expectTarget: Expect,
): AllowedChange {
  insist(source, 'unbind');
  return transferObject('move', source, target, expect, expectTarget);
}

/** Copies an object within its collection or to another one. */
export function copyObject(
  source: Granted<ObjectResource>,
  target: Creatable,
  expect: Expect,
  expectTarget: Expect,
): AllowedChange {
  return transferObject('copy', source, target, expect, expectTarget);
}

function transferObject(
  how: 'move' | 'copy',
  source: Granted<ObjectResource>,
  target: Creatable,
  expect: Expect,
  expectTarget: Expect,
): AllowedChange {
  insist(target, 'write-content');
  const from = objectPlace(source);
  const to = objectPlace(target);
  const { collection, name } = from;
  const change: Change = {
    do: how,
    collection,
    name,
    to: { collection: to.collection, name: to.name },
    expect,
    expectTarget: { ...expectTarget, sameUid: true },
  };
  return allow(change, [to.place, from.place]);
}

/** Makes a collection in a home. */
export function createCollection(
  target: Granted<AbsentResource>,
  kind: Kind,
  components: readonly string[],
  properties: Properties,
): AllowedChange {
  const { parent, name } = target;
  if (parent.type !== 'home') throw refuse(403, `a collection can't be made in "${parent.href}"`);
  insist(parent, 'bind');
  return allow({ do: 'create-collection', user: parent.user.id, kind, name, components, properties });
}

export function removeCollection(target: Granted<CollectionResource>): AllowedChange {
  insist(target, 'unbind');
  const { kind, name, viewer } = target.collection;
  return allow({ do: 'remove-collection', user: viewer, kind, name }, [placeOf(target)], true);
}

/** @param to a name that is free, or will be when the changes before it have happened */
export function renameCollection(source: Granted<CollectionResource>, to: string): AllowedChange {
  insist(source, 'unbind');
  const { kind, name, viewer } = source.collection;
  return allow({ do: 'rename-collection', user: viewer, kind, name, to }, [placeOf(source)], true);
}

/** A copy beside the original. @param to as for `renameCollection` */
export function copyCollection(
  source: Granted<CollectionResource>,
  to: string,
  members: boolean,
): AllowedChange {
  const { kind, name, viewer } = source.collection;
  return allow({ do: 'copy-collection', user: viewer, kind, name, to, members });
}

/** Changes stored properties; what a sharee sets on a collection is the sharee's alone. */
export function patchProperties(target: Granted, set: PropertyPatch, expect: Expect): AllowedChange {
  insist(target, 'write-properties');
  const places = 'collection' in target ? [placeOf(target)] : [];
  return allow(
    { do: 'patch', target: patchTarget(target), set, ...('member' in target && { expect }) },
    places,
  );
}

export function setLock(
  target: Lockable,
  given: Pick<Lock, 'token' | 'scope' | 'depth' | 'user' | 'owner' | 'expires' | 'timeout'>,
): AllowedChange {
  insist(target, 'write-content');
  const { collection, member } = lockable(target);
  const lock: Lock = { ...given, collection: collection.id, member };
  return allow({ do: 'lock', lock }, [lockPlace(target)], member === null);
}

/** @param lock of the user who asks */
export function refreshLock(target: Lockable, lock: Lock, expires: number, timeout: number): AllowedChange {
  const { collection, token } = lock;
  return allow({ do: 'refresh-lock', collection, token, expires, timeout }, [lockPlace(target)]);
}

/** RFC 3744 §3.6: who set a lock may remove it, others need the privilege. */
export function removeLock(target: Lockable, lock: Lock, user: string): AllowedChange {
  if (lock.user !== user) insist(target, 'unlock');
  return allow({ do: 'unlock', collection: lock.collection, token: lock.token }, [lockPlace(target)]);
}

function patchTarget(target: Granted): Extract<Change, { do: 'patch' }>['target'] {
  switch (target.type) {
    case 'principal':
      return { of: 'user', user: target.user.id };
    case 'home':
      return { of: 'home', user: target.user.id, kind: target.home.kind };
    case 'calendar':
    case 'addressbook': {
      const { access, id, kind, name, viewer } = target.collection;
      return access === 'owner'
        ? { of: 'collection', collection: id }
        : { of: 'binding', user: viewer, kind, name };
    }
    case 'calendar-object':
    case 'address-object':
      return { of: 'member', collection: target.collection.id, name: target.member.name };
    default:
      throw refuse(403, `the properties of "${target.href}" can't be changed`);
  }
}

function lockable(target: Lockable) {
  const slot = slotOf(target);
  if (!slot)
    throw refuse(
      409,
      `only collections can be made at "${target.href}", and their names can't be kept by a lock`,
    );
  return slot;
}

function lockPlace(target: Lockable): ObjectPlace {
  const { collection, href } = lockable(target);
  return { id: collection.id, kind: collection.kind, href };
}

function objectPlace(target: Creatable): { collection: CollectionId; name: string; place: ObjectPlace } {
  const slot = slotOf(target);
  if (!slot) throw refuse(409, `only collections can be made beside "${target.href}"`);
  const { id, kind } = slot.collection;
  return { collection: id, name: slot.member ?? '', place: { id, kind, href: slot.href } };
}

/** The collection that a resource is or stands in. */
function placeOf({ collection, href }: Granted<CollectionResource | ObjectResource>): ObjectPlace {
  return { id: collection.id, kind: collection.kind, href: href.slice(0, href.lastIndexOf('/') + 1) };
}

function allow(change: Change, places: readonly ObjectPlace[] = [], whole = false): AllowedChange {
  return { change, places, whole } as AllowedChange;
}
