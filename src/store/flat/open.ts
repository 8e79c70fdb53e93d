import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Notice } from '../history.ts';
import { type Author, type FactsOf, type Inspect, Refusal } from '../types.ts';
import { BaseReader } from './base.ts';
import { CacheFiles } from './cache-files.ts';
import type { CollectionState } from './catalog.ts';
import { check } from './check.ts';
import { Checkpoint } from './checkpoint.ts';
import { carefulClock } from './clock.ts';
import { Commits } from './commits.ts';
import type { Disk } from './disk.ts';
import { Edits, ON_DISK } from './edits/edits.ts';
import { Presence } from './edits/presence.ts';
import { errorCode, explained, reasonOf, StoreError } from './error.ts';
import { FactsDesk } from './facts.ts';
import { FactsCache } from './facts-cache.ts';
import { Folders } from './folders.ts';
import { HistoryReader } from './history.ts';
import { newId, ownFolder, storeIn } from './init.ts';
import { ItemFiles } from './item-files.ts';
import { Journal, SEGMENT_SIZE } from './journal.ts';
import { Layout } from './layout.ts';
import type { MemberState } from './members.ts';
import { Mirror, type TakenOver } from './mirror.ts';
import { momentAt } from './moment.ts';
import { nodeDisk } from './node-disk.ts';
import { Noticing } from './noticing.ts';
import { PastReader } from './past.ts';
import { PastRecords } from './past-records.ts';
import type { InnerChange } from './plan.ts';
import { isCaseless } from './probe.ts';
import { purgeOf } from './purge.ts';
import { Reader } from './reader.ts';
import { recoverCatalog } from './recover-catalog.ts';
import { Reserve } from './reserve.ts';
import { type HistoryLimits, Retention, segmentSizeFor } from './retention.ts';
import { UNSAFE } from './rows.ts';
import { Schedule } from './schedule.ts';
import { SightingsFile } from './sightings.ts';
import { type FlatStore, OpenStore, submit } from './store.ts';
import { UsersMirror } from './users-file.ts';
import { Vault, type Wanted } from './vault.ts';

export { StoreError } from './error.ts';
export { initFlatStore } from './init.ts';
export type { FlatStore } from './store.ts';

export interface FlatStoreOptions {
  /** The data folder. */
  readonly folder: string;
  readonly factsOf: FactsOf;
  /** What can be read is good unless told. */
  readonly inspect?: Inspect;
  /**
   * Go on looking what people do to files/, once what they did before is taken over: at hints of the system, and at
   * everything each `period` ms, five minutes unless told.
   */
  readonly watch?: { readonly period?: number };
  /** More deletions on disk within ten minutes, and of a larger part of a collection, are held; 50 and 30 unless told. */
  readonly guard?: () => { readonly items: number; readonly percent: number };
  /** Of `factsOf`: when it changes, facts that were kept are worked out anew. */
  readonly factsVersion?: string;
  /** Gets sentences about what the store repaired, took over or could not do. */
  readonly log?: { info(text: string): void; warn(text: string): void };
  /** How much of the past is kept; 30 days and a gigabyte unless told. */
  readonly history?: Partial<HistoryLimits>;
  /** Looks for bursts of changes. */
  readonly notice?: Notice;
  /** Octets after which the journal begins a new file. */
  readonly segmentSize?: number;
  readonly disk?: Disk;
}

/**
 * ms that closing may take until files are safe, and of these, until they are written. The journal has what they have, but
 * the next opening has to write all those anew that are not safe.
 */
const CLOSING = 6000;
const WRITING = 2000;
/** ms until a store that stays open holds room on the disk. */
const RESERVING = 3000;
const HISTORY: HistoryLimits = { days: 30, maxBytes: 1024 ** 3 };
/** What the store does of its own accord. */
const BY_ITSELF: Author = { agent: 'davd' };
const GUARD = { items: 50, percent: 30 };
const SILENT = { info: () => undefined, warn: () => undefined };

/**
 * Opens the store of a data folder and owns it until `close`, or until the process ends. It is ready at once; files/ is
 * compared with it in the background.
 * @throws StoreError where there is none, it is taken, or something durable is damaged.
 */
export async function openFlatStore(options: FlatStoreOptions): Promise<FlatStore> {
  const { disk = nodeDisk } = options;
  const layout = new Layout(path.resolve(options.folder));
  const id = await storeIn(layout, disk);
  const release = await ownFolder(layout, disk);
  try {
    return await openOwned(options, disk, layout, id, release);
  } catch (error) {
    release();
    throw explained('opening the store', layout.root, error);
  }
}

async function openOwned(
  options: FlatStoreOptions,
  disk: Disk,
  layout: Layout,
  id: string,
  release: () => void,
): Promise<FlatStore> {
  const { factsOf, factsVersion = '', log = SILENT, history: limits, notice, segmentSize } = options;
  for (const part of [layout.journal, layout.state, layout.cache]) await disk.mkdir(part, 0o700);
  layout.caseless = await isCaseless(disk, layout.files);
  const warn = (text: string) => log.warn(text);
  const info = (text: string) => log.info(text);

  const recovered = await recoverCatalog(disk, layout, id, { info, warn });
  const { saved, catalog, history, epoch, replayed, others, marker, copied, end } = recovered;
  const kept = { ...HISTORY, ...limits };
  const segments = segmentSize ?? segmentSizeFor(kept.maxBytes, SEGMENT_SIZE);
  const journal = new Journal(disk, layout.journal, id, end.position, newId, segments);
  if (end.last) await journal.resume(end.last.tag, end.last.time);

  const folders = new Folders(disk, layout, catalog, (collection) => mirror.touchCollection(collection));
  const bases = new BaseReader(disk, layout.journal);
  const pasts = new PastReader(disk, layout.journal);
  const vault = new Vault(disk, layout.journal, (place, etag) => bases.read(place, etag));

  const past = new PastRecords({
    disk,
    folder: layout.journal,
    vault,
    pasts,
    durable: () => journal.durable,
    history: () => checkpoint.history,
  });
  const pastOf = new HistoryReader(past, (collection) => catalog.collections.get(collection)?.record);

  const wanted = (
    { record }: CollectionState,
    name: string,
    { etag, size, at, file }: MemberState,
  ): Wanted => {
    const ownFile = () => {
      const folder = folders.of(record.id) ?? layout.collectionFolder(catalog, record);
      return path.join(folder, layout.memberFile(record, name, file));
    };
    return { etag, size, at, file: ownFile };
  };
  const bytesOf = async (
    collection: CollectionState,
    name: string,
    member: MemberState,
  ): Promise<Uint8Array> => {
    try {
      return await vault.read(wanted(collection, name, member));
    } catch (error) {
      // They were packed into a base file meanwhile.
      const now = collection.members.get(name);
      if (now?.etag !== member.etag || isDeepStrictEqual(now.at, member.at)) throw error;
      return bytesOf(collection, name, now);
    }
  };

  const asked = new Asked();
  const cache = new FactsCache(disk, layout.cache, factsVersion);
  const facts = new FactsDesk(
    factsOf,
    (collection, names) =>
      Promise.all(
        names.map((name) => {
          const member = collection.members.get(name);
          return member && bytesOf(collection, name, member).catch(unlessDamaged);
        }),
      ),
    cache,
  );
  const reserve = new Reserve(disk, layout.journal, log);
  const commits = new Commits(
    catalog,
    journal,
    reserve,
    { caseless: layout.caseless, epoch, newId, stays: (place) => past.stays(place) },
    (published) => {
      const { plan, taken } = published;
      noticing?.see(published);
      plan.bytes.forEach((bytes, etag) => {
        vault.keep(etag, bytes);
      });
      mirror.touch(plan.entries, taken);
      schedule.note(journal.position);
    },
    (error) => warn(`${reasonOf(error)}; nothing is stored until davd is started again`),
  );
  const commit = (changes: readonly InnerChange[], by: Author, taken: readonly TakenOver[] = []) =>
    submit({ catalog, commits, facts, factsOf, history: pastOf }, changes, { by, taken });
  const noticing =
    notice &&
    new Noticing({
      catalog,
      history: pastOf,
      notice,
      keep: (mark) => asked.wait(async () => void (await commit([{ do: 'mark', mark }], BY_ITSELF))),
      warn,
    });
  const users = new UsersMirror(disk, layout.users, catalog, saved?.head.users ?? 0);
  const keep = async (collection: string, name: string, bytes: Uint8Array) => {
    await commit([{ do: 'keep', collection, name, bytes }], ON_DISK);
    // What a crash left of one version before another was written is nobody's edit, and no object either.
    const kind = catalog.collections.get(collection)?.record.kind ?? 'calendar';
    if (factsOf(kind, bytes).component === '') return;
    info(`the file of "${name}" was changed on disk while a client changed it: the edit is in the history`);
  };
  const files = new ItemFiles({
    disk,
    layout,
    catalog,
    folders,
    bytesOf,
    keep,
    again: (...member) => mirror.touchName(...member),
    warn,
  });
  const presence = new Presence({
    disk,
    layout,
    store: id,
    changed: (here, why) => {
      if (here) {
        info('files/ is there again');
        mirror.resume();
        edits.returned();
      } else {
        warn(
          `${why}; is files/ a disk that was unmounted? Everything is served from the journal until it is back`,
        );
        mirror.pause();
      }
    },
  });
  const mirror = new Mirror({
    catalog,
    folders,
    files,
    users,
    replayed,
    present: () => presence.look(),
    written: () => schedule.written(files.waiting),
    warn,
  });
  mirror.touchReplayed(others);
  const usersReplayed =
    saved?.head.users === UNSAFE || others.some(({ set }) => set === 'user' || set === 'no-user');
  if (usersReplayed) mirror.touchUsers();
  const edits = new Edits({
    disk,
    layout,
    catalog,
    folders,
    files,
    mirror,
    users,
    presence,
    factsOf,
    inspect: options.inspect ?? readable(factsOf),
    bytesOf,
    keep,
    uidsOf: (collection) => facts.ready(collection),
    commit,
    save: () => saveState(),
    replayed,
    usersReplayed,
    copied,
    guard: options.guard ?? (() => GUARD),
    watch: options.watch,
    log: { info, warn },
  });
  const checkpoint = new Checkpoint(
    {
      disk,
      layout,
      store: id,
      epoch,
      catalog,
      journal,
      mirror,
      cache,
      files,
      folders,
      marker,
      unseen: replayed,
      usersPrint: () => (mirror.usersPending ? UNSAFE : users.print),
      warn,
    },
    saved,
    history,
  );
  const retention = new Retention({
    disk,
    layout,
    catalog,
    checkpoint,
    journal,
    limits: kept,
    now: carefulClock(Math.max(recovered.last, end.last?.time ?? 0)),
    bytesOf,
    commit: (changes) => commit(changes, BY_ITSELF),
    turn: async () => {
      journal.expire();
      const { segment } = journal.position;
      await commit([], BY_ITSELF);
      if (journal.position.segment === segment) throw new Refusal('full', -1);
    },
    passed: () => vault.passed(),
    deleted: (segment) => vault.forget(segment),
    rewritten: () => pasts.clear(),
    warn,
  });
  const saveState = () =>
    checkpoint.run().catch((error: unknown) => warn(`saving the state: ${reasonOf(error)}`));
  const save = async () => {
    await checkpoint.run();
    await retention.due();
  };
  const schedule = new Schedule(journal.position, save, warn);
  // A new lineage of sync tokens must not be lost once a client has seen one.
  if (!saved) await checkpoint.begin();

  let closing = false;
  const proceed = () => {
    if (closing) throw new Error('the store is closing');
  };
  const looking = (async () => {
    // First, because it is quick, and clients that come at once ask for times and UIDs.
    for (const collection of [...catalog.collections.values()]) if (!closing) await facts.kept(collection);
    await edits.open(() => mirror.begin());
    for (const collection of [...catalog.collections.values()]) if (!closing) await facts.ready(collection);
    // Else the next opening would read those files again, and names would be remembered until a commit comes.
    if (checkpoint.wanting) schedule.now();
  })().catch((error: unknown) => warn(`comparing files/ with the store: ${reasonOf(error)}`));

  const holding = setTimeout(() => {
    reserve.hold().catch((error: unknown) => warn(`reserving room on the disk: ${reasonOf(error)}`));
  }, RESERVING).unref();

  return new OpenStore({
    id,
    catalog,
    reader: new Reader(catalog, epoch, facts, vault, wanted),
    commits,
    facts,
    factsOf,
    history: pastOf,
    available: () => disk.free(layout.files),
    sightings: new SightingsFile(disk, layout.state),
    cacheFiles: new CacheFiles(disk, layout.cache),
    relief: () => retention.relief,
    purge: (past) =>
      asked.wait(async () => {
        await looking;
        const { trashed, concerns } = purgeOf(catalog, past);
        if (trashed.length > 0) {
          await commit(
            trashed.map((id): InnerChange => ({ do: 'purge', collection: id })),
            BY_ITSELF,
          );
        }
        await retention.purge(concerns);
        await mirror.settled(Infinity);
      }),
    settled: async () => {
      await looking;
      await mirror.settled(Infinity);
    },
    checkpoint: () =>
      asked.wait(async () => {
        await looking;
        await mirror.settled(Infinity);
        await checkpoint.run();
      }),
    compact: () =>
      asked.wait(async () => {
        await looking;
        await checkpoint.run();
        await retention.run();
      }),
    troubles: async () => {
      await looking;
      return edits.list();
    },
    decideDeletions: async (collection, decision, by) => {
      await looking;
      const count = await edits.decide(decision, collection, by);
      await mirror.settled(Infinity);
      return count;
    },
    hold: async () => {
      await looking;
      const letGo = await retention.hold();
      return { moment: momentAt(id, journal.position), release: letGo };
    },
    check: async function* (repair) {
      const ended = Promise.withResolvers<void>();
      void asked.wait(() => ended.promise);
      try {
        await looking;
        await mirror.settled(WRITING);
        const kept = { disk, layout, store: id, catalog, checkpoint, journal, retention, vault };
        for await (const step of check(
          { ...kept, folders, mirror, users, edits, factsOf, wanted, proceed },
          repair,
        )) {
          proceed();
          yield step;
        }
        if (repair) await mirror.settled(Infinity);
      } finally {
        ended.resolve();
      }
    },
    close: async () => {
      closing = true;
      clearTimeout(holding);
      reserve.close();
      facts.stop();
      retention.stop();
      checkpoint.hurry(CLOSING);
      await schedule.close();
      await edits.stop();
      await looking;
      await asked.ended();
      await commits.idle();
      await mirror.settled(WRITING);
      await saveState();
      await commits.close();
      await mirror.close();
      for (const part of [journal, vault]) {
        await part.close().catch((error: unknown) => warn(`closing files: ${reasonOf(error)}`));
      }
      release();
    },
  });
}

function readable(factsOf: FactsOf): Inspect {
  return async (kind, bytes) => {
    const facts = factsOf(kind, bytes);
    return facts.component === '' ? { line: null, what: "it can't be read as what its name says" } : facts;
  };
}

/** Work that somebody asked for, so that closing can wait for its end. */
class Asked {
  readonly #ongoing = new Set<Promise<void>>();

  async wait(work: () => Promise<void>): Promise<void> {
    const running = work();
    this.#ongoing.add(running);
    await running.finally(() => this.#ongoing.delete(running));
  }

  async ended(): Promise<void> {
    await Promise.allSettled(this.#ongoing);
  }
}

/** One damaged object has no facts, and hides no others; that too many files are open says nothing of it. */
function unlessDamaged(error: unknown): undefined {
  const isDamaged = (error instanceof StoreError && error.code === 'damaged') || errorCode(error) === 'EIO';
  if (!isDamaged) throw error;
  return undefined;
}
