import { randomBytes } from 'node:crypto';
import { Catalog } from './catalog.ts';
import { loadState } from './checkpoint.ts';
import type { Disk } from './disk.ts';
import { comesBack, type Entry } from './entries.ts';
import type { Layout } from './layout.ts';
import { PendingNames } from './pending.ts';
import { readBases } from './rebuild.ts';
import { replayJournal } from './recover.ts';
import { type History, type SavedState, STATE_FORMAT } from './state-index.ts';
import { keepState } from './upgrade.ts';

/** What is known of a store when it is opened, before anybody looks at files/. */
export interface Recovered {
  /** undefined: there was none that can be used. */
  readonly saved: SavedState | undefined;
  readonly catalog: Catalog;
  readonly history: History;
  /** Lineage of the sync tokens; new where there was no saved state. */
  readonly epoch: string;
  /** Members that the replay touched or that were pending, with what their files may still hold. */
  readonly replayed: PendingNames;
  /** Entries of the replay that are not of members. */
  readonly others: readonly Entry[];
  /** When the last commit was made, ms since 1970 UTC; 0 if the replay had none. */
  readonly last: number;
  /** Where the journal ends. */
  readonly end: Awaited<ReturnType<typeof replayJournal>>;
  /** Print of the marker in files/. */
  readonly marker: number;
  /** The folder is a copy, or nothing is known of it. */
  readonly copied: boolean;
}

/** ms of reading without a word. */
const PATIENCE = 1000;

/**
 * The catalog as it was committed last: saved state, or what the base files have, and what the journal says since.
 * @throws StoreError where something durable is damaged.
 */
export async function recoverCatalog(
  disk: Disk,
  layout: Layout,
  store: string,
  { info, warn }: { info(text: string): void; warn(text: string): void },
): Promise<Recovered> {
  // What is found there may be named in memory alone, by a process that died.
  for (const part of [layout.state, layout.journal]) await disk.syncFolder(part);
  const saved = await loadState(disk, layout, store);
  if (saved && saved.head.format < STATE_FORMAT) await keepState(disk, layout, saved.head.format);
  const replayed = saved?.pending ?? new PendingNames();
  const known = saved ?? (await readBases(disk, layout));
  const catalog = known?.catalog ?? new Catalog();
  const history = known?.head.history ?? { first: 1, bases: [] };
  const epoch = saved?.head.epoch ?? randomBytes(4).toString('hex');
  const others: Entry[] = [];
  let last = 0;
  const end = await replayJournal(
    disk,
    layout.journal,
    saved?.head.from ?? undefined,
    history.first,
    saved?.head.durable ?? [0, 0],
    (record, spot) => {
      last = Math.max(last, record.time);
      for (const entry of record.changes) {
        if (entry.set === 'member' || entry.set === 'gone')
          replayed.add(entry.in, entry.name, entry.was && [entry.was.etag]);
        else others.push(entry);
      }
      catalog.apply(record, spot);
      for (const entry of record.changes.filter(comesBack)) {
        const { id } = entry.collection;
        for (const name of catalog.collections.get(id)?.members.names() ?? []) replayed.add(id, name);
      }
    },
    patiently((done, of) => info(`opening the store: ${done} of ${of} files of the journal are read`)),
  );
  const marker = (await disk.stat(layout.marker))?.content ?? 0;
  // In a copy of the folder nobody knows whether what is missing was deleted or not copied.
  const copied = saved?.head.marker !== marker;
  if (copied) for (const collection of catalog.collections.values()) collection.forgetPrints();
  if (end.cut > 0)
    info(`opening the store: ${end.cut} octets that were never acknowledged are cut off the journal`);
  for (const file of end.rotten)
    warn(`reading the journal "${file}": bytes of objects have changed there; davd check says which`);
  return { saved, catalog, history, epoch, replayed, others, last, end, marker, copied };
}

/** Tells how far something is that takes long, each second at most. */
function patiently(tell: (done: number, of: number) => void): (done: number, of: number) => void {
  let due = performance.now() + PATIENCE;
  return (done, of) => {
    if (performance.now() < due) return;
    tell(done, of);
    due = performance.now() + PATIENCE;
  };
}
