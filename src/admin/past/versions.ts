/** Single items as they were at a time, and what differs between two versions. */

import { headlineOf } from '../../model/headline.ts';
import type { PastVersion } from '../../store/history.ts';
import type { Store } from '../../store/types.ts';
import type { Administration } from '../administration.ts';
import { NotThere, Refused } from '../refused.ts';
import { type PlacedCollection, readPlaces, type Spot } from './places.ts';
import { requireRemembered } from './remembered.ts';
import { readWhen, zoneFor } from './when.ts';

/** An item at a time. A plain JSON value. */
export interface ItemThen {
  /** `alice/calendars/default/a.ics` */
  readonly path: string;
  readonly kind: string;
  readonly title: string;
  readonly etag: string;
  /** The bytes, base64. */
  readonly content: string;
}

/** @throws NotThere, Refused */
export async function showThen(
  { store }: Administration,
  wish: { readonly path: string; readonly at?: string },
): Promise<ItemThen> {
  const places = await readPlaces(store);
  const spot = itemSpot(places.find(wish.path), wish.path);
  const zone = zoneFor(spot.user.user.timeZone);
  const time = wish.at === undefined ? undefined : readWhen(wish.at, Date.now(), zone);
  if (time !== undefined) await requireRemembered(store, time, zone);
  const trail = await trailOf(store, spot);
  const version = time === undefined ? (trail.now ?? trail.last) : trail.at(time);
  if (!version) {
    const then = wish.at === undefined ? 'as far as the history goes' : `at "${wish.at}"`;
    throw new NotThere(`there was no "${wish.path}" ${then}: davd history ${wish.path} shows what there was`);
  }
  return itemOf(places.pathOf(trail.collection, spot.member), version);
}

export interface DiffWish {
  /** Id of a change, or an item's path. */
  readonly what: string;
  /** Of an item: between which times; from before its last change, and to now, unless told. */
  readonly from?: string;
  readonly to?: string;
}

export interface Difference {
  readonly path: string;
  /** null: it wasn't there. */
  readonly before: ItemThen | null;
  readonly after: ItemThen | null;
}

/** Items that one change may be shown to have changed. */
const MOST_ITEMS = 100;

/** @throws NotThere, Refused */
export async function differences({ store }: Administration, wish: DiffWish): Promise<readonly Difference[]> {
  const commit = wish.what.includes('/') ? undefined : await store.pastCommit(wish.what);
  const places = await readPlaces(store);
  if (commit) {
    const found: Difference[] = [];
    for (const change of commit.changes) {
      if (change.of !== 'member' || change.before?.etag === change.after?.etag) continue;
      if (found.length === MOST_ITEMS)
        throw new Refused(`"${wish.what}" changed more than ${MOST_ITEMS} items: look at them singly`);
      const path = places.pathOf(change.collection, change.name);
      found.push(await differenceOf(path, versionIn(store, change.before), versionIn(store, change.after)));
    }
    return found;
  }
  if (!wish.what.includes('/')) {
    throw new NotThere(`there is no change "${wish.what}": write the id of one, or the path of an item`);
  }
  const spot = itemSpot(places.find(wish.what), wish.what);
  const zone = zoneFor(spot.user.user.timeZone);
  const [from, to] = [wish.from, wish.to].map((text) =>
    text === undefined ? undefined : readWhen(text, Date.now(), zone),
  );
  if (from !== undefined) await requireRemembered(store, from, zone);
  if (to !== undefined) await requireRemembered(store, to, zone);
  const trail = await trailOf(store, spot);
  const after = to === undefined ? trail.now : trail.at(to);
  const before = from === undefined ? trail.beforeLast : trail.at(from);
  return [await differenceOf(places.pathOf(trail.collection, spot.member), before, after)];
}

async function differenceOf(
  path: string,
  before: Version | null,
  after: Version | null,
): Promise<Difference> {
  return {
    path,
    before: before && (await itemOf(path, before)),
    after: after && (await itemOf(path, after)),
  };
}

/** A version, and the way to its bytes. */
interface Version {
  readonly etag: string;
  /** undefined: no longer kept. */
  bytes(): Promise<Uint8Array | undefined>;
}

function versionIn(store: Store, version: PastVersion | null): Version | null {
  return (
    version && {
      etag: version.etag,
      bytes: async () => {
        for await (const [bytes] of store.versions([version])) return bytes;
        return undefined;
      },
    }
  );
}

/** What is there now; undefined where nothing is. */
async function present(
  store: Store,
  { id, owner }: PlacedCollection,
  name: string,
): Promise<Version | undefined> {
  for await (const [content] of store.read({ id, viewer: owner }, [name])) {
    return content && { etag: content.member.etag, bytes: async () => content.bytes };
  }
  return undefined;
}

async function itemOf(path: string, version: Version): Promise<ItemThen> {
  const bytes = await version.bytes();
  if (!bytes) {
    throw new Refused(`that version of "${path}" is no longer kept: the history has its date and size only`);
  }
  const { component: kind, title } = headlineOf(bytes);
  return { path, kind, title, etag: version.etag, content: Buffer.from(bytes).toString('base64') };
}

type ItemSpot = Spot & { readonly member: string };

function itemSpot(spot: Spot, path: string): ItemSpot {
  if (spot.member === undefined)
    throw new NotThere(
      `"${path}" names no item: write USER/COLLECTION/ITEM, such as alice/default/lunch.ics`,
    );
  return { ...spot, member: spot.member };
}

/** All versions of an item. */
interface VersionTrail {
  readonly collection: string;
  readonly now: Version | null;
  /** The last there was. */
  readonly last: Version | null;
  readonly beforeLast: Version | null;
  /** @param time ms since 1970 UTC */
  at(time: number): Version | null;
}

/** In the collection where it is or was last. */
async function trailOf(store: Store, spot: ItemSpot): Promise<VersionTrail> {
  const trails = [];
  for (const collection of spot.collections) trails.push(await trailIn(store, collection, spot.member));
  const found = trails.find(({ now }) => now) ?? trails.find(({ last }) => last) ?? trails[0];
  if (!found) throw new NotThere(`"${spot.user.user.name}" has and had no such collection`);
  return found;
}

async function trailIn(store: Store, collection: PlacedCollection, name: string): Promise<VersionTrail> {
  const { id, removed } = collection;
  const changes: { readonly time: number; readonly before: PastVersion | null }[] = [];
  for await (const page of store.history({ of: [id], member: name })) {
    for (const { time, changes: all } of page) {
      for (const change of all.toReversed()) {
        if (change.of !== 'member' || change.collection !== id || change.name !== name) continue;
        changes.push({ time, before: change.before });
      }
    }
  }
  const now = (removed ? undefined : await present(store, collection, name)) ?? null;
  const beforeLast = versionIn(store, changes[0]?.before ?? null);
  return {
    collection: id,
    now,
    last: now ?? beforeLast,
    beforeLast,
    at: (time) => {
      const next = changes.findLast((change) => change.time >= time);
      return next ? versionIn(store, next.before) : now;
    },
  };
}
