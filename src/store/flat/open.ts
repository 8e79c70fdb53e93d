import type { FactsOf } from '../types.ts';
import { Catalog, type CollectionState } from './catalog.ts';
import { Commits } from './commits.ts';
import { type Disk, nodeDisk } from './disk.ts';
import { FactsDesk } from './facts.ts';
import { newId, ownFolder, storeIn } from './init.ts';
import { Journal } from './journal.ts';
import { Layout, memberFile } from './layout.ts';
import type { MemberState } from './members.ts';
import { Reader } from './reader.ts';
import { replayJournal } from './recover.ts';
import { type FlatStore, OpenStore } from './store.ts';
import { Vault, type Wanted } from './vault.ts';

export { StoreError } from './error.ts';
export { initFlatStore } from './init.ts';
export type { FlatStore } from './store.ts';

export interface FlatStoreOptions {
  /** The data folder. */
  readonly folder: string;
  readonly factsOf: FactsOf;
  /** Gets sentences about what the store repaired or could not do. */
  readonly log?: { info(text: string): void; warn(text: string): void };
  readonly disk?: Disk;
}

/**
 * Opens the store of a data folder and owns it until `close`, or until the process ends.
 * @throws StoreError where there is none, it is taken, or something durable is damaged.
 */
export async function openFlatStore(options: FlatStoreOptions): Promise<FlatStore> {
  const { folder, factsOf, disk = nodeDisk } = options;
  const layout = new Layout(folder);
  const id = await storeIn(layout, disk);
  const release = await ownFolder(layout, disk);
  try {
    const catalog = new Catalog();
    const end = await replayJournal(disk, layout.journal, undefined, [0, 0], (record, spot) =>
      catalog.apply(record, spot),
    );
    const journal = new Journal(disk, layout.journal, id, end.position, newId);
    if (end.last) await journal.resume(end.last.tag, end.last.time);

    const vault = new Vault(disk, layout.journal, async () => undefined);
    const wanted = (collection: CollectionState, name: string, member: MemberState): Wanted => ({
      etag: member.etag,
      size: member.size,
      at: member.at,
      file: `${layout.collectionFolder(catalog, collection.record)}/${memberFile(collection.record, name, member.file)}`,
    });
    const facts = new FactsDesk(
      factsOf,
      (collection, names) =>
        Promise.all(
          names.map((name) => {
            const member = collection.members.get(name);
            return member && vault.read(wanted(collection, name, member));
          }),
        ),
      () => undefined,
    );
    const commits = new Commits(
      catalog,
      journal,
      { admits: () => true, release: async () => false },
      { caseless: false, newId },
      ({ plan }) => {
        let body = 0;
        for (const entry of plan.entries) {
          if (entry.set !== 'member' || typeof entry.at !== 'number') continue;
          const bytes = plan.bodies[body++];
          if (bytes) vault.keep(entry.etag, bytes);
        }
      },
    );
    return new OpenStore({
      id,
      catalog,
      reader: new Reader(catalog, id.slice(0, 8), facts, vault, wanted),
      commits,
      facts,
      settled: async () => undefined,
      checkpoint: async () => undefined,
      close: async () => {
        await commits.close();
        await journal.close();
        await vault.close();
        release();
      },
    });
  } catch (error) {
    release();
    throw error;
  }
}
