import type { Decision } from '../../trouble.ts';
import type { Author, CollectionId } from '../../types.ts';
import type { Catalog, CollectionState } from '../catalog.ts';
import type { Folders } from '../folders.ts';
import type { Mirror, TakenOver } from '../mirror.ts';
import type { InnerChange } from '../plan.ts';
import type { Held } from './held.ts';

export interface DeletionsParts {
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly mirror: Mirror;
  readonly held: Held;
  /** Saves the state. Never throws. */
  readonly save: () => Promise<void>;
  /** @throws Refusal */
  readonly commit: (
    changes: readonly InnerChange[],
    by: Author,
    taken: readonly TakenOver[],
  ) => Promise<unknown>;
}

/** Does what was decided about members whose files are gone. */
export class Deletions {
  readonly #parts: DeletionsParts;

  constructor(parts: DeletionsParts) {
    this.#parts = parts;
  }

  /** @returns the number of members concerned; 0 where nothing is held. @throws Refusal, and all is as before. */
  async decide(decision: Decision, id: CollectionId, by: Author): Promise<number> {
    const { catalog, held } = this.#parts;
    const collection = catalog.collections.get(id);
    if (!collection) return 0;
    if (held.isWhole(id)) {
      const { count } = collection.members;
      if (decision === 'accept') await this.#remove(collection, by);
      else await this.#makeAnew(collection);
      return count;
    }
    const names = held.names(id).filter((name) => collection.members.has(name));
    if (decision === 'accept') await this.#delete(collection, names, by);
    else await this.#writeAnew(collection, names);
    held.drop(id);
    return names.length;
  }

  async #delete({ record, members }: CollectionState, names: readonly string[], by: Author): Promise<void> {
    if (names.length === 0) return;
    const changes = names.map((name): InnerChange => {
      const etag = members.get(name)?.etag ?? '';
      return { do: 'delete', collection: record.id, name, expect: { match: [etag] } };
    });
    const taken = names.map((name) => ({ collection: record.id, name, print: 0 }));
    await this.#parts.commit(changes, by, taken);
  }

  /** The collection goes to the trash, of which its folder is made when it comes back. */
  async #remove({ record }: CollectionState, by: Author): Promise<void> {
    const { owner: user, kind, id } = record;
    const bound = this.#parts.catalog.bindingsOf(id).find((binding) => binding.user === user);
    if (bound) await this.#parts.commit([{ do: 'remove-collection', user, kind, name: bound.name }], by, []);
    this.#letGo(id);
  }

  async #makeAnew(collection: CollectionState): Promise<void> {
    const { mirror, save } = this.#parts;
    const { id } = collection.record;
    collection.forgetPrints();
    collection.print = 0;
    await save();
    this.#letGo(id);
    mirror.touchCollection(id);
    for (const name of collection.members.names()) mirror.touchName(id, name);
  }

  #letGo(id: CollectionId): void {
    const { folders, held, mirror } = this.#parts;
    folders.lost(id);
    held.drop(id);
    mirror.release(id);
  }

  /** Until they are written they are not missing: also for whoever opens the store when it was stopped before that. */
  async #writeAnew(collection: CollectionState, names: readonly string[]): Promise<void> {
    const { mirror, save } = this.#parts;
    for (const name of names) collection.forgetPrint(name);
    await save();
    for (const name of names) mirror.touchName(collection.record.id, name);
  }
}
