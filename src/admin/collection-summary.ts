/** Calendars and address books as lists and details show them, in a person's words. */

import { storedText } from '../dav/xml.ts';
import type { Collection, Kind, Properties, PropertyName, Store, User } from '../store/types.ts';

export interface CollectionSummary {
  readonly user: string;
  readonly kind: Kind;
  /** Name in paths. */
  readonly name: string;
  readonly displayName: string;
  /** `#RRGGBB` or `#RRGGBBAA`; '' where clients choose. */
  readonly color: string;
  readonly description: string;
  /** Place in the lists of clients that heed it. */
  readonly order: number | null;
  /** Of calendars. */
  readonly components: readonly string[];
  /** IANA; null where none is set. */
  readonly timeZone: string | null;
  /** Clients can't delete it. */
  readonly protected: boolean;
  readonly items: number;
  readonly bytes: number;
  /** ISO 8601 */
  readonly created: string;
  readonly modified: string;
}

/** The properties behind what a person sets. */
export interface PropertyNames {
  readonly displayName: PropertyName;
  readonly description: PropertyName;
  readonly color: PropertyName;
  readonly order: PropertyName;
  readonly timeZone: PropertyName;
}

export const PROPERTIES: Readonly<Record<Kind, PropertyNames>> = {
  calendar: {
    displayName: '{DAV:}displayname',
    description: '{urn:ietf:params:xml:ns:caldav}calendar-description',
    color: '{http://apple.com/ns/ical/}calendar-color',
    order: '{http://apple.com/ns/ical/}calendar-order',
    timeZone: '{urn:ietf:params:xml:ns:caldav}calendar-timezone-id',
  },
  addressbook: {
    displayName: '{DAV:}displayname',
    description: '{urn:ietf:params:xml:ns:carddav}addressbook-description',
    color: '{http://inf-it.com/ns/ab/}addressbook-color',
    order: '{http://apple.com/ns/ical/}calendar-order',
    timeZone: '{urn:ietf:params:xml:ns:caldav}calendar-timezone-id',
  },
};

export function collectionSummary(user: Pick<User, 'name'>, collection: Collection): CollectionSummary {
  const { kind, name, properties } = collection;
  const of = (property: keyof PropertyNames) => text(properties, PROPERTIES[kind][property]);
  const order = Number.parseFloat(of('order'));
  return {
    user: user.name,
    kind,
    name,
    displayName: of('displayName') || name,
    color: of('color').replace(/^(#[0-9a-f]{6})ff$/i, '$1'),
    description: of('description'),
    order: Number.isFinite(order) ? order : null,
    components: collection.components,
    timeZone: of('timeZone') || null,
    protected: collection.protected,
    items: collection.count,
    bytes: collection.size,
    created: new Date(collection.created).toISOString(),
    modified: new Date(collection.modified).toISOString(),
  };
}

/** Calendars and address books of a user. */
export async function collectionsOf(
  store: Pick<Store, 'collections'>,
  { id }: User,
): Promise<readonly Collection[]> {
  const kinds: readonly Kind[] = ['calendar', 'addressbook'];
  return (await Promise.all(kinds.map((kind) => store.collections({ user: id, kind })))).flat();
}

function text(properties: Properties, name: PropertyName): string {
  return storedText(properties[name])?.trim() ?? '';
}
