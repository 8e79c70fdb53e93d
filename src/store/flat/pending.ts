import type { CollectionId } from '../types.ts';

const NONE: ReadonlySet<string> = new Set();

/**
 * Members whose files have still to be looked at or written, each with the etags of versions that may stand there because
 * this store wrote them before.
 */
export class PendingNames {
  readonly #collections = new Map<CollectionId, Map<string, ReadonlySet<string>>>();

  get empty(): boolean {
    return this.#collections.size === 0;
  }

  /** @param earlier etag of a version that stood there before. */
  add(collection: CollectionId, name: string, earlier?: string): void {
    const names = this.#namesOf(collection);
    const known = names.get(name) ?? NONE;
    names.set(name, earlier === undefined ? known : new Set([...known, earlier]));
  }

  /** Puts back what was taken. */
  restore(collection: CollectionId, name: string, earlier: ReadonlySet<string>): void {
    const names = this.#namesOf(collection);
    names.set(name, new Set([...earlier, ...(names.get(name) ?? NONE)]));
  }

  has(collection: CollectionId, name: string): boolean {
    return this.#collections.get(collection)?.has(name) ?? false;
  }

  /** Takes a member out; undefined where it isn't in. */
  take(collection: CollectionId, name: string): ReadonlySet<string> | undefined {
    const names = this.#collections.get(collection);
    const earlier = names?.get(name);
    if (!names?.delete(name)) return undefined;
    if (names.size === 0) this.#collections.delete(collection);
    return earlier ?? NONE;
  }

  /** Some member that waits. */
  first(): { readonly collection: CollectionId; readonly name: string } | undefined {
    for (const [collection, names] of this.#collections) {
      for (const name of names.keys()) return { collection, name };
    }
    return undefined;
  }

  names(collection: CollectionId): string[] {
    return [...(this.#collections.get(collection)?.keys() ?? [])];
  }

  collections(): CollectionId[] {
    return [...this.#collections.keys()];
  }

  forget(collection: CollectionId): void {
    this.#collections.delete(collection);
  }

  #namesOf(collection: CollectionId): Map<string, ReadonlySet<string>> {
    const known = this.#collections.get(collection);
    if (known) return known;
    const fresh = new Map<string, ReadonlySet<string>>();
    this.#collections.set(collection, fresh);
    return fresh;
  }
}
