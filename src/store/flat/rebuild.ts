import path from 'node:path';
import { Slices } from '../../slices.ts';
import { type BaseEntry, readBase } from './base.ts';
import type { Catalog, CollectionState } from './catalog.ts';
import type { Tombstone } from './changelog.ts';
import type { Disk } from './disk.ts';
import type { Place } from './entries.ts';
import { StoreError } from './error.ts';
import type { Layout } from './layout.ts';
import { readIndex, type SavedState } from './state-index.ts';

/** Says beside the base files what the collections and users were that they belong to. */
export const CATALOG_FILE = 'catalog';

/** The latest that base files know of a name. */
type Known =
  | { readonly seq: number; readonly entry: BaseEntry; readonly place: Place }
  | { readonly seq: number; readonly tombstone: Tombstone };

/**
 * What the base files have: together with the segments after them it is everything the store knows, but for the lineage of
 * its sync tokens. For when state/ is lost.
 *
 * @returns undefined where there are no base files.
 * @throws StoreError 'damaged'
 */
export async function readBases(disk: Disk, layout: Layout): Promise<SavedState | undefined> {
  const file = path.join(layout.journal, CATALOG_FILE);
  const octets = await disk.readFile(file);
  if (!octets) return undefined;
  const saved = await readIndex(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength));
  if (!saved) {
    throw new StoreError(
      'damaged',
      `opening the store: state/ is missing and "${file}" is damaged; restore either from a backup`,
    );
  }
  const slices = new Slices();
  const known = new Map<string, Map<string, Known>>();
  const note = (collection: string, name: string, one: Known) => {
    const names = known.get(collection) ?? new Map<string, Known>();
    known.set(collection, names);
    if ((names.get(name)?.seq ?? 0) < one.seq) names.set(name, one);
  };
  for (const [collection, gone] of saved.gone) {
    for (const [name, tombstone] of gone) note(collection, name, { seq: tombstone.seq, tombstone });
  }
  for (const { base } of saved.head.history.bases) {
    for await (const { entry, place } of readBase(disk, layout.journal, base)) {
      note(entry.in, entry.name, { seq: entry.seq, entry, place });
      if (slices.over) await slices.pause();
    }
  }
  for (const [id, names] of known) {
    const collection = saved.catalog.collections.get(id);
    if (collection) fill(saved.catalog, collection, names);
  }
  return saved;
}

function fill(catalog: Catalog, { log, touched, record }: CollectionState, names: Map<string, Known>): void {
  const spot = { time: touched, segment: 0, body: 0 };
  for (const [name, one] of [...names].sort(([, a], [, b]) => a.seq - b.seq)) {
    if ('tombstone' in one) log.bury(one.seq, name, one.tombstone.time);
    else catalog.apply({ changes: [{ set: 'member', ...one.entry, in: record.id, at: one.place }] }, spot);
  }
}
