import type { CollectionId } from '../types.ts';

const NONE: ReadonlySet<string> = new Set();

interface Member {
  readonly collection: CollectionId;
  readonly name: string;
}

/**
 * Members whose files have still to be looked at or written, each with the etags of versions that may stand there because
 * this store wrote them before.
 */
export class PendingNames {
  #size = 0;
  readonly #collections = new Map<CollectionId, Map<string, ReadonlySet<string>>>();
  /** What `next` has not come to yet. From its beginning a Map would walk again over everything that was deleted there. */
  #round = this.#members();

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

  /** A member that waits and is in none of the others' hands: each has its turn. */
  next(others: PendingNames): Member | undefined {
    const next = this.#rest(others);
    if (next) return next;
    this.#round = this.#members();
    return this.#rest(others);
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

  #rest(others: PendingNames): Member | undefined {
    for (let next = this.#round.next(); !next.done; next = this.#round.next()) {
      const { collection, name } = next.value;
      if (!others.has(collection, name)) return next.value;
    }
    return undefined;
  }

  *#members(): Generator<Member> {
    for (const [collection, names] of this.#collections) {
      for (const name of names.keys()) {
        // It was forgotten meanwhile.
        if (this.#collections.get(collection) !== names) break;
        yield { collection, name };
      }
    }
  }

  #namesOf(collection: CollectionId): Map<string, ReadonlySet<string>> {
    const known = this.#collections.get(collection);
    if (known) return known;
    const fresh = new Map<string, ReadonlySet<string>>();
    this.#collections.set(collection, fresh);
    return fresh;
  }
}
