import type { CollectionId } from '../../types.ts';

/** What somebody did to a file of a collection's folder. */
export interface Sight {
  readonly what: /** A member's file has other bytes. */
    | 'changed'
    /** A file that is no member's. */
    | 'new'
    /** A member's file is gone. */
    | 'gone'
    /** .collection.json has other bytes. */
    | 'described';
  readonly collection: CollectionId;
  /** Name of the file. */
  readonly file: string;
  /** Of the member. */
  readonly name: string;
  /** Of the file; 0 where it is gone. */
  readonly print: number;
}

/** ms that a file has to stay as it is before it counts: who writes it may not be done. */
export const STILL = 500;

/** ms that something waits for what came after it. */
export const LONGEST = 1500;

/** What was seen once. It counts when it is seen again, and unchanged. */
export class Suspects {
  readonly #all = new Map<CollectionId, Map<string, { readonly sight: Sight; readonly since: number }>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  note(sight: Sight, now = performance.now()): void {
    const files = this.#all.get(sight.collection) ?? new Map();
    this.#all.set(sight.collection, files);
    const known = files.get(sight.file);
    if (known?.sight.what === sight.what && known.sight.print === sight.print) return;
    if (!known) this.#size++;
    files.set(sight.file, { sight, since: now });
  }

  forget(collection: CollectionId, file: string): void {
    const files = this.#all.get(collection);
    if (!files?.delete(file)) return;
    this.#size--;
    if (files.size === 0) this.#all.delete(collection);
  }

  drop(collection: CollectionId): void {
    this.#size -= this.#all.get(collection)?.size ?? 0;
    this.#all.delete(collection);
  }

  /**
   * What has been as it is for long enough to be looked at again. What came together is dealt with together, so that a
   * rename is no deletion: as long as something is unripe the rest waits, but not for ever.
   */
  ripe(now = performance.now()): Sight[] {
    if (this.wait(now) > 0) return [];
    return [...this.#each()].filter(({ since }) => now - since >= STILL).map(({ sight }) => sight);
  }

  /** ms until something is to be looked at again; Infinity where nothing waits. */
  wait(now = performance.now()): number {
    if (this.#size === 0) return Infinity;
    let first = Infinity;
    let last = -Infinity;
    for (const { since } of this.#each()) {
      first = Math.min(first, since);
      last = Math.max(last, since);
    }
    return Math.max(0, Math.min(first + LONGEST, last + STILL) - now);
  }

  /** How many members of a collection seem to be gone. */
  gone(collection: CollectionId): number {
    const files = this.#all.get(collection)?.values() ?? [];
    return [...files].filter(({ sight }) => sight.what === 'gone').length;
  }

  *#each() {
    for (const files of this.#all.values()) yield* files.values();
  }
}
