import type { Collection, Home, Kind, Member, Properties, User } from '../store/types.ts';
import type { Privileges } from './privileges.ts';

/** A place in the URL tree, by syntax alone: nothing is known yet of what is there. Names are decoded. */
export type Place =
  | { readonly type: 'root' }
  | { readonly type: 'principals' }
  | { readonly type: 'principal'; readonly user: string }
  | { readonly type: 'homes'; readonly kind: Kind }
  | { readonly type: 'home'; readonly kind: Kind; readonly user: string }
  | { readonly type: 'collection'; readonly kind: Kind; readonly user: string; readonly collection: string }
  | {
      readonly type: 'object';
      readonly kind: Kind;
      readonly user: string;
      readonly collection: string;
      readonly object: string;
    };

/** What stands at a place. */
export type Resource =
  | { readonly type: 'root' }
  | { readonly type: 'principals' }
  | { readonly type: 'principal'; readonly user: User }
  | { readonly type: 'homes'; readonly kind: Kind }
  | { readonly type: 'home'; readonly user: User; readonly home: Home }
  | { readonly type: 'calendar'; readonly user: User; readonly collection: Collection }
  | { readonly type: 'addressbook'; readonly user: User; readonly collection: Collection }
  | AnObject<'calendar-object'>
  | AnObject<'address-object'>
  /** Nothing is there yet, but its parent is. */
  | {
      readonly type: 'absent';
      readonly name: string;
      readonly parent: Granted<ResourceOf<'home'> | CollectionResource>;
    };

interface AnObject<T> {
  readonly type: T;
  readonly user: User;
  readonly collection: Collection;
  readonly member: Member;
  /** The member's bytes, where they were read along with it. */
  readonly bytes?: Uint8Array;
}

export type ResourceType = Resource['type'];
export type ResourceOf<T extends ResourceType> = Extract<Resource, { readonly type: T }>;

export type CollectionResource = Extract<Resource, { readonly type: 'calendar' | 'addressbook' }>;
export type ObjectResource = Extract<Resource, { readonly member: Member }>;
export type AbsentResource = ResourceOf<'absent'>;

declare const granted: unique symbol;

/**
 * A resource that the current user may use, given out only by Access (access.ts). Reads and changes of the store in
 * this layer take nothing else.
 */
export type Granted<R extends Resource = Resource> = R & {
  readonly [granted]: true;
  /** Path-absolute, percent-encoded; as the client spelled it where the client named it. Collections end in '/'. */
  readonly href: string;
  /** Effective privileges of the current user. */
  readonly privileges: Privileges;
};

/** The types that are collections in WebDAV's sense (RFC 4918 §5.2). */
export const collectionTypes = [
  'root',
  'principals',
  'principal',
  'homes',
  'home',
  'calendar',
  'addressbook',
] as const satisfies readonly ResourceType[];

export const objectTypes = ['calendar-object', 'address-object'] as const satisfies readonly ResourceType[];

/** What a lock can be taken on; a name in a calendar or address book may be free. */
export const lockableTypes = ['calendar', 'addressbook', ...objectTypes, 'absent'] as const;

/** Everything that can stand at a URL. */
export const existingTypes = [...collectionTypes, ...objectTypes] as const;

export function isCollection(resource: Resource): resource is ResourceOf<(typeof collectionTypes)[number]> {
  return resource.type !== 'absent' && !isObject(resource);
}

export function isObject(resource: Resource): resource is ObjectResource {
  return 'member' in resource;
}

/** Calendars and address books: the collections that hold objects. */
export function holdsObjects(resource: Resource): resource is CollectionResource {
  return resource.type === 'calendar' || resource.type === 'addressbook';
}

/** Stored properties of a resource; none where it can't have any. */
export function storedProperties(resource: Resource): Properties {
  switch (resource.type) {
    case 'principal':
      return resource.user.properties;
    case 'home':
      return resource.home.properties;
    case 'calendar':
    case 'addressbook':
      return resource.collection.properties;
    case 'calendar-object':
    case 'address-object':
      return resource.member.properties;
    default:
      return {};
  }
}
