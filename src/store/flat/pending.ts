import type { CollectionId } from '../types.ts';

const NONE: ReadonlySet<string> = new Set();

/**
 * Members whose files have still to be looked at or written, each with the etags of versions that may stand there because
 * this store wrote them before.
 */
export class PendingNames {
  #size = 0;
  readonly #collections = new Map<CollectionId, Map<string, ReadonlySet<string>>>();

  get size(): number {
    return this.#size;
  }

  /** @param earlier etags of versions that stood there before. */
  add(collection: CollectionId, name: string, earlier: Iterable<string> = NONE): void {
    const names = this.#namesOf(collection);
    const known = names.get(name);
    if (!known) this.#size++;
    const all = new Set([...(known ?? NONE), ...earlier]);
    names.set(name, all.size > 0 ? all : NONE);
  }

  /** What its file may still hold; undefined where the member isn't in. */
  get(collection: CollectionId, name: string): ReadonlySet<string> | undefined {
    return this.#collections.get(collection)?.get(name);
  }

  has(collection: CollectionId, name: string): boolean {
    return this.#collections.get(collection)?.has(name) ?? false;
  }

  /** Takes a member out; undefined where it isn't in. */
  take(collection: CollectionId, name: string): ReadonlySet<string> | undefined {
    const names = this.#collections.get(collection);
    const earlier = names?.get(name);
    if (!names?.delete(name)) return undefined;
    this.#size--;
    if (names.size === 0) this.#collections.delete(collection);
    return earlier ?? NONE;
  }

  /** A member that waits and is in none of the others' hands. */
  first(others: PendingNames): { readonly collection: CollectionId; readonly name: string } | undefined {
    for (const [collection, names] of this.#collections) {
      for (const name of names.keys()) if (!others.has(collection, name)) return { collection, name };
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
    this.#size -= this.#collections.get(collection)?.size ?? 0;
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
