import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type Author,
  type FactsOf,
  type Kind,
  type Properties,
  type PropertyPatch,
  Refusal,
} from '../types.ts';
import type { Catalog, CollectionState } from './catalog.ts';
import type { Description } from './description.ts';
import type { Disk } from './disk.ts';
import { ENDING_OF } from './entries.ts';
import { reasonOf } from './error.ts';
import type { Folders, FoundFolder } from './folders.ts';
import { newId } from './init.ts';
import type { ItemFiles } from './item-files.ts';
import { COLLECTION_FILE, type Layout } from './layout.ts';
import type { MemberState } from './members.ts';
import type { Mirror } from './mirror.ts';
import { HASHED, nameOfFile } from './names.ts';
import type { PendingNames } from './pending.ts';
import type { InnerChange } from './plan.ts';
import { etagOfAny } from './record.ts';
import { UNSAFE } from './rows.ts';
import { isUnfinished } from './unfinished.ts';
import type { UsersMirror } from './users-file.ts';

/** Who changed something with an editor, or a copy. */
export const ON_DISK: Author = { agent: 'edit on disk' };

export interface SweepParts {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly users: UsersMirror;
  readonly files: ItemFiles;
  readonly mirror: Mirror;
  readonly factsOf: FactsOf;
  /** @throws Refusal */
  readonly commit: (changes: readonly InnerChange[], by: Author) => Promise<unknown>;
  readonly bytesOf: (collection: CollectionState, name: string, member: MemberState) => Promise<Uint8Array>;
  /** Accounts changed since the last checkpoint: users.json may be any of several versions. */
  readonly usersReplayed: boolean;
  /** Members that the replay touched or that were pending, with what their files may still hold. */
  readonly replayed: PendingNames;
  readonly info: (text: string) => void;
  readonly warn: (text: string) => void;
}

/**
 * Compares files/ with the catalog, one collection after the other: what a crash left unfinished is written again, what a
 * person wrote is taken over.
 */
export class Sweep {
  readonly #parts: SweepParts;
  #stopped = false;

  constructor(parts: SweepParts) {
    this.#parts = parts;
  }

  /** Ends after the file at hand. */
  stop(): void {
    this.#stopped = true;
  }

  /** @param unknown folders with a description that belong to no known collection. */
  async run(unknown: readonly FoundFolder[]): Promise<void> {
    const { catalog, warn } = this.#parts;
    await this.#users();
    for (const found of unknown) if (!this.#stopped) await this.#adoptFolder(found);
    for (const collection of [...catalog.collections.values()]) {
      if (this.#stopped) return;
      try {
        if (collection.record.trashed === undefined) await this.#collection(collection);
        else this.#trashed(collection);
      } catch (error) {
        warn(`looking at the files of ${collection.record.folder}: ${reasonOf(error)}`);
      }
      if (!this.#stopped) this.#finish(collection);
    }
  }

  /** Accounts that somebody changed in users.json. */
  async #users(): Promise<void> {
    const { users, usersReplayed, catalog, mirror, warn } = this.#parts;
    const edited = usersReplayed ? undefined : await users.edited();
    if (!edited) return;
    for (const user of edited) {
      const known = catalog.users.get(user.id)?.record.user;
      if (isDeepStrictEqual(known, user)) continue;
      await this.#try(`users.json: ${user.name}`, {
        do: 'put-user',
        user,
        expect: known ? 'present' : 'absent',
      });
    }
    for (const [id, { record }] of catalog.users) {
      if (!edited.some((user) => user.id === id)) {
        warn(`users.json lacks ${record.user.name}: written again; remove a user with davd user remove`);
      }
    }
    mirror.touchUsers();
  }

  async #adoptFolder({ folder, user, kind, name, description }: FoundFolder): Promise<void> {
    const { catalog, folders, warn } = this.#parts;
    const owner = [...catalog.users.values()].find(({ record }) => record.folder === user);
    const bound = owner && catalog.home({ user: owner.record.user.id, kind })?.bindings;
    const wanted = description.name ?? nameOfFile(name, '') ?? name;
    if (!owner || bound?.has(wanted)) {
      const why = owner ? `there is a collection ${wanted} already` : `there is no user for "${user}"`;
      warn(`"${folder}" is left alone: ${why}`);
      return;
    }
    const known = description.id === undefined || catalog.collections.has(description.id);
    const id = known ? newId() : (description.id ?? newId());
    folders.found(id, folder);
    const taken = await this.#try(folder, {
      do: 'adopt-collection',
      id,
      folder: name,
      collection: {
        do: 'create-collection',
        user: owner.record.user.id,
        kind,
        name: wanted,
        components: description.components ?? [],
        properties: propertiesOf(description),
        protected: description.protected ?? false,
      },
    });
    if (!taken) folders.lost(id);
  }

  /** A crash may have kept its folder where it was. */
  #trashed({ record }: CollectionState): void {
    const { layout, catalog, folders, mirror } = this.#parts;
    const folder = folders.of(record.id);
    if (folder !== undefined && folder !== layout.collectionFolder(catalog, record))
      mirror.touchCollection(record.id);
  }

  async #collection(collection: CollectionState): Promise<void> {
    const { disk, layout, catalog, folders, mirror } = this.#parts;
    const { id } = collection.record;
    const folder = folders.of(id);
    const files = folder === undefined ? undefined : await disk.readdir(folder);
    if (folder === undefined || !files) {
      // Gone with everything in it: it stands in the journal, and comes back.
      mirror.touchCollection(id);
      for (const name of collection.members.names()) mirror.touchName(id, name);
      return;
    }
    if (folder !== layout.collectionFolder(catalog, collection.record)) mirror.touchCollection(id);
    await this.#description(collection, folder);
    const listed = new Map([...collection.members.files()].map(([name, file]) => [file, name]));
    const missing = new Set(collection.members.names());
    for (const { name: file, folder: isFolder } of files) {
      if (this.#stopped) return;
      if (isFolder) continue;
      if (file.startsWith('.')) {
        if (/^\.davd-.*\.new$/.test(file)) await disk.unlink(path.join(folder, file));
        continue;
      }
      const name =
        listed.get(file) ??
        nameOfFile(file, ENDING_OF[collection.record.kind]) ??
        this.#goneName(collection, file);
      const own = name !== undefined && missing.has(name) && this.#fileOf(collection, name) === file;
      try {
        if (own && missing.delete(name)) await this.#known(collection, folder, file, name);
        else await this.#stranger(collection, folder, file, name);
      } catch (error) {
        this.#parts.warn(`looking at "${path.join(folder, file)}": ${reasonOf(error)}`);
      }
    }
    for (const name of missing) mirror.touchName(id, name);
  }

  /** What the replay touched and the folder did not show is written, or removed, by the mirror. */
  #finish({ record }: CollectionState): void {
    const { mirror, replayed } = this.#parts;
    for (const name of replayed.names(record.id)) {
      mirror.touchName(record.id, name, replayed.take(record.id, name));
    }
  }

  /** A name that is gone, whose file is not, or is there again. */
  #goneName(collection: CollectionState, file: string): string | undefined {
    if (!file.includes(HASHED)) return undefined;
    for (const [name] of collection.log.tombstones())
      if (this.#fileOf(collection, name) === file) return name;
    return undefined;
  }

  #fileOf({ record, members }: CollectionState, name: string): string {
    return this.#parts.layout.memberFile(record, name, members.get(name)?.file);
  }

  /** A file of a member: as this store left it, half written, or edited. */
  async #known(collection: CollectionState, folder: string, file: string, name: string): Promise<void> {
    const { disk, files, mirror, replayed, bytesOf } = this.#parts;
    const { members, record } = collection;
    const whole = path.join(folder, file);
    const waits = replayed.has(record.id, name);
    const seq = members.seqOf(name);
    if (mirror.pending(record.id, name)) return;
    const seen = await disk.stat(whole);
    if (!seen || mirror.pending(record.id, name)) return;
    if (seen.print === members.printOf(name)) {
      if (waits) mirror.touchName(record.id, name, replayed.take(record.id, name));
      return;
    }
    const found = seen.kind === 'file' ? await disk.readFile(whole) : undefined;
    const state = members.get(name);
    // A client was quicker: the mirror looks at the file before it writes.
    if (!found || !state || state.seq !== seq || mirror.pending(record.id, name)) return;
    const etag = await etagOfAny(found);
    const earlier = replayed.get(record.id, name);
    if (etag === state.etag) {
      // Seen is not safe: the process before may have died between writing it and waiting for the disk.
      replayed.take(record.id, name);
      files.written(collection, name, seen.print, earlier);
      return;
    }
    // What stands there may be an older version, or what a crash left of one.
    const mayBeOurs =
      members.printOf(name) === UNSAFE ||
      earlier?.has(etag) === true ||
      (earlier !== undefined && !this.#isReadable(record.kind, found));
    const isOurs = mayBeOurs || isUnfinished(found, await bytesOf(collection, name, state));
    replayed.take(record.id, name);
    if (isOurs) {
      mirror.touchName(record.id, name, earlier);
      return;
    }
    await this.#take(collection, whole, name, found, { match: [state.etag] });
  }

  /** A file that belongs to no member. */
  async #stranger(
    collection: CollectionState,
    folder: string,
    file: string,
    name: string | undefined,
  ): Promise<void> {
    const { disk, mirror, replayed } = this.#parts;
    const { id, kind } = collection.record;
    if (!file.endsWith(ENDING_OF[kind])) return;
    const whole = path.join(folder, file);
    const seq = name === undefined ? 0 : collection.log.latest(name);
    if (name !== undefined && mirror.pending(id, name)) return;
    const found = await disk.readFile(whole);
    if (!found || found.length === 0) return;
    const etag = await etagOfAny(found);
    if (name !== undefined) {
      const touched = mirror.pending(id, name) || collection.log.latest(name) !== seq;
      if (touched || collection.members.has(name)) return;
    }
    const earlier = name === undefined ? undefined : replayed.take(id, name);
    if (name !== undefined && earlier) {
      const ours = earlier.has(etag) || isUnfinished(found, undefined) || !this.#isReadable(kind, found);
      if (ours) {
        mirror.touchName(id, name, earlier);
        return;
      }
    }
    // Where no client's name has this file, the file's name is the member's, and the file gets another.
    const taken = await this.#take(collection, whole, name ?? file, found, { noneMatch: '*' });
    if (taken && this.#fileOf(collection, name ?? file) !== file) await disk.unlink(whole);
  }

  #isReadable(kind: Kind, bytes: Uint8Array): boolean {
    return this.#parts.factsOf(kind, bytes).component !== '';
  }

  /** Stores what a person wrote. @returns whether it was. */
  async #take(
    { record }: CollectionState,
    whole: string,
    name: string,
    bytes: Uint8Array,
    expect: { match: string[] } | { noneMatch: '*' },
  ): Promise<boolean> {
    const facts = this.#parts.factsOf(record.kind, bytes);
    if (!this.#isReadable(record.kind, bytes)) {
      this.#parts.warn(`"${whole}" is left alone: it can't be read as what its name says`);
      return false;
    }
    return this.#try(whole, { do: 'put', collection: record.id, name, bytes, facts, expect });
  }

  async #description(collection: CollectionState, folder: string): Promise<void> {
    const { disk, folders, mirror } = this.#parts;
    const { id, components, properties, protected: kept } = collection.record;
    const file = path.join(folder, COLLECTION_FILE);
    const seen = await disk.stat(file);
    if (seen && seen.print === collection.print) return;
    const found = await folders.describe(folder);
    const untouched = collection.print !== 0 && found.id === id;
    const before = { components, properties, protected: kept };
    const now = {
      components: found.components ?? components,
      properties: propertiesOf(found),
      protected: found.protected ?? kept,
    };
    if (untouched && !isDeepStrictEqual(before, now)) {
      const gone = Object.fromEntries(Object.keys(properties).map((name) => [name, null]));
      const set = { ...gone, ...now.properties } as PropertyPatch;
      await this.#try(file, {
        do: 'patch',
        target: { of: 'collection', collection: id },
        set,
        components: now.components,
        protected: now.protected,
      });
    } else mirror.touchCollection(id);
  }

  async #try(what: string, change: InnerChange): Promise<boolean> {
    try {
      await this.#parts.commit([change], ON_DISK);
      this.#parts.info(`"${what}" was changed on disk: taken over`);
      return true;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#parts.warn(`"${what}" was changed on disk, but is left alone: ${reasonOf(error)}`);
      return false;
    }
  }
}

function propertiesOf({ properties = {} }: Description): Properties {
  const kept = Object.entries(properties).filter(
    ([name, value]) => /^\{.*\}./.test(name) && (typeof value === 'string' || isXml(value)),
  );
  return Object.fromEntries(kept) as Properties;
}

function isXml(value: unknown): value is { readonly xml: string } {
  return typeof value === 'object' && value !== null && 'xml' in value && typeof value.xml === 'string';
}
