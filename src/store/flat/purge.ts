import type { CollectionId, PastOf } from '../types.ts';
import type { Catalog } from './catalog.ts';
import type { Entry } from './entries.ts';

/** What has to be done to destroy a part of the past. */
export interface Purge {
  /** Removed collections that go for good. */
  readonly trashed: readonly CollectionId[];
  /** Whether an entry of the history tells of that part. */
  readonly concerns: (entry: Entry) => boolean;
}

export function purgeOf(catalog: Catalog, past: PastOf): Purge {
  const collections = collectionsOf(catalog, past);
  const isTrashed = (id: CollectionId) => catalog.collections.get(id)?.record.trashed !== undefined;
  return {
    trashed: past.of === 'member' ? [] : [...collections].filter(isTrashed),
    concerns: (entry) => tellsOf(entry, past, collections),
  };
}

function collectionsOf(catalog: Catalog, past: PastOf): ReadonlySet<CollectionId> {
  if (past.of === 'collection' || past.of === 'member') return new Set([past.collection]);
  const all = [...catalog.collections.values()].map(({ record }) => record);
  const own = past.of === 'user' ? all.filter(({ owner }) => owner === past.user) : all;
  return new Set(own.map(({ id }) => id));
}

function tellsOf(entry: Entry, past: PastOf, collections: ReadonlySet<CollectionId>): boolean {
  if (past.of === 'all') return true;
  const isUser = (id: string) => past.of === 'user' && id === past.user;
  switch (entry.set) {
    case 'member':
    case 'gone':
    case 'found':
      return collections.has(entry.in) && (past.of !== 'member' || entry.name === past.name);
    case 'user':
      return isUser(entry.user.id);
    case 'no-user':
    case 'unbound':
      return isUser(entry.user);
    case 'binding':
      return isUser(entry.user) || (past.of === 'collection' && collections.has(entry.binding.collection));
    case 'collection':
      return past.of !== 'member' && collections.has(entry.collection.id);
    case 'purged':
      return past.of !== 'member' && collections.has(entry.collection);
    case 'mark':
      return past.of !== 'member' && collections.has(entry.mark.collection);
    case 'unmarked':
      return false;
    case 'lock':
      return past.of !== 'member' && collections.has(entry.lock.collection);
    case 'unlocked':
      return past.of !== 'member' && collections.has(entry.in);
  }
}
