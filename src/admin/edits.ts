/** What people did to files/ that waits for a person: files that can't be used, and deletions that are held. */

import type { Decision, Trouble } from '../store/trouble.ts';
import type { CollectionId, Store } from '../store/types.ts';
import type { Administration } from './administration.ts';
import { findAllByPath } from './find-collection.ts';
import { Refused } from './refused.ts';

export interface DeletionsWish {
  readonly decision: Decision;
  /** Paths of collections; none: all in which deletions are held. */
  readonly collections: readonly string[];
}

/** What was decided for a collection. */
export interface DecidedDeletions {
  /** `alice/calendars/default` */
  readonly path: string;
  readonly items: number;
  /** With the collection itself. */
  readonly whole: boolean;
}

type Held = Extract<Trouble, { kind: 'held' }>;

/** @throws NotThere, Refused */
export async function decideDeletions(
  { store }: Administration,
  { decision, collections }: DeletionsWish,
): Promise<readonly DecidedDeletions[]> {
  const held = (await store.troubles()).filter((trouble) => trouble.kind === 'held');
  const chosen = collections.length === 0 ? held : await choose(store, held, collections);
  const pathOf = await pathsOf(store);
  const decided: DecidedDeletions[] = [];
  for (const trouble of chosen) {
    const items = await store.decideDeletions(trouble.collection.id, decision, { agent: 'davd check' });
    decided.push({ path: pathOf(trouble), items, whole: trouble.whole });
  }
  return decided;
}

/** Sentences without full stops, for `davd status`. */
export async function editWarnings({ store }: Administration): Promise<readonly string[]> {
  const pathOf = await pathsOf(store);
  const all = (await store.troubles()).map((trouble) => warning(trouble, pathOf));
  const more = all.length - SHOWN;
  if (more <= 0) return all;
  return [...all.slice(0, SHOWN), `${more} more files or folders wait for somebody: davd check lists them`];
}

/** Warnings of one kind in a status. */
const SHOWN = 10;

function warning(trouble: Trouble, pathOf: (held: Held) => string): string {
  switch (trouble.kind) {
    case 'away':
      return `${trouble.what}: everything is served as it was, and files are written when the folder is back; mount its disk`;
    case 'held': {
      const { count, of, whole } = trouble;
      const gone = whole
        ? `the folder of ${pathOf(trouble)} is`
        : `${count} of ${of} files of ${pathOf(trouble)} are`;
      return `${gone} gone from files/: nothing is deleted until you say davd check --accept-deletions, or davd check --put-back to have them written again`;
    }
    case 'unusable':
      return `"${trouble.where}": ${trouble.what}; it is left alone until somebody mends it, and what was there before is served`;
  }
}

async function choose(store: Store, held: readonly Held[], paths: readonly string[]): Promise<Held[]> {
  const chosen = new Map<CollectionId, Held>();
  for (const path of paths) {
    const ids = (await findAllByPath(store, path)).map(({ collection }) => collection.id);
    const found = held.filter(({ collection: { id } }) => ids.includes(id));
    if (found.length === 0)
      throw new Refused(`no deletions of "${path}" wait for a decision: nothing was changed`);
    for (const one of found) chosen.set(one.collection.id, one);
  }
  return [...chosen.values()];
}

async function pathsOf(store: Store): Promise<(held: Held) => string> {
  const names = new Map((await store.users()).map(({ id, name }) => [id, name]));
  return ({ collection: { user, kind, name } }) => `${names.get(user)}/${kind}s/${name}`;
}
