import { type Inspect, type Outcome, Refusal } from '../../types.ts';
import type { Catalog, CollectionState } from '../catalog.ts';
import type { Disk } from '../disk.ts';
import type { Folders } from '../folders.ts';
import type { Mirror, TakenOver } from '../mirror.ts';
import type { InnerChange } from '../plan.ts';
import { Batch } from './batch.ts';
import { type Conflict, cyclesOf, deleteGone, moveTo, putWritten, swapped } from './changes.ts';
import type { Descriptions } from './descriptions.ts';
import type { Held } from './held.ts';
import type { Looker } from './looker.ts';
import type { Sight, Suspects } from './sight.ts';
import type { Troubles } from './troubles.ts';
import { readWritten, type Written } from './written.ts';

export interface TakeoverParts {
  readonly disk: Disk;
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly mirror: Mirror;
  readonly looker: Looker;
  readonly suspects: Suspects;
  readonly held: Held;
  readonly troubles: Troubles;
  readonly descriptions: Descriptions;
  readonly inspect: Inspect;
  /** Resolves when the UIDs of all members are known. */
  readonly uidsOf: (collection: CollectionState) => Promise<void>;
  /** @throws Refusal */
  readonly commit: (
    changes: readonly InnerChange[],
    taken: readonly TakenOver[],
  ) => Promise<readonly Outcome[]>;
  readonly info: (text: string) => void;
}

/** Files that are read, and commits that wait for the disk, at once. */
const PARALLEL = 8;
/** Lines of the log for one batch. */
const TOLD = 20;

/** Commits what people did to files, each as an ordinary change; reports what can't be taken. */
export class Takeover {
  readonly #parts: TakeoverParts;
  #taken: string[] = [];
  #again: Sight[] = [];
  #stopped = false;
  /** The store can't write. */
  #closed = false;

  constructor(parts: TakeoverParts) {
    this.#parts = parts;
  }

  /** Ends after what is under way. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * @param sights what was seen twice.
   * @returns what could not be done, and is to be looked at again: later, where the store can't write.
   */
  async run(
    sights: readonly Sight[],
  ): Promise<{ readonly again: readonly Sight[]; readonly later: boolean }> {
    const { catalog, uidsOf, troubles } = this.#parts;
    this.#again = [];
    this.#closed = false;
    const batch = new Batch(catalog, sights);
    for (const id of batch.collections) {
      const collection = catalog.collections.get(id);
      if (collection) await uidsOf(collection);
    }
    await inParallel(batch.described, (sight) => this.#describe(sight));
    let conflicts = await this.#takeAll(batch.written, batch);
    await this.#deleteAll(batch);
    // Each may have waited for another that is done by now.
    for (let before = Infinity; conflicts.length > 0 && conflicts.length < before; ) {
      before = conflicts.length;
      const rest = conflicts.map(({ written }) => written.sight);
      conflicts = await this.#takeAll(rest, batch);
    }
    for (const conflict of await this.#swap(conflicts)) this.#reportConflict(conflict);
    this.#tell();
    troubles.pause();
    return { again: this.#again, later: this.#closed };
  }

  async #takeAll(sights: readonly Sight[], batch: Batch): Promise<Conflict[]> {
    const conflicts: Conflict[] = [];
    await inParallel(sights, async (sight) => {
      if (this.#stopped) return;
      if (this.#closed) {
        this.#again.push(sight);
        return;
      }
      const written = await readWritten(this.#parts, sight);
      if (written === 'other') this.#again.push(sight);
      else if ('what' in written) this.#parts.troubles.report(sight, written);
      else {
        const holder = await this.#take(written, batch);
        if (holder !== undefined) conflicts.push({ written, holder });
      }
    });
    return conflicts;
  }

  /** @returns the member that has the UID and may let go of it. */
  async #take(written: Written, batch: Batch): Promise<string | undefined> {
    const { sight, collection, whole } = written;
    const { mirror, looker, disk } = this.#parts;
    // A client was quicker: the mirror keeps what it finds in the file.
    if (mirror.pending(sight.collection, sight.name)) return undefined;
    if (sight.what === 'new' && collection.members.has(sight.name)) return this.#nameTaken(written);
    const source = sight.what === 'new' ? await this.#source(written, batch) : undefined;
    const stands = looker.fileOf(collection, sight.name) === sight.file;
    const changes = source ? moveTo(written, source, this.#etagOf(source)) : [putWritten(written)];
    const taken = [...(stands ? [sight] : []), ...(source ? [source] : [])];
    const refused = await this.#commit(changes, taken, whole);
    if (refused?.reason === 'uid-conflict') return refused.detail;
    if (refused) this.#refused(sight, refused);
    else if (source) batch.moved(source);
    // Another file has the member now.
    if (!refused && !stands) await disk.unlink(whole);
    return undefined;
  }

  #etagOf({ collection, name }: Sight): string {
    return this.#parts.catalog.collections.get(collection)?.members.get(name)?.etag ?? '';
  }

  /** The member whose file was renamed, or moved to another collection, to become this one. */
  async #source({ collection, facts }: Written, batch: Batch): Promise<Sight | undefined> {
    if (facts.uid === null) return undefined;
    const { looker } = this.#parts;
    const holder = collection.members.byUid(facts.uid);
    if (holder === undefined) return batch.goneWith(collection.record.kind, facts.uid);
    const sight = await looker.look(collection, looker.fileOf(collection, holder));
    return sight?.what === 'gone' ? sight : undefined;
  }

  /** A file that can't be the file of any name, and the member that would be named after it is there. */
  async #nameTaken({ sight, collection, etag, whole }: Written): Promise<undefined> {
    const { looker, disk, troubles } = this.#parts;
    if (looker.fileOf(collection, sight.name) === sight.file) this.#again.push(sight);
    else if (collection.members.get(sight.name)?.etag === etag) await disk.unlink(whole);
    else troubles.report(sight, { line: null, what: 'there is an object of that name' });
  }

  /** Members whose files are gone, unless they are too many. */
  async #deleteAll(batch: Batch): Promise<void> {
    const { catalog, looker, suspects, held } = this.#parts;
    for (const id of batch.collections) {
      const collection = catalog.collections.get(id);
      const gone: Sight[] = [];
      for (const { file } of collection ? batch.gone(id) : []) {
        const sight = collection && (await looker.look(collection, file));
        if (sight?.what === 'gone') gone.push(sight);
      }
      if (!collection || gone.length === 0 || this.#stopped) continue;
      if (!held.allows(collection, gone.length + suspects.gone(id))) {
        held.hold(
          collection,
          gone.map(({ name }) => name),
        );
        continue;
      }
      held.deleted(id, gone.length);
      await inParallel(gone, (sight) => this.#delete(collection, sight));
    }
  }

  async #delete(collection: CollectionState, sight: Sight): Promise<void> {
    const etag = this.#etagOf(sight);
    const refused = await this.#commit([deleteGone(sight, etag)], [sight], this.#pathOf(collection, sight));
    if (refused) this.#refused(sight, refused);
  }

  #pathOf({ record }: CollectionState, { file }: Sight): string {
    return `${this.#parts.folders.of(record.id) ?? ''}/${file}`;
  }

  async #describe(sight: Sight): Promise<void> {
    try {
      const whole = await this.#parts.descriptions.take(sight);
      if (whole !== undefined) this.#taken.push(whole);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#refused(sight, error);
    }
  }

  /** Objects that have changed UIDs with each other are changed in one commit. @returns what stays. */
  async #swap(conflicts: readonly Conflict[]): Promise<readonly Conflict[]> {
    const { cycles, rest } = cyclesOf(conflicts);
    for (const cycle of cycles) {
      const sights = cycle.map(({ written }) => written.sight);
      const wholes = cycle.map(({ written }) => written.whole);
      const refused = await this.#commit(swapped(cycle), sights, ...wholes);
      if (refused) for (const sight of sights) this.#refused(sight, refused);
    }
    return rest;
  }

  #reportConflict({ written, holder }: Conflict): void {
    const { sight, collection, facts } = written;
    const { uid } = facts;
    const stands = () => uid !== null && collection.members.byUid(uid) === holder;
    this.#parts.troubles.report(sight, { line: null, what: `it has the UID of "${holder}"` }, stands);
  }

  /** @returns why it was not done. */
  async #commit(
    changes: readonly InnerChange[],
    taken: readonly Sight[],
    ...wholes: readonly string[]
  ): Promise<Refusal | undefined> {
    try {
      await this.#parts.commit(changes, taken);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return error;
    }
    for (const { collection, file } of taken) this.#parts.troubles.clear(collection, file);
    this.#taken.push(...wholes);
    return undefined;
  }

  #refused(sight: Sight, { reason, message }: Refusal): void {
    if (reason === 'bad-name')
      this.#parts.troubles.report(sight, { line: null, what: `its name can't be kept: ${message}` });
    else this.#again.push(sight);
    if (reason === 'full' || reason === 'read-only') this.#closed = true;
  }

  #tell(): void {
    const { info } = this.#parts;
    const taken = this.#taken.splice(0);
    for (const whole of taken.slice(0, TOLD)) info(`"${whole}" was changed on disk: taken over`);
    if (taken.length > TOLD) info(`${taken.length - TOLD} more files were changed on disk: taken over`);
  }
}

async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = all.values();
  const workers = Array.from({ length: Math.min(PARALLEL, all.length) }, async () => {
    for (const one of rest) await work(one);
  });
  await Promise.all(workers);
}
