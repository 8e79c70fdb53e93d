import path from 'node:path';
import type { CollectionId } from '../types.ts';
import type { Catalog, CollectionState } from './catalog.ts';
import { type Description, readDescription } from './description.ts';
import type { Disk } from './disk.ts';
import { type CollectionRecord, FOLDER_OF, KINDS } from './entries.ts';
import { COLLECTION_FILE, type Layout } from './layout.ts';

/** A collection's folder that stands in files/. */
export interface FoundFolder {
  readonly folder: string;
  /** Names of the folders that lead there. */
  readonly user: string;
  readonly kind: (typeof KINDS)[number];
  readonly name: string;
  readonly description: Description;
}

/** Knows where each collection's folder is, and brings it where it belongs. */
export class Folders {
  readonly #disk: Disk;
  readonly #layout: Layout;
  readonly #catalog: Catalog;
  readonly #placed = new Map<CollectionId, string>();
  #unsynced = new Set<string>();
  #moving = 0;
  #moves = 0;
  readonly #moved: (collection: CollectionId) => void;

  /** @param moved called for a collection whose folder had to make way for another's. */
  constructor(disk: Disk, layout: Layout, catalog: Catalog, moved: (collection: CollectionId) => void) {
    this.#disk = disk;
    this.#layout = layout;
    this.#catalog = catalog;
    this.#moved = moved;
  }

  /** Where the folder is now, undefined where there is none. */
  of(collection: CollectionId): string | undefined {
    return this.#placed.get(collection);
  }

  /** Whether a folder is a collection's. */
  isPlaced(folder: string): boolean {
    return [...this.#placed.values()].includes(folder);
  }

  /** A collection's folder stands where it was found or made. */
  async isThere(collection: CollectionId): Promise<boolean> {
    const folder = this.#placed.get(collection);
    return folder !== undefined && (await this.#disk.stat(folder))?.kind === 'folder';
  }

  /**
   * Neither it nor a folder that leads to it was moved or made since the disk was last waited for. One that is gone is
   * missing after a power cut too.
   */
  isSafe(collection: CollectionId): boolean {
    const folder = this.#placed.get(collection);
    if (folder === undefined) return true;
    for (const unsafe of this.#unsynced) if (isBelow(folder, unsafe)) return false;
    return true;
  }

  /** Folders with a description that are no known collection's place: new ones, copies, and what somebody moved. */
  async strangers(): Promise<FoundFolder[]> {
    const known = new Set(this.#placed.values());
    const all: FoundFolder[] = [];
    for await (const found of this.#folders(known)) all.push(found);
    return all;
  }

  /** Folders in which something may appear that concerns the store: files/, what leads to collections, and those. */
  async watched(): Promise<ReadonlyMap<string, CollectionId | undefined>> {
    const folders = new Map<string, CollectionId | undefined>([[this.#layout.files, undefined]]);
    for (const user of await this.#subfolders(this.#layout.files)) {
      folders.set(path.join(this.#layout.files, user), undefined);
      for (const kind of KINDS) folders.set(path.join(this.#layout.files, user, FOLDER_OF[kind]), undefined);
    }
    for (const [id, folder] of this.#placed) {
      if (this.#catalog.collections.get(id)?.record.trashed === undefined) folders.set(folder, id);
    }
    return folders;
  }

  /**
   * Finds the folders of known collections, wherever they are.
   * @returns folders with a description that belong to no known collection.
   */
  async survey(): Promise<FoundFolder[]> {
    const all: FoundFolder[] = [];
    for await (const found of this.#folders()) all.push(found);
    // Of a folder and its copy, the one in the right place is it.
    const inPlace = all.filter((found) => found.folder === this.#expected(found.description.id));
    for (const { description, folder } of [...inPlace, ...all]) {
      const { id } = description;
      if (id !== undefined && this.#catalog.collections.has(id) && !this.#placed.has(id))
        this.#placed.set(id, folder);
    }
    const known = new Set(this.#placed.values());
    const unknown = all.filter(({ folder }) => !known.has(folder));
    for (const { name } of (await this.#disk.readdir(this.#layout.trash)) ?? []) {
      const folder = path.join(this.#layout.trash, name);
      const { id } = await this.describe(folder);
      if (id !== undefined && this.#catalog.collections.has(id) && !this.#placed.has(id))
        this.#placed.set(id, folder);
    }
    for (const { record } of this.#catalog.collections.values()) {
      // Its description may have been lost with a crash.
      const folder = this.#layout.collectionFolder(this.#catalog, record);
      if (this.#placed.has(record.id) || (await this.#disk.stat(folder))?.kind !== 'folder') continue;
      if ((await this.describe(folder)).id === undefined) this.#placed.set(record.id, folder);
    }
    // Seen is not safe: who made them may have died before the disk had them.
    for (const folder of this.#placed.values()) this.#unsafe(path.dirname(folder));
    return unknown;
  }

  /** The folder of a collection that somebody brought. */
  found(collection: CollectionId, folder: string): void {
    this.#placed.set(collection, folder);
  }

  /** It is nobody's after all, or not there any more: it will be made anew. */
  lost(collection: CollectionId): void {
    this.#placed.delete(collection);
  }

  #expected(id: CollectionId | undefined): string | undefined {
    const record = id === undefined ? undefined : this.#catalog.collections.get(id)?.record;
    return record && this.#layout.collectionFolder(this.#catalog, record);
  }

  /** @param known folders that are passed over. */
  async *#folders(known: ReadonlySet<string> = new Set()): AsyncGenerator<FoundFolder> {
    for (const user of await this.#subfolders(this.#layout.files)) {
      for (const kind of KINDS) {
        const home = path.join(this.#layout.files, user, FOLDER_OF[kind]);
        for (const name of await this.#subfolders(home)) {
          const folder = path.join(home, name);
          if (known.has(folder)) continue;
          const description = await this.describe(folder);
          if (description.id !== undefined) yield { folder, user, kind, name, description };
        }
      }
    }
  }

  async #subfolders(folder: string): Promise<string[]> {
    const entries = (await this.#disk.readdir(folder)) ?? [];
    return entries.flatMap(({ name, folder: isFolder }) => (isFolder && !name.startsWith('.') ? name : []));
  }

  /** The description in a folder; empty where there is none that can be read. */
  async describe(folder: string): Promise<Description> {
    const bytes = await this.#disk.readFile(path.join(folder, COLLECTION_FILE));
    return bytes ? readDescription(bytes) : {};
  }

  /** Changes whenever a folder moves; undefined while one does: then no path is to be trusted. */
  get stillness(): number | undefined {
    return this.#moving > 0 ? undefined : this.#moves;
  }

  /** Brings the folder of a collection where it belongs, or makes it. @returns its path. */
  async place({ record }: CollectionState): Promise<string> {
    const target = this.#layout.collectionFolder(this.#catalog, record);
    const current = this.#placed.get(record.id);
    if (current === target) return target;
    this.#moving++;
    this.#moves++;
    try {
      return await this.#place(record, current, target);
    } finally {
      this.#moving--;
    }
  }

  async #place(record: CollectionRecord, current: string | undefined, target: string): Promise<string> {
    await this.#disk.mkdir(path.dirname(target));
    await this.#clear(target, record.id);
    if (current === undefined) await this.#disk.mkdir(target);
    else if (await this.#disk.rename(current, target)) await this.#removeEmpty(path.dirname(current));
    // Made anew it would look as if everything in it had been deleted.
    else throw new Error(`the folder "${current}" is gone`);
    this.#placed.set(record.id, target);
    if (current !== undefined) this.#unsynced.add(path.dirname(current));
    this.#unsafe(path.dirname(target));
    return target;
  }

  /** Names in the folder, and of the folder, may not be on the disk yet. */
  #unsafe(folder: string): void {
    for (let above = folder; isBelow(above, this.#layout.root); above = path.dirname(above))
      this.#unsynced.add(above);
  }

  /** Folders whose names have changed and may not be on the disk yet. */
  takeUnsynced(): ReadonlySet<string> {
    const taken = this.#unsynced;
    this.#unsynced = new Set();
    return taken;
  }

  /** They could not be brought to the disk. */
  giveBack(unsynced: Iterable<string>): void {
    for (const folder of unsynced) this.#unsynced.add(folder);
  }

  /** The folder of a purged collection goes, with everything in it. */
  async remove(collection: CollectionId): Promise<void> {
    const folder = this.#placed.get(collection) ?? path.join(this.#layout.trash, collection);
    this.#placed.delete(collection);
    await this.#removeAll(folder);
    await this.#removeEmpty(path.dirname(folder));
  }

  async #removeAll(folder: string): Promise<void> {
    for (const { name, folder: isFolder } of (await this.#disk.readdir(folder)) ?? []) {
      const inside = path.join(folder, name);
      if (isFolder) await this.#removeAll(inside);
      else await this.#disk.unlink(inside);
    }
    await this.#disk.rmdir(folder);
  }

  /** Whatever stands where a folder belongs makes way. */
  async #clear(target: string, wanted: CollectionId): Promise<void> {
    if (!(await this.#disk.stat(target))) return;
    for (const [other, folder] of this.#placed) {
      if (folder !== target || other === wanted) continue;
      const aside = path.join(this.#layout.trash, `.moving-${other}`);
      await this.#disk.mkdir(this.#layout.trash);
      await this.#disk.rename(folder, aside);
      this.#placed.set(other, aside);
      this.#moved(other);
      return;
    }
    // A folder without our description: somebody made it, and what is in it may belong to the collection.
    if ((await this.describe(target)).id === undefined && !this.#placed.has(wanted)) return;
    for (let i = 1; ; i++) {
      const aside = `${target} (found ${i})`;
      if (await this.#disk.stat(aside)) continue;
      await this.#disk.rename(target, aside);
      return;
    }
  }

  /** A home or user folder that holds nothing any more. */
  async #removeEmpty(folder: string): Promise<void> {
    if (!isBelow(folder, this.#layout.files) || folder === this.#layout.trash) return;
    if (await this.#disk.rmdir(folder)) await this.#removeEmpty(path.dirname(folder));
  }
}

function isBelow(folder: string, above: string): boolean {
  return folder.startsWith(above + path.sep);
}
