import type { CollectionId } from '../types.ts';
import { PendingNames } from './pending.ts';

/** What is to be written of collections whose folders aren't there. */
export class HeldBack {
  readonly #collections = new Map<CollectionId, { waits: boolean; readonly names: PendingNames }>();

  has(collection: CollectionId): boolean {
    return this.#collections.has(collection);
  }

  /** @param waits its description is to be written. */
  begin(collection: CollectionId, waits: boolean): PendingNames {
    const names = new PendingNames();
    this.#collections.set(collection, { waits, names });
    return names;
  }

  end(collection: CollectionId): { readonly waits: boolean; readonly names: PendingNames } | undefined {
    const held = this.#collections.get(collection);
    this.#collections.delete(collection);
    return held;
  }

  names(collection: CollectionId): PendingNames | undefined {
    return this.#collections.get(collection)?.names;
  }

  waits(collection: CollectionId): boolean {
    return this.#collections.get(collection)?.waits ?? false;
  }

  /** The description is to be written later; false where nothing of the collection is held. */
  wait(collection: CollectionId): boolean {
    const held = this.#collections.get(collection);
    if (held) held.waits = true;
    return held !== undefined;
  }
}
