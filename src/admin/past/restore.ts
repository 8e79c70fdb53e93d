/** Brings back what was deleted, or how something was at a time: a single item, a collection, or all of a user. */

import type { Zone } from '../../model/zone.ts';
import type { PastChange } from '../../store/history.ts';
import type { Store } from '../../store/types.ts';
import type { Administration } from '../administration.ts';
import { NotThere, Refused } from '../refused.ts';
import { type Chosen, gather } from './chosen.ts';
import { settleMarks } from './marks.ts';
import { type PlacedCollection, readPlaces, type Spot } from './places.ts';
import { putBack, type UndoOutcome } from './put-back.ts';
import { requireRemembered } from './remembered.ts';
import { readWhen, zoneFor } from './when.ts';

export interface RestoreWish {
  /** `alice`, `alice/default` or `alice/default/a.ics`, there or deleted. */
  readonly path: string;
  /** As it was then, as a person writes it; absent: as it was before it was deleted. */
  readonly at?: string;
  /** What was added since goes. */
  readonly exact?: boolean;
  /** Name for a collection that comes back. */
  readonly as?: string;
  readonly dryRun?: boolean;
}

export interface RestoreOutcome extends UndoOutcome {
  /** ISO 8601: the time it was brought back from; null: its deletion. */
  readonly at: string | null;
}

/** @throws NotThere, Refused */
export async function restore({ store }: Administration, wish: RestoreWish): Promise<RestoreOutcome> {
  const { path, at, exact = false, dryRun = false, as } = wish;
  const spot = (await readPlaces(store)).find(path);
  const zone = zoneFor(spot.user.user.timeZone);
  const time = at === undefined ? undefined : readWhen(at, Date.now(), zone);
  const chosen =
    time === undefined
      ? await chooseDeleted(store, spot, wish)
      : await chooseSince(store, spot, { time, zone, path });
  const outcome = await putBack(store, (into) => gather(into, chosen), {
    agent: 'davd restore',
    dryRun,
    force: true,
    replace: true,
    keepAdded: !exact,
    keepNames: true,
    ...(as !== undefined && { as }),
  });
  if (!dryRun && time !== undefined && spot.member === undefined) {
    const ids = new Set(spot.collections.map(({ id }) => id));
    await settleMarks(store, ({ since, collection }) => since >= time && ids.has(collection));
  }
  return { ...outcome, at: time === undefined ? null : new Date(time).toISOString() };
}

interface Then {
  /** ms since 1970 UTC */
  readonly time: number;
  readonly zone: Zone;
  readonly path: string;
}

async function chooseSince(store: Store, spot: Spot, { time, zone, path }: Then): Promise<Chosen> {
  await requireRemembered(store, time, zone);
  const { user, member } = spot;
  const collections = spot.isCollection ? oneKind(spot, path) : spot.collections;
  const ids = new Set(
    collections.filter(({ removed }) => !removed || removed.removed >= time).map(({ id }) => id),
  );
  const isUser = (change: PastChange) =>
    !spot.isCollection &&
    change.of === 'user' &&
    change.user === user.user.id &&
    (!change.before || !change.after);
  return {
    commits: () => store.history({ since: time, of: [...ids, user.user.id] }),
    isChosen: (_, change) =>
      isUser(change) ||
      (change.of !== 'user' &&
        ids.has(change.collection) &&
        (member === undefined || (change.of === 'member' && change.name === member))),
  };
}

/** The last deletion. */
async function chooseDeleted(store: Store, spot: Spot, { path, as }: RestoreWish): Promise<Chosen> {
  if (!spot.isCollection) return chooseDeletedUser(store, spot);
  if (spot.member !== undefined) return chooseDeletedMember(store, spot, spot.member, path);
  const gone = oneKind(spot, path).filter(({ removed }) => removed);
  const [last] = gone;
  const there = oneKind(spot, path).find(({ removed }) => !removed);
  if (!last) {
    throw new Refused(
      `"${path}" is there: say from which time to restore it, such as --at "yesterday 18:00"`,
    );
  }
  if (there && as === undefined) {
    throw new Refused(
      `there is a new "${path}": bring the deleted one back under another name, such as --as ${last.name}-2, or say --at`,
    );
  }
  let isFound = false;
  const isDeletion = (change: PastChange) =>
    change.of === 'collection' && change.collection === last.id && change.after === null;
  return {
    commits: () => {
      isFound = false;
      return store.history({ of: [last.id] });
    },
    isChosen: (_, change) => {
      if (isFound || !isDeletion(change)) return false;
      isFound = true;
      return true;
    },
    isOver: () => isFound,
  };
}

function chooseDeletedUser(store: Store, { user, collections }: Spot): Chosen {
  if (user.removed === undefined) {
    throw new Refused(
      `user "${user.user.name}" is there: say from which time to restore, such as --at "yesterday 18:00"`,
    );
  }
  const ids = new Set(collections.flatMap(({ id, removed }) => (removed?.withOwner ? id : [])));
  let found: string | undefined;
  const isDeletion = (change: PastChange) =>
    change.of === 'user' && change.user === user.user.id && change.after === null;
  return {
    commits: () => {
      found = undefined;
      return store.history({ of: [user.user.id] });
    },
    isChosen: (commit, change) => {
      if (found === undefined && commit.changes.some(isDeletion)) found = commit.id;
      const isIts = isDeletion(change) || (change.of === 'collection' && ids.has(change.collection));
      return commit.id === found && isIts;
    },
    isOver: () => found !== undefined,
  };
}

async function chooseDeletedMember(store: Store, spot: Spot, name: string, path: string): Promise<Chosen> {
  const collections = oneKind(spot, path);
  for (const { id, owner, removed } of collections) {
    if (!removed && (await store.member({ id, viewer: owner }, name))) {
      throw new Refused(
        `"${path}" is there: say from which time to restore it, such as --at "yesterday 18:00"`,
      );
    }
  }
  const ids = collections.filter(({ removed }) => !removed).map(({ id }) => id);
  if (ids.length === 0) {
    throw new Refused(`"${path}" went with its collection: bring that back first, with davd restore`);
  }
  const isDeletion = (change: PastChange) =>
    change.of === 'member' &&
    ids.includes(change.collection) &&
    change.name === name &&
    change.after === null;
  for await (const page of store.history({ of: ids, member: name })) {
    const last = page.find(({ changes }) => changes.some(isDeletion));
    if (!last) continue;
    return {
      commits: () => store.history({ of: ids, member: name }),
      isChosen: ({ id }, change) => id === last.id && isDeletion(change),
      isOver: ({ id }) => id === last.id,
    };
  }
  throw new NotThere(`there was no "${path}" as far as the history goes: davd history shows what there was`);
}

/** Where a calendar and an address book have the name, the one of which something is gone; else a person has to say. */
function oneKind({ collections, user }: Spot, path: string): readonly PlacedCollection[] {
  const kinds = [...new Set(collections.map(({ kind }) => kind))];
  if (kinds.length < 2) return collections;
  const gone = kinds.filter((kind) => collections.every((each) => each.kind !== kind || each.removed));
  const [only] = gone;
  if (gone.length === 1) return collections.filter(({ kind }) => kind === only);
  const { name } = collections[0] ?? { name: '' };
  throw new NotThere(
    `"${path}" is a calendar and an address book: write ${user.user.name}/calendars/${name} or ${user.user.name}/addressbooks/${name}`,
  );
}
