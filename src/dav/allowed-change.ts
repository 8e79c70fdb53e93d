import type { Change, Expect, Facts, Kind, Properties, PropertyPatch } from '../store/types.ts';
import { refuse } from './errors.ts';
import { insist } from './privileges.ts';
import type { AbsentResource, CollectionResource, Granted, ObjectResource } from './resource.ts';

declare const allowed: unique symbol;

/** A change that the user's privileges allow; made only by the functions below, from granted resources. */
export interface AllowedChange {
  readonly [allowed]: true;
  readonly change: Change;
  /** Where the stored object will stand, for changes that store one. */
  readonly within: Within | undefined;
}

/** A collection of objects, as far as a refusal must name it. */
export interface Within {
  readonly kind: Kind;
  readonly href: string;
}

type Creatable = Granted<ObjectResource | AbsentResource>;

/** Stores an object, new or not. */
export function putObject(target: Creatable, bytes: Uint8Array, facts: Facts, expect: Expect): AllowedChange {
  insist(target, 'write-content');
  const { collection, name, within } = objectPlace(target);
  return allow({ do: 'put', collection, name, bytes, facts, expect }, within);
}

export function removeObject(target: Granted<ObjectResource>, expect: Expect): AllowedChange {
  insist(target, 'unbind');
  return allow({ do: 'delete', collection: target.collection.id, name: target.member.name, expect });
}

/** Moves an object within its collection or to another one. */
export function moveObject(
  source: Granted<ObjectResource>,
  target: Creatable,
  expect: Expect,
  expectTarget: Expect,
): AllowedChange {
  insist(source, 'unbind');
  insist(target, 'write-content');
  const { within, ...to } = objectPlace(target);
  const { collection, member } = source;
  return allow(
    { do: 'move', collection: collection.id, name: member.name, to, expect, expectTarget },
    within,
  );
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
  return allow({ do: 'remove-collection', user: viewer, kind, name });
}

export function renameCollection(
  source: Granted<CollectionResource>,
  target: Granted<AbsentResource>,
): AllowedChange {
  insist(source, 'unbind');
  insist(target.parent, 'bind');
  const { kind, name, viewer } = source.collection;
  return allow({ do: 'rename-collection', user: viewer, kind, name, to: target.name });
}

/** Changes stored properties; what a sharee sets on a collection is the sharee's alone. */
export function patchProperties(target: Granted, set: PropertyPatch): AllowedChange {
  insist(target, 'write-properties');
  return allow({ do: 'patch', target: patchTarget(target), set });
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

function objectPlace(target: Creatable): { collection: string; name: string; within: Within } {
  const parent = target.type === 'absent' ? target.parent : target;
  if (parent.type === 'home') throw refuse(409, `only collections can be made in "${parent.href}"`);
  const { id, kind } = parent.collection;
  const within = { kind, href: target.href.slice(0, target.href.lastIndexOf('/') + 1) };
  return { collection: id, name: target.type === 'absent' ? target.name : target.member.name, within };
}

function allow(change: Change, within?: Within): AllowedChange {
  return { change, within } as AllowedChange;
}
