import { Slices } from '../../slices.ts';
import type { Facts, FactsOf } from '../types.ts';
import type { CollectionState } from './catalog.ts';
import type { FactsCache } from './facts-cache.ts';
import { chunksOf } from './line-pieces.ts';

/** What can't be read has no UID and may be at any time. */
const UNREADABLE: Facts = { uid: null, component: '', start: -Infinity, end: Infinity, recurring: false };
const READ_AT_ONCE = 64;

/** Bytes of members of one collection; undefined where they can't be read. */
export type ReadBytes = (
  collection: CollectionState,
  names: readonly string[],
) => Promise<readonly (Uint8Array | undefined)[]>;

/** Works out facts that neither a commit brought nor the cache kept. */
export class FactsDesk {
  readonly #factsOf: FactsOf;
  readonly #readBytes: ReadBytes;
  readonly #whole = new WeakMap<CollectionState, Promise<void>>();
  readonly #loaded = new WeakMap<CollectionState, Promise<void>>();
  readonly #cache: FactsCache;
  #stopped = false;

  constructor(factsOf: FactsOf, readBytes: ReadBytes, cache: FactsCache) {
    this.#factsOf = factsOf;
    this.#readBytes = readBytes;
    this.#cache = cache;
  }

  /** The store is closing: what isn't known is left. */
  stop(): void {
    this.#stopped = true;
  }

  /** Whether all members' facts, and so their UIDs, are known. */
  complete(collection: CollectionState): boolean {
    return collection.members.unknown === 0;
  }

  /** Gives a collection the facts that the cache kept, once. Never throws. */
  kept(collection: CollectionState): Promise<void> {
    const known = this.#loaded.get(collection);
    if (known) return known;
    const work = this.#cache.load(collection);
    this.#loaded.set(collection, work);
    return work;
  }

  /** Resolves when all members' facts are known. */
  async ready(collection: CollectionState): Promise<void> {
    if (this.complete(collection)) return;
    const known = this.#whole.get(collection);
    if (known) return known;
    const work = this.of(collection, collection.members.unknownNames()).finally(() =>
      this.#whole.delete(collection),
    );
    this.#whole.set(collection, work);
    return work;
  }

  /** Resolves when the facts of these members are known. */
  async of(collection: CollectionState, names: Iterable<string>): Promise<void> {
    if (this.complete(collection)) return;
    await this.kept(collection);
    for (const chunk of chunksOf(unknownOf(collection, names), READ_AT_ONCE)) {
      if (this.#stopped) return;
      await this.#work(collection, chunk);
    }
  }

  async #work(collection: CollectionState, names: readonly string[]): Promise<void> {
    const etags = names.map((name) => collection.members.get(name)?.etag);
    const contents = await this.#readBytes(collection, names);
    const slices = new Slices();
    for (const [i, name] of names.entries()) {
      const etag = etags[i];
      if (etag === undefined || collection.members.knows(name)) continue;
      const bytes = contents[i];
      const facts = bytes ? this.#factsOf(collection.record.kind, bytes) : UNREADABLE;
      collection.members.setFacts(name, etag, facts);
      if (bytes) collection.uncached.add(name);
      if (slices.over) await slices.pause();
    }
  }
}

function* unknownOf({ members }: CollectionState, names: Iterable<string>): Generator<string> {
  if (members.unknown > 0) for (const name of names) if (!members.knows(name)) yield name;
}
