import type { Catalog } from '../catalog.ts';
import type { Disk } from '../disk.ts';
import type { Folders } from '../folders.ts';
import type { Looker } from './looker.ts';

export interface LostFilesParts {
  readonly disk: Disk;
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly looker: Looker;
}

/**
 * Where it isn't known that a collection's folder was safe, what is missing in it was taken away by a crash: it is not
 * there, or was made anew by an earlier opening that came to no end either. Before the mirror makes folders and before a
 * checkpoint takes them for safe.
 */
export async function forgetLost({ disk, catalog, folders, looker }: LostFilesParts): Promise<void> {
  for (const collection of [...catalog.collections.values()]) {
    const { record, members, print } = collection;
    if (record.trashed !== undefined || print !== 0) continue;
    const folder = folders.of(record.id);
    const found = folder === undefined ? undefined : await disk.readdir(folder);
    const files = new Set(found?.map(({ name }) => name));
    for (const name of members.names()) {
      if (members.printOf(name) > 0 && !files.has(looker.fileOf(collection, name)))
        collection.forgetPrint(name);
    }
  }
}
