/** Carries out an undo: as ordinary changes, so that all devices follow and it can be undone itself. */

import { randomBytes } from 'node:crypto';
import type { Headline } from '../../model/headline.ts';
import { Slices } from '../../slices.ts';
import { type Author, type Change, Refusal, type Store } from '../../store/types.ts';
import { Refused } from '../refused.ts';
import { type Doer, doerOf } from './authors.ts';
import { type Places, readPlaces } from './places.ts';
import { type Structural, structure } from './structure.ts';
import { type Thing, Undo, type UndoOptions } from './undo-plan.ts';
import { type Left, memberKey, type Weighed, Weighing, withHeadlines } from './weigh.ts';

/** One thing that is, or would be, put back, or is left as it is. A plain JSON value. */
export interface UndoneItem {
  /** `alice/calendars/default/a.ics`, `alice/calendars/default` or `alice`. */
  readonly path: string;
  /** VEVENT, VTODO, VCARD …, calendar, addressbook, user; '' where it can't be read. */
  readonly kind: string;
  readonly title: string;
  /** `YYYY-MM-DD` of what has a date. */
  readonly date: string | null;
}

export interface DoneItem extends UndoneItem {
  readonly done: 'brought back' | 'changed back' | 'removed';
  /** How it is called now, where not as before. */
  readonly as?: string;
  /** It was removed because this came back. */
  readonly for?: string;
}

export interface LeftItem extends UndoneItem {
  readonly why: Left['why'];
  /** Who changed it since, and when (ISO 8601). */
  readonly since?: Doer & { readonly time: string };
  /** What has its UID or name. */
  readonly taker?: string;
}

export interface UndoOutcome {
  readonly dryRun: boolean;
  readonly done: readonly DoneItem[];
  readonly left: readonly LeftItem[];
  /** Things that were already as they are to be. */
  readonly unchanged: number;
  /** Takes this undo back; null where nothing was done. */
  readonly act: string | null;
}

export interface PutBackOptions extends UndoOptions {
  /** The command, as the author of the changes. */
  readonly agent: string;
  readonly dryRun: boolean;
  /** What came back makes what has its UID go, whoever made it. */
  readonly replace: boolean;
  /** Collections keep the name they have. */
  readonly keepNames?: boolean;
  /** Name under which the only collection that is restored comes back. */
  readonly as?: string;
}

/** Changes of one commit, and octets of the bytes they bring back. */
const MOST_CHANGES = 500;
const MOST_OCTETS = 16 * 1024 * 1024;
/** How often what others change meanwhile is looked at again. */
const TRIES = 10;

/** Names commits that are one undo; when it was begun is part of it. */
export function newAct(now: number): string {
  return `u${now.toString(36)}${randomBytes(2).readUInt16BE().toString(36).padStart(4, '0')}`;
}

/** When an act was begun, ms since 1970 UTC; undefined where this names none. */
export function actTime(name: string): number | undefined {
  const [, time] = /^u([0-9a-z]{8})[0-9a-z]{4}$/.exec(name) ?? [];
  return time === undefined ? undefined : Number.parseInt(time, 36);
}

/** One thing, with the changes that put it back: they stay in one commit. */
interface Part {
  readonly changes: readonly Change[];
  readonly item: DoneItem;
  readonly octets: number;
  /** Of a member. */
  readonly key?: string;
}

/**
 * Plans and commits. Up to 500 changes are one commit, all or nothing; more are several, and what others change between
 * two of them is looked at anew.
 * @param gather gives history to an undo that leaves aside what the act has done already.
 * @throws Refused where others keep changing the same things, with what was done until then.
 */
export async function putBack(
  store: Store,
  gather: (undo: Undo) => Promise<void>,
  options: PutBackOptions,
): Promise<UndoOutcome> {
  const act = newAct(Date.now());
  const by: Author = { agent: options.agent, act };
  const holders = new Map<string, string>();
  const done: DoneItem[] = [];
  for (let tries = 0; tries < TRIES; tries++) {
    const undo = new Undo((commit) => commit.by?.act === act);
    await gather(undo);
    const places = await readPlaces(store);
    const { parts, left, unchanged } = await prepared(store, places, undo, holders, options);
    const told = { left: left.map((one) => leftItem(places, one)), unchanged };
    if (options.dryRun) return { dryRun: true, done: parts.map(({ item }) => item), ...told, act: null };
    const refused = await commitAll(store, parts, by, done).catch((error: unknown) => {
      throw error instanceof Refusal && done.length > 0 ? partly(done, act, error) : error;
    });
    if (!refused) return { dryRun: false, done, ...told, act: done.length > 0 ? act : null };
    if (refused.error.reason === 'uid-conflict' && refused.part?.key)
      holders.set(refused.part.key, refused.error.detail);
  }
  const back = done.length > 0 ? `; davd undo ${act} takes that back` : '';
  throw new Refused(
    `others keep changing the same things: ${done.length} were put back and the rest was not${back}; try again`,
  );
}

async function prepared(
  store: Store,
  places: Places,
  undo: Undo,
  holders: ReadonlyMap<string, string>,
  options: PutBackOptions,
) {
  const plan = await undo.plan(options);
  const frame = structure(plan, places, options);
  const { replace } = options;
  const members = await new Weighing(store, places, undo, plan.members, { replace, holders }).run();
  const left = [...frame.left, ...(await withHeadlines(store, plan.skipped)), ...members.left];
  const parts = frame.parts.map((one) => structurePart(places, one));
  const slices = new Slices();
  for (const one of [...members.removals, ...members.returns]) {
    parts.push(memberPart(places, one));
    if (slices.over) await slices.pause();
  }
  return { parts, left, unchanged: plan.unchanged };
}

/** The disk has become full, or can't be written any more. */
function partly(done: readonly DoneItem[], act: string, { reason }: Refusal): Refused {
  const cause = reason === 'full' ? 'the disk is full' : "the server can't write until it is restarted";
  return new Refused(
    `${done.length} were put back and the rest was not: ${cause}; the same command does the rest, davd undo ${act} takes it back`,
  );
}

interface PartRefused {
  readonly error: Refusal;
  readonly part: Part | undefined;
}

/** Adds to `done` what is. @returns what others prevented, undefined where all is done. */
async function commitAll(
  store: Store,
  parts: readonly Part[],
  by: Author,
  done: DoneItem[],
): Promise<PartRefused | undefined> {
  for (const batch of batches(parts)) {
    try {
      await store.commit(
        batch.flatMap(({ changes }) => changes),
        { by },
      );
    } catch (error) {
      if (!(error instanceof Refusal && RACES.has(error.reason))) throw error;
      const owners = batch.flatMap((part) => part.changes.map(() => part));
      return { error, part: owners[error.change] };
    }
    done.push(...batch.map(({ item }) => item));
  }
  return undefined;
}

/** What the store refuses because somebody was quicker. */
const RACES: ReadonlySet<Refusal['reason']> = new Set(['expectation', 'absent', 'exists', 'uid-conflict']);

function* batches(parts: readonly Part[]): Generator<readonly Part[]> {
  let batch: Part[] = [];
  let changes = 0;
  let octets = 0;
  for (const part of parts) {
    const isFull = changes + part.changes.length > MOST_CHANGES || octets + part.octets > MOST_OCTETS;
    if (batch.length > 0 && isFull) {
      yield batch;
      batch = [];
      changes = 0;
      octets = 0;
    }
    batch.push(part);
    changes += part.changes.length;
    octets += part.octets;
  }
  if (batch.length > 0) yield batch;
}

function structurePart(places: Places, { thing, done, changes, as }: Structural): Part {
  return { changes, octets: 0, item: { ...itemOf(places, thing), done, ...(as !== undefined && { as }) } };
}

function memberPart(places: Places, { step, headline, change, for: name }: Weighed): Part {
  const { collection, now, to } = step;
  const thing = { of: 'member', collection, name: step.name } as const;
  const done = change.do === 'delete' ? 'removed' : now ? 'changed back' : 'brought back';
  return {
    changes: [change],
    octets: change.do === 'recall' ? (to?.size ?? 0) : 0,
    key: memberKey(step),
    item: { ...itemOf(places, thing, headline), done, ...(name !== undefined && { for: name }) },
  };
}

function leftItem(places: Places, { thing, why, headline, since, taker }: Left): LeftItem {
  return {
    ...itemOf(places, thing, headline),
    why,
    ...(since && { since: { ...doerOf(since.by), time: new Date(since.time).toISOString() } }),
    ...(taker !== undefined && { taker }),
  };
}

function itemOf(places: Places, thing: Thing, headline?: Headline): UndoneItem {
  const bare = { title: '', date: null };
  if (thing.of === 'user' || thing.of === 'user-part') {
    return { path: places.nameOf(thing.user), kind: 'user', ...bare };
  }
  if (thing.of === 'member') {
    const { component: kind = '', title = '', date = null } = headline ?? {};
    return { path: places.pathOf(thing.collection, thing.name), kind, title, date };
  }
  const kind = places.collection(thing.collection)?.kind ?? '';
  return { path: places.pathOf(thing.collection), kind, ...bare };
}
