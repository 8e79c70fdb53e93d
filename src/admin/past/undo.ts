/** Takes changes back: single ones, or what a client has done since a time. */

import type { PastChange, PastCommit } from '../../store/history.ts';
import type { Store } from '../../store/types.ts';
import type { Administration } from '../administration.ts';
import { existing } from '../change-user.ts';
import { NotThere, Refused } from '../refused.ts';
import { isDoneBy } from './authors.ts';
import { actTime, putBack, type UndoOutcome } from './put-back.ts';
import { requireRemembered } from './remembered.ts';
import type { Undo } from './undo-plan.ts';
import { readWhen, zoneFor } from './when.ts';

export interface UndoWish {
  /** Ids of changes, or of acts that were several. */
  readonly changes?: readonly string[];
  /** What this user's clients did; with a time. */
  readonly user?: string;
  /** Name of a device, or a part of a client's name. */
  readonly device?: string;
  /** As a person writes it; see when.ts. */
  readonly since?: string;
  /** Also what others have changed since. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** Which changes are to be taken back, from the newest to the oldest. */
export interface Chosen {
  /** The commits to look through. */
  readonly commits: () => AsyncIterable<readonly PastCommit[]>;
  readonly isChosen: (commit: PastCommit, change: PastChange) => boolean;
  /** Nothing older is chosen. */
  readonly isOver?: (commit: PastCommit) => boolean;
}

/**
 * Things go back to what they were before the changes that are named; what others have changed since is left, and said.
 * @throws NotThere, Refused
 */
export async function undo({ store }: Administration, wish: UndoWish): Promise<UndoOutcome> {
  const { force = false, dryRun = false } = wish;
  const chosen = await choose(store, wish);
  return putBack(store, (into) => gather(into, chosen), {
    agent: 'davd undo',
    dryRun,
    force,
    replace: force,
  });
}

/** Gives an undo the history of what is chosen. */
export async function gather(into: Undo, { commits, isChosen, isOver }: Chosen): Promise<void> {
  for await (const page of commits()) {
    for (const commit of page) {
      into.add(commit, (change) => isChosen(commit, change));
      if (isOver?.(commit)) return;
    }
  }
}

async function choose(store: Store, wish: UndoWish): Promise<Chosen> {
  const { changes = [], user, since } = wish;
  if (changes.length > 0) return choosePicked(store, changes);
  if (user === undefined || since === undefined) {
    throw new Refused('say what to undo: ids of changes, as davd history shows them, or --user and --since');
  }
  return chooseDoneBy(store, { ...wish, user, since });
}

async function chooseDoneBy(
  store: Store,
  { user: name, device, since }: UndoWish & { readonly user: string; readonly since: string },
): Promise<Chosen> {
  const user = await existing(store, name);
  const zone = zoneFor(user.timeZone);
  const time = readWhen(since, Date.now(), zone);
  await requireRemembered(store, time, zone);
  return {
    commits: () => store.history({ since: time }),
    isChosen: ({ by }) => isDoneBy(by, { user, device }),
  };
}

/** @throws NotThere */
async function choosePicked(store: Store, names: readonly string[]): Promise<Chosen> {
  const ids = new Set<string>();
  const acts = new Map<string, number>();
  const concerned = new Set<string>();
  for (const written of names) {
    const name = written.trim().toLowerCase();
    const begun = actTime(name);
    const commit = begun === undefined ? await store.pastCommit(name) : undefined;
    if (begun !== undefined) acts.set(name, begun);
    else if (commit) {
      ids.add(commit.id);
      for (const change of commit.changes)
        concerned.add(change.of === 'user' ? change.user : change.collection);
    } else throw new NotThere(`there is no change "${written}": davd history shows which there are`);
  }
  const found = await idsOfActs(store, acts);
  for (const { id, changes } of found) {
    ids.add(id);
    for (const change of changes) concerned.add(change.of === 'user' ? change.user : change.collection);
  }
  let missing = ids.size;
  return {
    commits: () => {
      missing = ids.size;
      return store.history({ of: [...concerned] });
    },
    isChosen: ({ id }) => ids.has(id),
    isOver: ({ id }) => ids.has(id) && --missing === 0,
  };
}

/** Commits of an act follow one another, its name says when. */
const SLACK = 60_000;

/** @throws NotThere */
async function idsOfActs(store: Store, acts: ReadonlyMap<string, number>): Promise<readonly PastCommit[]> {
  if (acts.size === 0) return [];
  const found: PastCommit[] = [];
  for await (const page of store.history({ since: Math.min(...acts.values()) - SLACK })) {
    found.push(...page.filter(({ by }) => by?.act !== undefined && acts.has(by.act)));
  }
  for (const act of acts.keys()) {
    if (!found.some(({ by }) => by?.act === act)) {
      throw new NotThere(`there is no change "${act}": davd history shows which there are`);
    }
  }
  return found;
}
