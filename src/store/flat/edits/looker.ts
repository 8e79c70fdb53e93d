import path from 'node:path';
import type { FactsOf } from '../../types.ts';
import type { Catalog, CollectionState } from '../catalog.ts';
import { describeCollection } from '../description.ts';
import type { Disk, Stat } from '../disk.ts';
import { ENDING_OF } from '../entries.ts';
import { errorCode } from '../error.ts';
import type { Folders } from '../folders.ts';
import type { ItemFiles } from '../item-files.ts';
import { COLLECTION_FILE, type Layout } from '../layout.ts';
import type { MemberState } from '../members.ts';
import type { Mirror } from '../mirror.ts';
import { HASHED, nameOfFile } from '../names.ts';
import type { PendingNames } from '../pending.ts';
import { etagOfAny } from '../record.ts';
import { isUnfinished } from '../unfinished.ts';
import type { Held } from './held.ts';
import type { Sight } from './sight.ts';
import type { Troubles } from './troubles.ts';

export interface LookerParts {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly files: ItemFiles;
  readonly mirror: Mirror;
  readonly held: Held;
  readonly troubles: Troubles;
  readonly factsOf: FactsOf;
  readonly bytesOf: (collection: CollectionState, name: string, member: MemberState) => Promise<Uint8Array>;
  /** Members that the replay touched or that were pending, with what their files may still hold. */
  readonly replayed: PendingNames;
}

/** Larger files are not read. */
export const LARGEST = 32 * 1024 * 1024;
/** Errors that say something about a file, and not about the machine. */
export const UNREADABLE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EIO', 'EISDIR', 'ELOOP']);

/**
 * Compares files with what this store left there. What a crash left unfinished is written again by the mirror; what
 * somebody else did is a sight.
 */
export class Looker {
  /** Nobody has compared all files yet: what looks half written is this store's own, or as good as that. */
  opening = true;
  readonly #parts: LookerParts;

  constructor(parts: LookerParts) {
    this.#parts = parts;
  }

  /** Whether a file of a collection's folder may be an object's or its description: editors leave many others. */
  concerns({ record }: CollectionState, file: string): boolean {
    return file === COLLECTION_FILE || (!file.startsWith('.') && file.endsWith(ENDING_OF[record.kind]));
  }

  /** The member whose file it is, undefined where it is none's. */
  memberOf(collection: CollectionState, file: string): string | undefined {
    const { members } = collection;
    const name = members.byFile(file) ?? nameOfFile(file, ENDING_OF[collection.record.kind]);
    return name !== undefined && members.has(name) && this.fileOf(collection, name) === file
      ? name
      : undefined;
  }

  fileOf({ record, members }: CollectionState, name: string): string {
    return this.#parts.layout.memberFile(record, name, members.fileOf(name));
  }

  /** @returns undefined where everything is as it was left, or will be. */
  async look(collection: CollectionState, file: string): Promise<Sight | undefined> {
    const { folders, files } = this.#parts;
    const folder = folders.of(collection.record.id);
    if (folder === undefined || !this.concerns(collection, file)) return undefined;
    const sight = await this.#look(collection, path.join(folder, file), file);
    if (sight) files.beware(collection.record.id);
    return sight;
  }

  async #look(collection: CollectionState, whole: string, file: string): Promise<Sight | undefined> {
    if (file === COLLECTION_FILE) return this.#description(collection, whole);
    const name = this.memberOf(collection, file);
    return name === undefined
      ? this.#stranger(collection, whole, file)
      : this.#member(collection, whole, file, name);
  }

  /** A file of a member: as this store left it, half written, edited, or gone. */
  async #member(
    collection: CollectionState,
    whole: string,
    file: string,
    name: string,
  ): Promise<Sight | undefined> {
    const { disk, mirror, replayed, troubles, held } = this.#parts;
    const { members, record } = collection;
    const { id } = record;
    const seq = members.seqOf(name);
    if (mirror.pending(id, name)) return undefined;
    const seen = await disk.stat(whole);
    // A client was quicker: the mirror looks at the file before it writes.
    const overtaken = () => mirror.pending(id, name) !== undefined || members.seqOf(name) !== seq;
    if (overtaken()) return undefined;
    const left = members.printOf(name);
    if (!seen) {
      troubles.clear(id, file);
      // Safe on the disk it was not: a crash may have taken it.
      if (!replayed.has(id, name) && left > 0) return { what: 'gone', collection: id, file, name, print: 0 };
      mirror.touchName(id, name, replayed.take(id, name));
      return undefined;
    }
    held.forget(id, name);
    if (seen.print === left) {
      troubles.clear(id, file);
      if (replayed.has(id, name)) mirror.touchName(id, name, replayed.take(id, name));
      return undefined;
    }
    if (troubles.has({ collection: id, file, print: seen.print })) return undefined;
    const found = await this.#read(whole, seen);
    const state = members.get(name);
    if (overtaken() || !state) return undefined;
    // As long as nobody else answers for it, a checkpoint has to find it here.
    const earlier = replayed.get(id, name);
    const same = found && (await etagOfAny(found)) === state.etag;
    const unsure = earlier !== undefined || left <= 0 || this.opening;
    const ours = found && !same && unsure && (await this.#isOurs(collection, found, earlier, name, state));
    if (overtaken()) return undefined;
    // What can't be read says nothing of versions before, and is written anew where a crash may have kept it from being.
    if (!found && earlier) return undefined;
    replayed.take(id, name);
    if (same) {
      troubles.clear(id, file);
      // Seen is not safe: the process before may have died between writing it and waiting for the disk, or when the disk had
      // failed to keep it, of which nobody else is told.
      if (earlier) {
        this.#parts.files.distrust(id, name);
        mirror.touchName(id, name, earlier);
      } else this.#parts.files.written(collection, name, seen.print);
      return undefined;
    }
    if (ours) {
      mirror.touchName(id, name, earlier);
      return undefined;
    }
    return { what: 'changed', collection: id, file, name, print: seen.print };
  }

  /** A file that belongs to no member. */
  async #stranger(collection: CollectionState, whole: string, file: string): Promise<Sight | undefined> {
    const { disk, mirror, replayed, troubles } = this.#parts;
    const { id, kind } = collection.record;
    const name = nameOfFile(file, ENDING_OF[kind]) ?? this.#goneName(collection, file);
    const seq = name === undefined ? 0 : collection.log.latest(name);
    if (name !== undefined && mirror.pending(id, name)) return undefined;
    const seen = await disk.stat(whole);
    if (!seen || seen.kind === 'folder') {
      troubles.clear(id, file);
      return undefined;
    }
    if (troubles.has({ collection: id, file, print: seen.print })) return undefined;
    if (name !== undefined && (mirror.pending(id, name) || collection.log.latest(name) !== seq))
      return undefined;
    const earlier = name === undefined ? undefined : replayed.get(id, name);
    if (name !== undefined && earlier) {
      const found = await this.#read(whole, seen);
      const ours = !found || (await this.#isOurs(collection, found, earlier));
      if (mirror.pending(id, name)) return undefined;
      replayed.take(id, name);
      if (ours) {
        mirror.touchName(id, name, earlier);
        return undefined;
      }
    }
    // Where no client's name has this file, the file's name is the member's, and the file gets another.
    return { what: 'new', collection: id, file, name: name ?? file, print: seen.print };
  }

  async #description(collection: CollectionState, whole: string): Promise<Sight | undefined> {
    const { disk, catalog, mirror, troubles } = this.#parts;
    const { id } = collection.record;
    if (mirror.describes(id)) return undefined;
    const seen = await disk.stat(whole);
    if (mirror.describes(id)) return undefined;
    if (!seen || collection.print === 0) {
      mirror.touchCollection(id);
      return undefined;
    }
    if (seen.print === collection.print) {
      collection.left = seen.print;
      troubles.clear(id, COLLECTION_FILE);
      return undefined;
    }
    if (troubles.has({ collection: id, file: COLLECTION_FILE, print: seen.print })) return undefined;
    const found = await this.#read(whole, seen);
    if (mirror.describes(id)) return undefined;
    if (found && describeCollection(catalog, collection.record).equals(found)) {
      // Seen is not safe.
      collection.left = seen.print;
      mirror.touchCollection(id);
      return undefined;
    }
    return { what: 'described', collection: id, file: COLLECTION_FILE, name: '', print: seen.print };
  }

  /** Whether bytes in a file are an earlier version, or what a crash left of one. */
  async #isOurs(
    collection: CollectionState,
    found: Uint8Array,
    earlier: ReadonlySet<string> | undefined,
    name?: string,
    state?: MemberState,
  ): Promise<boolean> {
    const { bytesOf, factsOf } = this.#parts;
    if (earlier?.has(await etagOfAny(found))) return true;
    const intended = name !== undefined && state ? await bytesOf(collection, name, state) : undefined;
    if (isUnfinished(found, intended)) return true;
    return earlier !== undefined && factsOf(collection.record.kind, found).component === '';
  }

  /** undefined where there is nothing that can be read. */
  async #read(whole: string, { kind, size }: Stat): Promise<Uint8Array | undefined> {
    if (kind !== 'file' || size > LARGEST) return undefined;
    return this.#parts.disk.readFile(whole).catch((error: unknown) => {
      if (!UNREADABLE.has(errorCode(error))) throw error;
      return undefined;
    });
  }

  /** A name that is gone, whose file a crash may have left. */
  #goneName(collection: CollectionState, file: string): string | undefined {
    if (!file.includes(HASHED)) return undefined;
    const names = this.#parts.replayed.names(collection.record.id);
    return names.find((name) => this.fileOf(collection, name) === file);
  }
}
