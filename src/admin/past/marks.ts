/** Marks: bursts of changes that the guard has noticed. */

import { BURST, burstText, clientOf, isHarm } from '../../mass-changes.ts';
import type { Mark, PastChange, PastCommit } from '../../store/history.ts';
import { Refusal, type Store } from '../../store/types.ts';
import type { Administration } from '../administration.ts';
import { suggestion } from '../nearest.ts';
import { NotThere, Refused } from '../refused.ts';
import { type Doer, doerOf } from './authors.ts';
import type { Chosen } from './chosen.ts';
import { type Places, readPlaces } from './places.ts';

/** A mark as lists show it. A plain JSON value. */
export interface MarkSummary extends Doer {
  readonly name: string;
  /** `alice/calendars/default` */
  readonly path: string;
  /** ISO 8601: when it began, and when it was noticed. */
  readonly since: string;
  readonly noticed: string;
  /** Items until it was noticed, of how many there had been. */
  readonly deleted: number;
  readonly rewritten: number;
  readonly of: number;
  /** null: it needs somebody's attention. */
  readonly resolved: 'undone' | 'acknowledged' | null;
}

/** Last noticed first. */
export async function listMarks({ store }: Administration): Promise<readonly MarkSummary[]> {
  const places = await readPlaces(store);
  return (await store.marks()).toReversed().map((mark) => summary(mark, places));
}

/** Nobody is to be warned of it any more. @throws NotThere */
export async function acknowledgeMark(
  { store }: Administration,
  wish: { readonly name: string },
): Promise<MarkSummary> {
  const mark = await findMark(store, wish.name);
  await resolve(store, mark, 'acknowledged');
  return summary(await findMark(store, wish.name), await readPlaces(store));
}

/** Sentences without full stops, one for each mark that needs attention. */
export async function markWarnings({ store }: Administration): Promise<readonly string[]> {
  const open = (await store.marks()).filter(({ resolved }) => !resolved);
  if (open.length === 0) return [];
  const places = await readPlaces(store);
  return open.map((mark) => {
    const placed = places.collection(mark.collection);
    const at = {
      user: placed ? places.nameOf(placed.owner) : '(forgotten)',
      kind: placed?.kind ?? ('calendar' as const),
      name: placed?.name ?? mark.collection,
    };
    return `${burstText(mark, at)}: take it back with davd undo --mark ${mark.name}, or accept it with davd history accept ${mark.name}`;
  });
}

/** @throws NotThere */
export async function findMark(store: Store, name: string): Promise<Mark> {
  const marks = await store.marks();
  const found = marks.find((mark) => mark.name.toLowerCase() === name.trim().toLowerCase());
  if (found) return found;
  const hint = suggestion(
    name,
    marks.map((mark) => mark.name),
  );
  throw new NotThere(`there is no mark "${name}"${hint || ': davd history marks shows which there are'}`);
}

/** Those that are not resolved yet and that `settles` says yes to are now. */
export async function settleMarks(store: Store, settles: (mark: Mark) => boolean): Promise<void> {
  for (const mark of await store.marks())
    if (!mark.resolved && settles(mark)) await resolve(store, mark, 'undone');
}

async function resolve(store: Store, mark: Mark, how: 'undone' | 'acknowledged'): Promise<void> {
  const resolved = { how, time: Date.now() };
  const agent = how === 'undone' ? 'davd undo' : 'davd history accept';
  try {
    await store.commit([{ do: 'mark', mark: { ...mark, resolved } }], { by: { agent } });
  } catch (error) {
    // What was undone is; the mark can be accepted later.
    if (!(error instanceof Refusal) || how === 'acknowledged') throw error;
  }
}

/**
 * The burst of a mark: what its client deleted and rewrote in that collection from then on, until it was quiet.
 * @throws Refused where its beginning is no longer remembered
 */
export async function burstOf(store: Store, mark: Mark): Promise<Chosen> {
  const { collection, first } = mark;
  const client = clientOf(mark.by);
  const isOf = ({ by }: PastCommit, change: PastChange) =>
    change.of !== 'user' &&
    change.collection === collection &&
    isHarm(change) &&
    clientOf(by ?? {}) === client;
  const query = { of: [collection] };
  const harmful: Pick<PastCommit, 'id' | 'time'>[] = [];
  let isWhole = false;
  for await (const page of store.history(query)) {
    for (const commit of page) {
      if (commit.changes.some((change) => isOf(commit, change)))
        harmful.push({ id: commit.id, time: commit.time });
      isWhole ||= commit.id === first;
    }
    if (isWhole) break;
  }
  if (!isWhole) throw new Refused(`the changes of mark "${mark.name}" are no longer remembered`);
  const begin = harmful.findIndex(({ id }) => id === first);
  const burst = harmful.slice(0, begin + 1).reverse();
  const quiet = burst.findIndex(({ time }, i) => i > 0 && time - (burst[i - 1]?.time ?? time) > BURST);
  const ids = new Set((quiet < 0 ? burst : burst.slice(0, quiet)).map(({ id }) => id));
  return {
    commits: () => store.history(query),
    isChosen: (commit, change) => ids.has(commit.id) && isOf(commit, change),
    isOver: ({ id }) => id === first,
  };
}

function summary({ by, since, noticed, resolved, collection, ...mark }: Mark, places: Places): MarkSummary {
  return {
    name: mark.name,
    path: places.pathOf(collection),
    ...doerOf(by),
    since: new Date(since).toISOString(),
    noticed: new Date(noticed).toISOString(),
    deleted: mark.deleted,
    rewritten: mark.rewritten,
    of: mark.of,
    resolved: resolved?.how ?? null,
  };
}
