import type { Trouble } from '../../trouble.ts';
import type { CollectionId } from '../../types.ts';
import type { Catalog, CollectionState } from '../catalog.ts';
import { FOLDER_OF } from '../entries.ts';

/** More members, and a larger part of a collection, that are taken away within WINDOW ms may be a mishap. */
export interface HeldLimits {
  readonly items: number;
  readonly percent: number;
}

const WINDOW = 10 * 60_000;

/** Members whose files somebody took away, so many of them that a person has to decide. */
export class Held {
  readonly #catalog: Catalog;
  readonly #limits: () => HeldLimits;
  readonly #names = new Map<CollectionId, Set<string>>();
  readonly #whole = new Set<CollectionId>();
  readonly #deleted = new Map<CollectionId, { readonly time: number; readonly count: number }[]>();
  readonly #log: { info(text: string): void; warn(text: string): void };

  constructor(
    catalog: Catalog,
    limits: () => HeldLimits,
    log: { info(text: string): void; warn(text: string): void },
  ) {
    this.#catalog = catalog;
    this.#limits = limits;
    this.#log = log;
  }

  /** The collection's folder is gone with everything in it. */
  isWhole(collection: CollectionId): boolean {
    return this.#whole.has(collection);
  }

  has(collection: CollectionId, name: string): boolean {
    return this.#names.get(collection)?.has(name) ?? false;
  }

  names(collection: CollectionId): string[] {
    return [...(this.#names.get(collection) ?? [])];
  }

  collections(): CollectionId[] {
    return [...new Set([...this.#whole, ...this.#names.keys()])];
  }

  /** Whether so many members of a collection may go without a question. @param missing beside those held already. */
  allows({ record, members }: CollectionState, missing: number): boolean {
    if (this.#names.has(record.id) || this.#whole.has(record.id)) return false;
    const deleted = this.#lately(record.id).reduce((sum, { count }) => sum + count, 0);
    const gone = missing + deleted;
    const { items, percent } = this.#limits();
    return gone <= items || gone * 100 <= percent * (members.count + deleted);
  }

  /** Members were deleted because their files were. */
  deleted(collection: CollectionId, count: number): void {
    if (count === 0) return;
    this.#deleted.set(collection, [...this.#lately(collection), { time: performance.now(), count }]);
  }

  hold({ record, members }: CollectionState, names: readonly string[]): void {
    const known = this.#names.get(record.id);
    this.#names.set(record.id, new Set([...(known ?? []), ...names]));
    if (known) return;
    const where = this.#where(record.id);
    this.#log.warn(
      `${names.length} of ${members.count} files of ${where} are gone: nothing is deleted until it is decided with ` +
        `davd check --accept-deletions ${where} or davd check --put-back ${where}`,
    );
  }

  holdWhole(collection: CollectionId): void {
    if (this.#whole.has(collection)) return;
    this.#names.delete(collection);
    this.#whole.add(collection);
    const where = this.#where(collection);
    this.#log.warn(
      `the folder of ${where} is gone: it is served from the journal until it is back, or until it is decided with ` +
        `davd check --accept-deletions ${where} or davd check --put-back ${where}`,
    );
  }

  /** The member's file is there, or nothing of it is. */
  forget(collection: CollectionId, name: string): void {
    const names = this.#names.get(collection);
    if (!names?.delete(name) || names.size > 0) return;
    this.#names.delete(collection);
    this.#log.info(`no file of ${this.#where(collection)} is missing any more`);
  }

  /** Somebody has decided, or the folder is back. */
  drop(collection: CollectionId): void {
    this.#names.delete(collection);
    this.#whole.delete(collection);
  }

  list(): Trouble[] {
    return this.collections().flatMap((id) => {
      const collection = this.#catalog.collections.get(id);
      const bound =
        collection && this.#catalog.bindingsOf(id).find(({ user }) => user === collection.record.owner);
      if (!collection || !bound) return [];
      const { count: of } = collection.members;
      const whole = this.#whole.has(id);
      const missing = this.names(id).filter((name) => collection.members.has(name)).length;
      if (!whole && missing === 0) return [];
      const { user, kind, name } = bound;
      return [{ kind: 'held', collection: { id, user, kind, name }, count: whole ? of : missing, of, whole }];
    });
  }

  #lately(collection: CollectionId): { readonly time: number; readonly count: number }[] {
    const since = performance.now() - WINDOW;
    return (this.#deleted.get(collection) ?? []).filter(({ time }) => time > since);
  }

  /** As a command takes it: USER/calendars/COLLECTION. */
  #where(id: CollectionId): string {
    const record = this.#catalog.collections.get(id)?.record;
    const bound = this.#catalog.bindingsOf(id).find(({ user }) => user === record?.owner);
    const user = bound && this.#catalog.users.get(bound.user)?.record.user.name;
    if (!bound || user === undefined) return id;
    const path = `${user}/${FOLDER_OF[bound.kind]}/${bound.name}`;
    return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
  }
}
