import path from 'node:path';
import { Slices } from '../../slices.ts';
import { type BaseObject, baseFile, baseOf, writeBase } from './base.ts';
import type { Catalog, CollectionState } from './catalog.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type Disk, replaceDurably } from './disk.ts';
import type { Place } from './entries.ts';
import { StoreError } from './error.ts';
import type { Layout } from './layout.ts';
import type { MemberState } from './members.ts';
import { CATALOG_FILE } from './rebuild.ts';
import { type History, writeIndex } from './state-index.ts';

export interface PackParts {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly catalog: Catalog;
  readonly checkpoint: Checkpoint;
  readonly bytesOf: (collection: CollectionState, name: string, member: MemberState) => Promise<Uint8Array>;
  /** Resolves when all commits that were planned before have taken effect. */
  readonly published: () => Promise<unknown>;
  /** @throws where the store is closing: what was written so far is nobody's, and goes with the next run. */
  readonly proceed: () => void;
}

interface Moved {
  readonly collection: CollectionState;
  readonly name: string;
  readonly seq: number;
  readonly place: Place;
}

/**
 * Packs what is live of segments before `first`, and of some base files, into a new base file, so that the journal area
 * always holds the bytes of every object there is. When it resolves nothing that counts is in them any more.
 *
 * @param stays whether a base file may stay; those that are mostly dead, or small beside the new one, don't.
 * @param left called when nothing that is committed from then on speaks of places in what leaves.
 */
export async function pack(
  parts: PackParts,
  first: number,
  stays: (base: number) => boolean,
  left: (bases: readonly number[]) => Promise<void>,
): Promise<void> {
  const { disk, layout, checkpoint, catalog } = parts;
  const { history } = checkpoint;
  const kept = basesKept(history, first, stays, await liveBySource(parts));
  const leaves = (source: number) =>
    source > 0 ? source < first : !kept.some(({ base }) => base === -source);
  const next = 1 + Math.max(0, ...(await basesIn(parts)), ...history.bases.map(({ base }) => base));
  const moved: Moved[] = [];
  await writeBase(disk, layout.journal, next, objectsIn(parts, leaves), (entry, place) => {
    const collection = catalog.collections.get(entry.in);
    if (collection) moved.push({ collection, name: entry.name, seq: entry.seq, place });
  });
  const bases = moved.length > 0 ? [...kept, { base: next, objects: moved.length }] : kept;
  const fresh: History = { first, bases };
  await saveCatalog(parts, fresh);

  const slices = new Slices();
  for (const { collection, name, seq, place } of moved) {
    if (collection.members.seqOf(name) !== seq || !leaves(collection.members.segmentOf(name))) continue;
    collection.members.setPlace(name, place);
    collection.unsaved.add(name);
    if (slices.over) await slices.pause();
  }
  // What was planned before with the old places is published when this is.
  await parts.published();
  await left(history.bases.map(({ base }) => base).filter((base) => leaves(-base)));
  checkpoint.history = fresh;
  await checkpoint.run();
  if (moved.length === 0) await disk.unlink(baseFile(layout.journal, next));
}

/** Says beside the base files what there is. */
export async function saveCatalog(
  { disk, layout, catalog, checkpoint }: Pick<PackParts, 'disk' | 'layout' | 'catalog' | 'checkpoint'>,
  history: History,
): Promise<void> {
  const text = await writeIndex({ ...checkpoint.head, history }, catalog, undefined);
  await replaceDurably(disk, path.join(layout.journal, CATALOG_FILE), text, 0o600);
}

/** Each base file that stays has more live objects than all smaller ones together, so that there are never many. */
function basesKept(
  { bases }: History,
  first: number,
  stays: (base: number) => boolean,
  live: ReadonlyMap<number, number>,
): History['bases'] {
  const liveOf = (base: number) => live.get(-base) ?? 0;
  const useful = bases.filter(({ base, objects }) => stays(base) && liveOf(base) * 2 > objects);
  let packed = 0;
  for (const [source, count] of live) {
    const leaves = source > 0 ? source < first : !useful.some(({ base }) => base === -source);
    if (leaves) packed += count;
  }
  const kept = new Set(useful);
  for (const one of useful.toSorted((a, b) => liveOf(a.base) - liveOf(b.base))) {
    if (packed === 0 || liveOf(one.base) > packed) break;
    packed += liveOf(one.base);
    kept.delete(one);
  }
  return bases.filter((one) => kept.has(one));
}

async function basesIn({ disk, layout }: PackParts): Promise<number[]> {
  const files = (await disk.readdir(layout.journal)) ?? [];
  return files.flatMap(({ name }) => baseOf(name) ?? []);
}

/** How many live objects have their bytes in each segment and, negative, base file. */
async function liveBySource({ catalog }: PackParts): Promise<Map<number, number>> {
  const live = new Map<number, number>();
  const slices = new Slices();
  for (const { members } of [...catalog.collections.values()]) {
    for (const name of [...members.names()]) {
      const source = members.segmentOf(name);
      if (source !== 0) live.set(source, (live.get(source) ?? 0) + 1);
      if (slices.over) await slices.pause();
    }
  }
  return live;
}

/** Live objects whose bytes are in files that leave. */
async function* objectsIn(
  { catalog, bytesOf, proceed }: PackParts,
  leaves: (segment: number) => boolean,
): AsyncGenerator<BaseObject> {
  const slices = new Slices();
  for (const collection of [...catalog.collections.values()]) {
    for (const name of [...collection.members.names()]) {
      if (slices.over) await slices.pause();
      proceed();
      if (!leaves(collection.members.segmentOf(name))) continue;
      const member = collection.members.get(name);
      if (!member) continue;
      const { at: _at, facts: _facts, ...stored } = member;
      const bytes = await bytesOf(collection, name, member).catch(unlessDamaged);
      // What is lost stays lost, and keeps nothing else from leaving.
      if (bytes) yield { entry: { in: collection.record.id, name, ...stored }, bytes };
    }
  }
}

function unlessDamaged(error: unknown): undefined {
  if (!(error instanceof StoreError && error.code === 'damaged')) throw error;
  return undefined;
}
