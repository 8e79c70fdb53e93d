/** Destroys a part of the past, so that nothing of it can be brought back. */

import type { PastOf } from '../../store/types.ts';
import type { Administration } from '../administration.ts';
import { readPlaces, type Spot } from './places.ts';

export interface PurgeOutcome {
  /** What was asked for; null: everything. */
  readonly path: string | null;
}

/**
 * What there is stays. Removed collections and users that are meant go for good.
 * @param wish.path `alice`, `alice/default` or `alice/default/a.ics`, there or removed; absent: everything.
 * @throws NotThere
 */
export async function purge(
  { store }: Administration,
  { path }: { readonly path?: string },
): Promise<PurgeOutcome> {
  const parts = path === undefined ? [{ of: 'all' } as const] : partsOf((await readPlaces(store)).find(path));
  for (const part of parts) await store.purge(part);
  return { path: path ?? null };
}

function partsOf({ user, collections, isCollection, member }: Spot): PastOf[] {
  if (!isCollection) return [{ of: 'user', user: user.user.id }];
  return collections.map(({ id }) =>
    member === undefined
      ? { of: 'collection', collection: id }
      : { of: 'member', collection: id, name: member },
  );
}
