import path from 'node:path';
import type { Catalog } from './catalog.ts';
import { type CollectionRecord, ENDING_OF, FOLDER_OF } from './entries.ts';
import { fileNameOf } from './names.ts';

/** Where things are in a data folder; docs/store.md explains each to a person who opens it. */
export class Layout {
  readonly root: string;
  /** What people own. */
  readonly files: string;
  /** Says whose files these are; without it a folder that isn't mounted would look like one that was emptied. */
  readonly marker: string;
  readonly trash: string;
  readonly users: string;
  readonly journal: string;
  readonly state: string;
  readonly cache: string;
  readonly lock: string;
  /** files/ takes two spellings of a letter for one. */
  caseless = false;

  constructor(root: string) {
    this.root = root;
    this.files = path.join(root, 'files');
    this.marker = path.join(this.files, '.davd.json');
    this.trash = path.join(this.files, '.trash');
    this.users = path.join(root, 'users.json');
    this.journal = path.join(root, 'journal');
    this.state = path.join(root, 'state');
    this.cache = path.join(root, 'cache');
    this.lock = path.join(root, 'lock');
  }

  /** Where a collection's folder belongs. */
  collectionFolder(catalog: Catalog, record: CollectionRecord): string {
    const owner = catalog.users.get(record.owner)?.record.folder;
    if (record.trashed !== undefined || owner === undefined) return path.join(this.trash, record.id);
    return path.join(this.files, owner, FOLDER_OF[record.kind], record.folder);
  }

  /** The file of a member in its collection's folder. @param listed its name where the member's doesn't tell. */
  memberFile(record: CollectionRecord, name: string, listed: string | undefined): string {
    return listed ?? fileNameOf(name, ENDING_OF[record.kind], this.caseless).file;
  }
}

/** The description of a collection, in its folder. */
export const COLLECTION_FILE = '.collection.json';
