/** Takes changes back: single ones, or what a client has done since a time. */

import type { Mark, PastCommit } from '../../store/history.ts';
import type { Store } from '../../store/types.ts';
import type { Administration } from '../administration.ts';
import { existing } from '../change-user.ts';
import { NotThere, Refused } from '../refused.ts';
import { isDoneBy } from './authors.ts';
import { type Chosen, gather } from './chosen.ts';
import { burstOf, findMark, settleMarks } from './marks.ts';
import { actTime, putBack, type UndoOutcome } from './put-back.ts';
import { requireRemembered } from './remembered.ts';
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
  /** Name of a mark: the burst of changes that it is about, and nothing else. */
  readonly mark?: string;
  /** Also what others have changed since. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/**
 * Things go back to what they were before the changes that are named; what others have changed since is left, and said.
 * @throws NotThere, Refused
 */
export async function undo({ store }: Administration, wish: UndoWish): Promise<UndoOutcome> {
  const { force = false, dryRun = false } = wish;
  const { settles, ...chosen } = await choose(store, wish);
  const options = { agent: 'davd undo', dryRun, force, replace: force };
  const outcome = await putBack(store, (into) => gather(into, chosen), options);
  const isNothing = outcome.done.length === 0 && outcome.left.length > 0;
  if (settles && !dryRun && !isNothing) await settleMarks(store, settles);
  return outcome;
}

/** What is chosen, and which marks need nobody's attention once it is undone. */
type Choice = Chosen & { readonly settles?: (mark: Mark) => boolean };

async function choose(store: Store, wish: UndoWish): Promise<Choice> {
  const { changes = [], user, since, mark } = wish;
  if (changes.length > 0) return choosePicked(store, changes);
  if (mark !== undefined) return chooseMarked(store, mark);
  if (user === undefined || since === undefined) {
    throw new Refused(
      'say what to undo: ids of changes, as davd history shows them, or --mark, or --user and --since',
    );
  }
  return chooseDoneBy(store, { ...wish, user, since });
}

async function chooseMarked(store: Store, name: string): Promise<Choice> {
  const mark = await findMark(store, name);
  return { ...(await burstOf(store, mark)), settles: (other) => other.name === mark.name };
}

async function chooseDoneBy(
  store: Store,
  { user: name, device, since }: UndoWish & { readonly user: string; readonly since: string },
): Promise<Choice> {
  const user = await existing(store, name);
  const zone = zoneFor(user.timeZone);
  const time = readWhen(since, Date.now(), zone);
  await requireRemembered(store, time, zone);
  return {
    commits: () => store.history({ since: time }),
    isChosen: ({ by }) => isDoneBy(by, { user, device }),
    settles: ({ by, since: begun }) => begun >= time && isDoneBy(by, { user, device }),
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
