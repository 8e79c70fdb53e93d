import path from 'node:path';
import type { CollectionId } from '../types.ts';
import type { Catalog, CollectionState } from './catalog.ts';
import { describeCollection } from './description.ts';
import { type Disk, replaceDurably } from './disk.ts';
import type { Folders } from './folders.ts';
import { COLLECTION_FILE, type Layout } from './layout.ts';
import { MemberFile, type Target } from './member-file.ts';
import type { MemberState } from './members.ts';
import { PendingNames } from './pending.ts';

const PARALLEL = 2;

export interface ItemFilesParts {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly bytesOf: (collection: CollectionState, name: string, member: MemberState) => Promise<Uint8Array>;
  /** Puts bytes that somebody wrote into the history. */
  readonly keep: (collection: CollectionId, name: string, bytes: Uint8Array) => Promise<void>;
  /** Asks for a member's file to be written again. */
  readonly again: (collection: CollectionId, name: string) => void;
  readonly warn: (text: string) => void;
}

/** ms that the visit of somebody else is remembered. */
const VISIT = 10 * 60_000;

/**
 * Writes the files of members and the descriptions of collections, and knows what of it is safe on the disk. What this
 * store didn't write is kept in the history before it is replaced.
 */
export class ItemFiles {
  readonly #parts: ItemFilesParts;
  #unsynced = new PendingNames();
  /** Files that the disk failed to keep: what is read of them may stand in memory alone, and be forgotten. */
  readonly #doubtful = new PendingNames();
  readonly #file: MemberFile;
  /** When somebody else was last seen in the folder of a collection. */
  readonly #visited = new Map<CollectionId, number>();

  constructor(parts: ItemFilesParts) {
    this.#parts = parts;
    this.#file = new MemberFile(parts.disk, async ({ collection: { record }, name }, bytes) => {
      this.beware(record.id);
      await parts.keep(record.id, name, bytes);
    });
  }

  /** How many files are written but not safe yet. */
  get waiting(): number {
    return this.#unsynced.size;
  }

  /**
   * What a power cut may put in a member's file that is written or removed, but for which nobody waited for the disk:
   * etags of versions before. Undefined where it is safe.
   */
  unsynced(collection: CollectionId, name: string): ReadonlySet<string> | undefined {
    return this.#unsynced.get(collection, name);
  }

  /**
   * Writes or removes the file of a member, in the folder that its collection has.
   * @param earlier etags of versions of this store that may stand there.
   */
  async writeMember(id: CollectionId, name: string, earlier: ReadonlySet<string>): Promise<void> {
    const { layout, catalog, folders, bytesOf } = this.#parts;
    const collection = catalog.collections.get(id);
    const folder = folders.of(id);
    if (!collection || folder === undefined) return;
    const state = collection.members.get(name);
    const file = path.join(folder, layout.memberFile(collection.record, name, state?.file));
    const target: Target = {
      collection,
      name,
      file,
      state,
      earlier: new Set(earlier),
      doubtful: this.#doubtful.has(id, name),
    };
    const careful = performance.now() - (this.#visited.get(id) ?? -Infinity) < VISIT;
    if (!state) await this.#file.remove(target, careful);
    const print = state
      ? await this.#file.replace(target, await bytesOf(collection, name, state), careful)
      : 0;
    this.#doubtful.take(id, name);
    this.written(collection, name, print, earlier);
  }

  /** Somebody else is at work in the folder of a collection: for a while its files are replaced with care. */
  beware(collection: CollectionId): void {
    this.#visited.set(collection, performance.now());
  }

  /** The file is no leftover: it is in use now. */
  isTemporary(file: string): boolean {
    return this.#file.isTemporary(file);
  }

  /** Brings the collection's folder where it belongs and says in it what it is. */
  async writeDescription(collection: CollectionState): Promise<void> {
    const { disk, catalog, folders } = this.#parts;
    const folder = await folders.place(collection);
    const file = path.join(folder, COLLECTION_FILE);
    const seen = collection.left > 0 ? await disk.stat(file) : undefined;
    if (seen && seen.print !== collection.left) {
      // Somebody edited it while it changed.
      await disk.rename(file, `${file}.edited`);
      this.#parts.warn(
        `"${file}" was changed on disk while a client changed the collection: the edit is kept beside it as ${COLLECTION_FILE}.edited`,
      );
    }
    // A folder whose description a crash took would be nobody's, with the files in it.
    await replaceDurably(disk, file, describeCollection(catalog, collection.record));
    collection.left = (await disk.stat(file))?.print ?? 0;
  }

  /**
   * Waits until the disk has what was written.
   * @param goOn false: what is left stays as it is.
   * @returns the members whose files are safe now.
   */
  async sync(goOn: () => boolean): Promise<PendingNames> {
    const written = this.#unsynced;
    this.#unsynced = new PendingNames();
    try {
      await this.#syncAll(written, goOn);
    } catch (error) {
      for (const id of written.collections()) this.#giveBack(written, id);
      throw error;
    }
    return written;
  }

  async #syncAll(written: PendingNames, goOn: () => boolean): Promise<void> {
    const { disk, folders } = this.#parts;
    for (const id of written.collections()) {
      const still = folders.stillness;
      await this.#syncMembers(id, written, goOn);
      const folder = folders.of(id);
      const reached = folder !== undefined && (await disk.syncFolder(folder));
      // What moved meanwhile was not found, or another's file in its place was.
      if (reached && still !== undefined && still === folders.stillness) continue;
      this.#giveBack(written, id);
    }
    const above = folders.takeUnsynced();
    try {
      for (const folder of above) await disk.syncFolder(folder);
    } catch (error) {
      folders.giveBack(above);
      throw error;
    }
  }

  #giveBack(written: PendingNames, id: CollectionId): void {
    for (const name of written.names(id)) this.#unsynced.add(id, name, written.take(id, name));
  }

  async #syncMembers(id: CollectionId, written: PendingNames, goOn: () => boolean): Promise<void> {
    const { disk, layout, catalog, folders } = this.#parts;
    const folder = folders.of(id);
    const collection = catalog.collections.get(id);
    if (folder === undefined || !collection) return;
    const { record, members } = collection;
    const names = written.names(id).values();
    const work = Array.from({ length: PARALLEL }, async () => {
      for (const name of names) {
        const state = members.get(name);
        if (!goOn()) this.#unsynced.add(id, name, written.take(id, name));
        else if (state) {
          const file = path.join(folder, layout.memberFile(record, name, state.file));
          await disk.syncFile(file).catch((error: unknown) => this.#doubt(id, name, error));
        }
      }
    });
    await Promise.all(work);
  }

  /** A file that stands as it should may stand in memory alone, and is written anew. */
  distrust(collection: CollectionId, name: string): void {
    this.#doubtful.add(collection, name);
  }

  /** After a failed fsync the next one says that all is well, whatever was lost. */
  #doubt(id: CollectionId, name: string, error: unknown): never {
    this.distrust(id, name);
    this.#parts.again(id, name);
    throw error;
  }

  /**
   * The file stands as it should, but nobody has waited for the disk yet.
   * @param print of it; 0 where it is gone.
   * @param earlier etags of versions that a power cut may bring back.
   */
  written(collection: CollectionState, name: string, print: number, earlier?: Iterable<string>): void {
    collection.members.setPrint(name, print);
    this.#unsynced.add(collection.record.id, name, earlier);
  }
}
