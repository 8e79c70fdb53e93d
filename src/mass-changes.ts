/** The guard against a client that empties or overwrites a collection: it watches every commit and marks such bursts. */

import type { Mark, Notice, PastChange, PastCommit, Standing } from './store/history.ts';
import type { Author, CollectionId } from './store/types.ts';

export interface MassLimits {
  /** A client that deletes or rewrites more items than this, and a larger part of a collection, is warned of. */
  readonly items: number;
  readonly percent: number;
}

/** ms in which a burst is counted, and of quiet after which it is over. */
export const BURST = 10 * 60_000;
/** Who writes with an editor, or a copy; see the store. */
const ON_DISK = 'edit on disk';
/** Bounds of the memory: clients at work on collections, and items of each that are told apart. */
const MOST_WATCHED = 1000;
const MOST_ITEMS = 100_000;

/** What one client does to one collection. */
interface Watched {
  /** Items deleted or rewritten, with the time of the first change of each (ms since 1970 UTC), oldest first. */
  readonly items: Map<string, { readonly time: number; readonly commit: string; readonly gone: boolean }>;
  /** Of them those that were deleted. */
  gone: number;
  /** ms since 1970 UTC */
  last: number;
  /** It is marked: more of it belongs to the mark. */
  marked: boolean;
}

/** Commands are deliberate, and have their own undo. */
export function isClient(by: Author | undefined): by is Author {
  return by?.user !== undefined || by?.agent === ON_DISK;
}

/** The same person with the same device; where it has no app password, the same program. */
export function clientOf({ user = '', device, agent = '' }: Author): string {
  return JSON.stringify(device === undefined ? [user, null, agent] : [user, device]);
}

/** Deleting and rewriting; moving keeps what there is. */
export function isHarm(change: PastChange): boolean {
  if (change.of === 'collection') return change.after === null;
  if (change.of !== 'member' || !change.before) return false;
  return change.after ? change.after.etag !== change.before.etag : change.other === undefined;
}

/** Watches what each client does to each collection. Its memory is bounded, whatever clients do. */
export class MassChanges {
  readonly #limits: () => MassLimits;
  /** By collection and client, the least recently active first. */
  readonly #all = new Map<string, Watched>();
  /** Names of marks that were given and may not be kept yet. */
  readonly #given = new Set<string>();
  /** Items of all that are watched. */
  #items = 0;

  constructor(limits: () => MassLimits) {
    this.#limits = limits;
  }

  readonly see: Notice = (commit, standingOf) => {
    const { by, changes } = commit;
    if (!isClient(by)) return [];
    const harmed = new Map<CollectionId, Watched>();
    for (const change of changes) {
      if (change.of === 'user' || !isHarm(change)) continue;
      const watched = this.#watched(by, change.collection);
      harmed.set(change.collection, watched);
      this.#note(watched, commit, change);
    }
    return [...harmed].flatMap(([collection, watched]) => {
      const standing = watched.marked ? undefined : standingOf(collection);
      const burst = { collection, isRemoved: isRemoved(changes, collection), by, commit };
      return standing && this.#isMuch(watched, standing, burst) ? this.#mark(watched, standing, burst) : [];
    });
  };

  #watched(by: Author, collection: CollectionId): Watched {
    const key = `${collection} ${clientOf(by)}`;
    const known = this.#all.get(key) ?? { items: new Map(), gone: 0, last: -Infinity, marked: false };
    this.#all.delete(key);
    this.#all.set(key, known);
    for (const [oldest, { items }] of this.#all) {
      if (oldest === key || (this.#all.size <= MOST_WATCHED && this.#items <= MOST_ITEMS)) break;
      this.#all.delete(oldest);
      this.#items -= items.size;
    }
    return known;
  }

  #note(watched: Watched, { id, time }: PastCommit, change: PastChange): void {
    const { items } = watched;
    if (time - watched.last > BURST) {
      watched.marked = false;
      this.#clear(watched);
    }
    watched.last = time;
    if (watched.marked || change.of !== 'member') return;
    for (const [name, item] of items) {
      if (time - item.time <= BURST && items.size < MOST_ITEMS) break;
      this.#drop(watched, name);
    }
    const { time: since, commit } = items.get(change.name) ?? { time, commit: id };
    const gone = change.after === null;
    watched.gone += Number(gone) - Number(items.get(change.name)?.gone ?? false);
    this.#items += Number(!items.has(change.name));
    items.set(change.name, { time: since, commit, gone });
  }

  #isMuch({ items, gone }: Watched, { count }: Standing, { isRemoved: whole }: Burst): boolean {
    const most = this.#limits();
    if (whole) return count + gone > most.items;
    return items.size > most.items && items.size * 100 > (count + gone) * most.percent;
  }

  #mark(watched: Watched, standing: Standing, burst: Burst): { mark: Mark; warning: string } {
    const { items, gone } = watched;
    const { collection, isRemoved: whole, by, commit } = burst;
    const [first] = items.values();
    const mark: Mark = {
      name: this.#nameFor(standing, commit.time),
      collection,
      by,
      first: first?.commit ?? commit.id,
      since: first?.time ?? commit.time,
      noticed: commit.time,
      deleted: whole ? standing.count + gone : gone,
      rewritten: whole ? 0 : items.size - gone,
      of: standing.count + gone,
    };
    watched.marked = true;
    this.#clear(watched);
    return {
      mark,
      warning: `${burstText(mark, standing)}: if that was not meant, davd undo --mark ${mark.name} takes it back`,
    };
  }

  /** `alice-default-2026-11-27-1` */
  #nameFor({ user, name, marks }: Standing, time: number): string {
    const plain = `${user}-${name}`.replace(/[^\p{L}\p{N}._-]+/gu, '-');
    const day = localDay(new Date(time));
    for (let i = 1; ; i++) {
      const free = `${plain}-${day}-${i}`;
      if (marks.includes(free) || this.#given.has(free)) continue;
      this.#given.add(free);
      return free;
    }
  }

  #drop(watched: Watched, name: string): void {
    watched.gone -= Number(watched.items.get(name)?.gone ?? false);
    this.#items -= Number(watched.items.delete(name));
  }

  #clear(watched: Watched): void {
    this.#items -= watched.items.size;
    watched.items.clear();
    watched.gone = 0;
  }
}

interface Burst {
  readonly collection: CollectionId;
  /** With all that was in it. */
  readonly isRemoved: boolean;
  readonly by: Author;
  /** The one that made it too much. */
  readonly commit: PastCommit;
}

/** `alice (iPhone) has deleted 51 of 100 items of alice/calendars/default in a short time` */
export function burstText(
  { by, deleted, rewritten, of }: Mark,
  { user, kind, name }: Pick<Standing, 'user' | 'kind' | 'name'>,
): string {
  const parts = [
    ...(deleted > 0 ? [`deleted ${deleted}`] : []),
    ...(rewritten > 0 ? [`rewritten ${rewritten}`] : []),
  ];
  return `${whoOf(by)} has ${parts.join(' and ')} of ${of} items of ${user}/${kind}s/${name} in a short time`;
}

/** `alice (iPhone)` */
function whoOf({ user, device, agent }: Author): string {
  if (user === undefined) return 'an edit on disk';
  const client = device ?? agent;
  return client === undefined ? user : `${user} (${client})`;
}

/** `2026-11-27`. The first of `toLocaleDateString` takes 35 ms. */
function localDay(time: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function isRemoved(changes: readonly PastChange[], collection: CollectionId): boolean {
  return changes.some(
    (change) => change.of === 'collection' && change.collection === collection && change.after === null,
  );
}
