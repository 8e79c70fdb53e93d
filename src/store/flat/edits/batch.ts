import type { CollectionId, Kind } from '../../types.ts';
import type { Catalog } from '../catalog.ts';
import type { Sight } from './sight.ts';

/** Sights that are dealt with together, so that what left one place and came to another is one move. */
export class Batch {
  /** New and changed files. */
  readonly written: readonly Sight[];
  readonly described: readonly Sight[];
  readonly collections: readonly CollectionId[];
  readonly #gone = new Map<CollectionId, Map<string, Sight>>();
  /** By kind and UID. */
  readonly #uids = new Map<string, Sight>();

  constructor({ collections }: Catalog, sights: readonly Sight[]) {
    this.written = sights.filter(({ what }) => what === 'new' || what === 'changed');
    this.described = sights.filter(({ what }) => what === 'described');
    this.collections = [...new Set(sights.map(({ collection }) => collection))];
    for (const sight of sights) {
      if (sight.what !== 'gone') continue;
      const gone = this.#gone.get(sight.collection) ?? new Map<string, Sight>();
      this.#gone.set(sight.collection, gone.set(sight.name, sight));
      const collection = collections.get(sight.collection);
      const uid = collection?.members.get(sight.name)?.facts?.uid;
      if (collection && typeof uid === 'string') this.#uids.set(key(collection.record.kind, uid), sight);
    }
  }

  /** The member with that UID whose file is gone, in whatever collection of the kind. */
  goneWith(kind: Kind, uid: string): Sight | undefined {
    const sight = this.#uids.get(key(kind, uid));
    return sight && this.#gone.get(sight.collection)?.has(sight.name) ? sight : undefined;
  }

  /** Members whose files are gone and were not moved. */
  gone(collection: CollectionId): Sight[] {
    return [...(this.#gone.get(collection)?.values() ?? [])];
  }

  moved({ collection, name }: Sight): void {
    this.#gone.get(collection)?.delete(name);
  }
}

function key(kind: Kind, uid: string): string {
  return `${kind} ${uid}`;
}
