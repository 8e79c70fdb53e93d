/** Collections and items as a person names them. */

import type { Kind } from '../store/types.ts';

/** `alice/default/lunch.ics`, or `alice/calendars/default/lunch.ics`; '' from where the path ends. */
export interface NamedPath {
  readonly user: string;
  /** undefined: it is not said. */
  readonly kind: Kind | undefined;
  readonly collection: string;
  /** Name or UID; it may have slashes. */
  readonly item: string;
}

export const KINDS: readonly Kind[] = ['calendar', 'addressbook'];

export const WORDS: Readonly<Record<Kind, string>> = { calendar: 'calendar', addressbook: 'address book' };

export function readPath(path: string): NamedPath {
  const [user = '', ...rest] = path.split('/');
  // A collection may be called "calendars" itself.
  const kind = rest.length > 1 ? KINDS.find((each) => rest[0] === `${each}s`) : undefined;
  const [collection = '', ...item] = kind ? rest.slice(1) : rest;
  return { user, kind, collection, item: item.join('/') };
}

/** By the ending of its name. */
export function kindOfItem(item: string): Kind | undefined {
  if (item.endsWith('.vcf')) return 'addressbook';
  return item.endsWith('.ics') ? 'calendar' : undefined;
}
