import type { CollectionState } from './catalog.ts';
import type { Tombstone } from './changelog.ts';
import type { PendingNames } from './pending.ts';

/** Fills a collection from what was saved of it, in the order in which it was saved: the last of a name counts. */
export class Restoring {
  readonly #collection: CollectionState;
  readonly #gone = new Map<string, Tombstone>();
  readonly #waiting = new Map<string, readonly string[]>();

  constructor(collection: CollectionState) {
    this.#collection = collection;
  }

  /** Whether what comes has to be told by name, since something was said of names before. */
  get remembers(): boolean {
    return this.#gone.size > 0 || this.#waiting.size > 0;
  }

  /** A member was restored. */
  there(name: string): void {
    this.#gone.delete(name);
    this.#waiting.delete(name);
  }

  gone(name: string, tombstone: Tombstone): void {
    this.#collection.members.remove(name);
    this.#waiting.delete(name);
    this.#gone.set(name, tombstone);
  }

  /** The file of the name that came last is still to be written or removed, and may hold these versions. */
  waits(name: string, etags: readonly string[]): void {
    this.#waiting.set(name, etags);
  }

  /** @param pending gets the names whose files wait. */
  end(pending: PendingNames): void {
    const { log, record } = this.#collection;
    const { seq, floor } = log;
    log.restore([...this.#gone].filter(([, tombstone]) => tombstone.seq > floor));
    log.seq = Math.max(seq, log.seq);
    for (const [name, waits] of this.#waiting) pending.add(record.id, name, waits);
  }
}
