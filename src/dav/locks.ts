import type { Collection, Lock } from '../store/types.ts';
import { type Content, Xml as Markup, type Xml, xml } from './markup.ts';
import { encodeSegment } from './paths.ts';
import {
  type AbsentResource,
  type CollectionResource,
  type Granted,
  holdsObjects,
  isObject,
  type ObjectResource,
} from './resource.ts';

/** What can be locked: a calendar or address book, an object, a free name. */
export type Lockable = Granted<CollectionResource | ObjectResource | AbsentResource>;

export function isLockable(resource: Granted): resource is Lockable {
  return holdsObjects(resource) || isObject(resource) || resource.type === 'absent';
}

/** Where a resource stands; `href` is the collection's. undefined for a free name in a home, where no object can be. */
export function slotOf(
  resource: Lockable,
): { readonly collection: Collection; readonly href: string; readonly member: string | null } | undefined {
  if (holdsObjects(resource)) return { collection: resource.collection, href: resource.href, member: null };
  const href = resource.href.slice(0, resource.href.lastIndexOf('/') + 1);
  if (isObject(resource)) return { collection: resource.collection, href, member: resource.member.name };
  const { parent, name } = resource;
  return parent.type === 'home' ? undefined : { collection: parent.collection, href, member: name };
}

/** ms: locks are given for at most so long, and for so long where the client doesn't say (RFC 4918 §10.7). */
const longestLock = 3_600_000;
export const usualLock = 600_000;
/** Characters of the owner element that are kept. */
export const longestOwner = 4096;

/** The first timeout of a Timeout header, in ms, within what is given; undefined where it has none. */
export function readTimeout(header: string | undefined): number | undefined {
  const [, seconds] = /(?:^|,)\s*(second-\d{1,20}|infinite)\s*(?:,|$)/i.exec(header ?? '') ?? [];
  if (seconds === undefined) return undefined;
  const wish = /\d+/.exec(seconds)?.[0] ?? Infinity;
  return Math.max(1000, Math.min(Number(wish) * 1000, longestLock));
}

/** The locks of a collection and its members that cover what is at `member`, null for the collection itself. */
export function covering(locks: readonly Lock[], member: string | null): readonly Lock[] {
  return locks.filter(
    (lock) => lock.member === member || (lock.member === null && lock.depth === 'infinity'),
  );
}

/** Content of lockdiscovery (RFC 4918 §15.8). @param collection href of the collection the locks are in */
export function activeLocks(locks: readonly Lock[], collection: string): readonly Xml[] {
  return locks.map((lock) => {
    const left = Math.max(1, Math.ceil((lock.expires - Date.now()) / 1000));
    const owner: Content = lock.owner === '' ? undefined : new Markup(lock.owner);
    return xml`<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope>${scope(lock.scope)}</D:lockscope><D:depth>${lock.depth}</D:depth>${owner}<D:timeout>Second-${left}</D:timeout><D:locktoken><D:href>${lock.token}</D:href></D:locktoken><D:lockroot><D:href>${lockRoot(lock, collection)}</D:href></D:lockroot></D:activelock>`;
  });
}

/** Content of supportedlock (RFC 4918 §15.10). */
export const lockEntries: readonly Xml[] = (['exclusive', 'shared'] as const).map(
  (kind) =>
    xml`<D:lockentry><D:lockscope>${scope(kind)}</D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>`,
);

/** href of what a lock was taken on. */
export function lockRoot({ member }: Pick<Lock, 'member'>, collection: string): string {
  return member === null ? collection : collection + encodeSegment(member);
}

function scope(kind: Lock['scope']): Xml {
  return kind === 'exclusive' ? xml`<D:exclusive/>` : xml`<D:shared/>`;
}
