import type { CollectionId } from '../../types.ts';
import type { Catalog, CollectionState } from '../catalog.ts';
import type { Folders } from '../folders.ts';
import type { Mirror } from '../mirror.ts';
import type { Held } from './held.ts';
import { STILL, type Suspects } from './sight.ts';

export interface GoneFoldersParts {
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly mirror: Mirror;
  readonly held: Held;
  readonly suspects: Suspects;
  /** The folder is there again, with whatever is in it. */
  readonly back: (collection: CollectionId) => void;
}

/** Notices that the folder of a collection is gone, with everything in it, and that it is back. */
export class GoneFolders {
  readonly #parts: GoneFoldersParts;
  readonly #since = new Map<CollectionId, number>();

  constructor(parts: GoneFoldersParts) {
    this.#parts = parts;
  }

  /**
   * Before anything is written: what had a folder, and has none, is not made anew until it is decided.
   * @param copied the folders may not have been copied with the rest.
   */
  suspect(copied: boolean): void {
    for (const collection of this.#parts.catalog.collections.values()) {
      const { record, print } = collection;
      if (record.trashed !== undefined || print === 0 || this.#parts.folders.of(record.id) !== undefined)
        continue;
      if (copied) collection.print = 0;
      else {
        this.#parts.mirror.hold(record.id);
        this.#since.set(record.id, performance.now());
      }
    }
  }

  /** @returns ms after which to look again; Infinity where there is nothing that waits. */
  async look(): Promise<number> {
    let next = Infinity;
    for (const collection of [...this.#parts.catalog.collections.values()]) {
      const there = await this.#parts.folders.isThere(collection.record.id);
      if (collection.record.trashed !== undefined) this.#trashed(collection, there);
      else if (there) this.#there(collection.record.id);
      else next = Math.min(next, this.#gone(collection));
    }
    return next;
  }

  #there(id: CollectionId): void {
    const { held, mirror, back } = this.#parts;
    if (!this.#since.delete(id)) return;
    if (held.isWhole(id)) held.drop(id);
    mirror.release(id);
    back(id);
  }

  /** Two looks make sure: a rename may have been under way. */
  #gone(collection: CollectionState): number {
    const { held, mirror, suspects, folders } = this.#parts;
    const { id } = collection.record;
    // A new one, whose folder will be made.
    if (folders.of(id) === undefined && collection.print === 0) return Infinity;
    const since = this.#since.get(id) ?? performance.now();
    this.#since.set(id, since);
    const rest = since + STILL - performance.now();
    if (rest > 0) return rest;
    mirror.hold(id);
    suspects.drop(id);
    held.holdWhole(id);
    return Infinity;
  }

  /** Nobody misses the folder of what was removed; what comes back from the trash is written anew. */
  #trashed({ record: { id } }: CollectionState, there: boolean): void {
    const { held, mirror, folders } = this.#parts;
    if (this.#since.delete(id)) {
      held.drop(id);
      mirror.release(id);
    }
    if (there || folders.of(id) === undefined) return;
    folders.lost(id);
    mirror.touchCollection(id);
  }
}
