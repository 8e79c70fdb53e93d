import { Refusal } from '../../types.ts';
import type { Catalog } from '../catalog.ts';
import { reasonOf } from '../error.ts';
import type { Folders, FoundFolder } from '../folders.ts';
import { newId } from '../init.ts';
import type { Mirror } from '../mirror.ts';
import { nameOfFile } from '../names.ts';
import type { InnerChange } from '../plan.ts';
import { propertiesOf } from './descriptions.ts';
import { STILL } from './sight.ts';
import type { Troubles } from './troubles.ts';

export interface NewFoldersParts {
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly mirror: Mirror;
  readonly troubles: Troubles;
  /** @throws Refusal */
  readonly commit: (changes: readonly InnerChange[]) => Promise<unknown>;
  readonly info: (text: string) => void;
}

/** Makes collections of folders that somebody brought, and moves back those that somebody moved. */
export class NewFolders {
  readonly #parts: NewFoldersParts;
  #since = new Map<string, number>();

  constructor(parts: NewFoldersParts) {
    this.#parts = parts;
  }

  /** @returns ms after which to look again; Infinity where there is nothing that waits. */
  async look(): Promise<number> {
    const { folders, troubles } = this.#parts;
    const now = performance.now();
    const strangers = await folders.strangers();
    const since = new Map<string, number>();
    let taken = false;
    for (const found of strangers) {
      const first = this.#since.get(found.folder) ?? now;
      since.set(found.folder, first);
      if (await this.#moveBack(found)) continue;
      if (now - first >= STILL && (await this.take(found))) taken = true;
    }
    this.#since = since;
    for (const folder of troubles.folders()) if (!since.has(folder)) troubles.clear(null, folder);
    if (taken) return 0;
    const waiting = [...since.values()].map((first) => first + STILL - now).filter((rest) => rest > 0);
    return Math.min(Infinity, ...waiting);
  }

  /** Makes a folder a collection. @returns false where that can't be, and it is left alone. */
  async take(found: FoundFolder): Promise<boolean> {
    const { catalog, folders, troubles, info } = this.#parts;
    const { folder, user, kind, name, description } = found;
    const owner = [...catalog.users.values()].find(({ record }) => record.folder === user);
    const bound = owner && catalog.home({ user: owner.record.user.id, kind })?.bindings;
    const wanted = description.name ?? nameOfFile(name, '') ?? name;
    if (!owner || bound?.has(wanted)) {
      const what = owner ? `there is a collection "${wanted}" already` : `there is no user for "${user}"`;
      troubles.report({ collection: null, file: folder, print: 0 }, { line: null, what });
      return false;
    }
    const known = description.id === undefined || catalog.collections.has(description.id);
    const id = known ? newId() : (description.id ?? newId());
    folders.found(id, folder);
    const collection = {
      do: 'create-collection',
      user: owner.record.user.id,
      kind,
      name: wanted,
      components: description.components ?? [],
      properties: propertiesOf(description),
      protected: description.protected ?? false,
    } as const;
    try {
      await this.#parts.commit([{ do: 'adopt-collection', id, folder: name, collection }]);
      troubles.clear(null, folder);
      info(`"${folder}" was changed on disk: taken over`);
      return true;
    } catch (error) {
      folders.lost(id);
      if (!(error instanceof Refusal)) throw error;
      troubles.report({ collection: null, file: folder, print: 0 }, { line: null, what: reasonOf(error) });
      return false;
    }
  }

  /** A collection's name is what clients and commands give it: its folder follows. */
  async #moveBack({ folder, description: { id } }: FoundFolder): Promise<boolean> {
    const { catalog, folders, mirror, info } = this.#parts;
    if (id === undefined || !catalog.collections.has(id) || (await folders.isThere(id))) return false;
    folders.found(id, folder);
    mirror.touchCollection(id);
    info(`"${folder}" was moved on disk: it is moved back`);
    return true;
  }
}
