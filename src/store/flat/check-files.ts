import path from 'node:path';
import { Slices } from '../../slices.ts';
import type { CheckStep, Finding } from '../finding.ts';
import type { FactsOf } from '../types.ts';
import type { Catalog, CollectionState } from './catalog.ts';
import { describeCollection } from './description.ts';
import type { Disk, Listed } from './disk.ts';
import type { Edits } from './edits/edits.ts';
import { ENDING_OF, FOLDER_OF, KINDS } from './entries.ts';
import type { Folders } from './folders.ts';
import { COLLECTION_FILE, type Layout } from './layout.ts';
import type { Mirror } from './mirror.ts';
import { nameOfFile } from './names.ts';
import { etagOfAny } from './record.ts';
import { type UsersMirror, usersText } from './users-file.ts';

export interface FileCheckParts {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly mirror: Mirror;
  readonly users: UsersMirror;
  readonly factsOf: FactsOf;
  /** What people do to files/. */
  readonly edits: Pick<Edits, 'away' | 'holds'>;
}

const WRITTEN = 'written again from the journal';
const DECIDE = 'davd check --accept-deletions or --put-back decides';
const STEPS = 100;

/** Compares files/ with the catalog. */
export async function* checkFiles(parts: FileCheckParts, repair: boolean): AsyncGenerator<CheckStep> {
  const { away } = parts.edits;
  if (away !== undefined) {
    yield { finding: { kind: 'missing', where: 'files', what: `${away}: no file can be compared` } };
    return;
  }
  const check = new FileCheck(parts, repair);
  const collections = [...parts.catalog.collections.values()].filter(({ record }) => !record.trashed);
  const of = collections.reduce((sum, { members }) => sum + members.count, 0);
  let done = 0;
  for (const collection of collections) {
    yield { progress: { what: 'files', done, of } };
    for await (const found of check.collection(collection)) {
      if (found !== 'fine') yield { finding: found };
      else if (++done % STEPS === 0) yield { progress: { what: 'files', done, of } };
    }
  }
  const accounts = await check.accounts();
  if (accounts) yield { finding: accounts };
  for await (const finding of check.strangers()) yield { finding };
  yield { progress: { what: 'files', done: of, of } };
}

class FileCheck {
  readonly #parts: FileCheckParts;
  readonly #repair: boolean;

  constructor(parts: FileCheckParts, repair: boolean) {
    this.#parts = parts;
    this.#repair = repair;
  }

  /** What is wrong with a collection's files; 'fine' for each that is not. */
  async *collection(collection: CollectionState): AsyncGenerator<Finding | 'fine'> {
    const { layout, catalog, folders, edits } = this.#parts;
    const { record, members } = collection;
    const folder = folders.of(record.id) ?? layout.collectionFolder(catalog, record);
    if (edits.holds(record.id)) {
      yield this.#finding('edit', folder, `the folder was taken away: ${DECIDE}`);
      return;
    }
    const slices = new Slices();
    const own = new Set([COLLECTION_FILE]);
    const description = await this.#description(collection, path.join(folder, COLLECTION_FILE));
    if (description) yield description;
    for (const name of [...members.names()]) {
      if (slices.over) await slices.pause();
      own.add(layout.memberFile(record, name, members.get(name)?.file));
      yield (await this.#member(collection, folder, name)) ?? 'fine';
    }
    yield* this.#others(collection, folder, own);
  }

  /** The properties of a collection, as its folder says them. */
  async #description(collection: CollectionState, file: string): Promise<Finding | undefined> {
    const { catalog, mirror } = this.#parts;
    const isWritten = () => collection.print !== 0;
    const finding = await this.#text(
      file,
      () => (isWritten() ? collection.print : undefined),
      () => describeCollection(catalog, collection.record),
    );
    return finding && this.#mended(finding, () => mirror.touchCollection(collection.record.id));
  }

  /** What users.json says of the accounts. */
  async accounts(): Promise<Finding | undefined> {
    const { catalog, layout, mirror, users } = this.#parts;
    const finding = await this.#text(
      layout.users,
      () => (mirror.usersPending || users.print <= 0 ? undefined : users.print),
      () => usersText(catalog),
    );
    return finding && this.#mended(finding, () => mirror.touchUsers());
  }

  /**
   * A file whose whole text is known.
   * @param print as this store left it; undefined while it is to be written.
   */
  async #text(
    file: string,
    print: () => number | undefined,
    text: () => Uint8Array,
  ): Promise<Finding | undefined> {
    const { disk } = this.#parts;
    const left = print();
    if (left === undefined) return undefined;
    const seen = await disk.stat(file);
    const bytes = await disk.readFile(file);
    if (print() !== left) return undefined;
    if (!seen || !bytes) return this.#finding('missing', file, 'the file is gone');
    if (Buffer.from(text()).equals(bytes)) return undefined;
    return seen.print === left
      ? this.#finding('damaged', file, 'its bytes have changed though nobody wrote it')
      : this.#finding('edit', file, 'it was changed on disk, and is looked at when the server starts');
  }

  #mended(finding: Finding, again: () => void): Finding {
    if (!this.#repair || finding.kind === 'edit') return finding;
    again();
    return { ...finding, repaired: WRITTEN };
  }

  /** Looks again where something changes under its eyes. */
  async #member(collection: CollectionState, folder: string, name: string): Promise<Finding | undefined> {
    const { mirror } = this.#parts;
    const { members, record } = collection;
    for (let look = 0; look < 3; look++) {
      const seq = members.seqOf(name);
      if (seq === undefined || mirror.pending(record.id, name)) return undefined;
      const finding = await this.#look(collection, folder, name);
      if (members.seqOf(name) !== seq || mirror.pending(record.id, name) || finding === 'again') continue;
      if (!finding || finding.kind === 'unreadable') return finding;
      return this.#mended(finding, () => mirror.touchName(record.id, name));
    }
    return undefined;
  }

  async #look(
    { members, record }: CollectionState,
    folder: string,
    name: string,
  ): Promise<Finding | 'again' | undefined> {
    const { disk, layout, factsOf, edits } = this.#parts;
    const state = members.get(name);
    if (!state) return 'again';
    const file = path.join(folder, layout.memberFile(record, name, state.file));
    const print = members.printOf(name);
    const seen = await disk.stat(file);
    if (!seen && edits.holds(record.id, name))
      return this.#finding('edit', file, `the file was taken away: ${DECIDE}`);
    if (!seen) return this.#finding('missing', file, 'the file is gone');
    const bytes = seen.kind === 'file' ? await disk.readFile(file) : undefined;
    if (!bytes) return seen.kind === 'file' ? 'again' : this.#finding('foreign', file, 'it is no file');
    if ((await disk.stat(file))?.print !== seen.print) return 'again';
    if ((await etagOfAny(bytes)) === state.etag) return undefined;
    if (seen.print === print) {
      return this.#finding('damaged', file, 'its bytes have changed though nobody wrote it');
    }
    if (factsOf(record.kind, bytes).component !== '') {
      return this.#finding('edit', file, 'it was changed on disk, and will be taken over');
    }
    return this.#finding(
      'unreadable',
      file,
      'it was changed on disk and can not be read; clients get the version before',
    );
  }

  /** What stands in a collection's folder and is no member's. */
  async *#others(
    { record }: CollectionState,
    folder: string,
    own: ReadonlySet<string>,
  ): AsyncGenerator<Finding> {
    const { disk } = this.#parts;
    for (const listed of (await disk.readdir(folder)) ?? []) {
      if (own.has(listed.name) || listed.name.startsWith('.')) continue;
      const finding = await this.#other(record, folder, listed);
      if (finding) yield finding;
    }
  }

  async #other(
    { id, kind }: CollectionState['record'],
    folder: string,
    listed: Listed,
  ): Promise<Finding | undefined> {
    const { disk, factsOf } = this.#parts;
    const file = path.join(folder, listed.name);
    if (listed.folder) return this.#finding('foreign', file, 'a folder in a collection');
    const ending = ENDING_OF[kind];
    if (!listed.name.endsWith(ending)) {
      return this.#finding('foreign', file, `its name does not end in ${ending}`);
    }
    const bytes = await disk.readFile(file);
    if (!bytes || this.#isOwn(id, listed.name)) return undefined;
    if (factsOf(kind, bytes).component !== '') {
      return this.#finding('edit', file, 'it is new on disk, and will be taken over');
    }
    const wanted = kind === 'calendar' ? 'a calendar object' : 'a card';
    return this.#finding('unreadable', file, `it can not be read as ${wanted}`);
  }

  /** Whether a file is a member's by now, or is about to be removed. */
  #isOwn(id: string, file: string): boolean {
    const { catalog, mirror } = this.#parts;
    const collection = catalog.collections.get(id);
    if (!collection) return true;
    const name = nameOfFile(file, ENDING_OF[collection.record.kind]);
    if (name !== undefined) return collection.members.has(name) || mirror.pending(id, name) !== undefined;
    return collection.members.byFile(file) !== undefined;
  }

  /** What stands in files/ outside of collections. */
  async *strangers(): AsyncGenerator<Finding> {
    const { disk, layout } = this.#parts;
    for (const { name, folder } of (await disk.readdir(layout.files)) ?? []) {
      if (name.startsWith('.')) continue;
      const user = path.join(layout.files, name);
      if (folder) yield* this.#strangersOf(user);
      else yield this.#finding('foreign', user, 'it belongs to no user');
    }
  }

  async *#strangersOf(user: string): AsyncGenerator<Finding> {
    const { disk, folders } = this.#parts;
    const homes: readonly string[] = KINDS.map((kind) => FOLDER_OF[kind]);
    for (const home of (await disk.readdir(user)) ?? []) {
      const whole = path.join(user, home.name);
      if (home.name.startsWith('.')) continue;
      if (!home.folder || !homes.includes(home.name)) {
        yield this.#finding('foreign', whole, 'it is neither calendars nor addressbooks');
        continue;
      }
      for (const { name } of (await disk.readdir(whole)) ?? []) {
        const folder = path.join(whole, name);
        if (!name.startsWith('.') && !folders.isPlaced(folder))
          yield this.#finding('foreign', folder, `it is no collection: it has no ${COLLECTION_FILE} of one`);
      }
    }
  }

  #finding(kind: Finding['kind'], file: string, what: string): Finding {
    return { kind, where: path.relative(this.#parts.layout.root, file), what };
  }
}
