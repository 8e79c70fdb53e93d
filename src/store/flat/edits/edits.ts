import type { Decision, Trouble } from '../../trouble.ts';
import type { Author, CollectionId, FactsOf, Inspect, Outcome } from '../../types.ts';
import type { Catalog, CollectionState } from '../catalog.ts';
import type { Disk } from '../disk.ts';
import type { Folders } from '../folders.ts';
import type { ItemFiles } from '../item-files.ts';
import type { Layout } from '../layout.ts';
import type { MemberState } from '../members.ts';
import type { Mirror, TakenOver } from '../mirror.ts';
import type { PendingNames } from '../pending.ts';
import type { InnerChange } from '../plan.ts';
import type { UsersMirror } from '../users-file.ts';
import { takeAccounts } from './accounts.ts';
import { Deletions } from './deletions.ts';
import { Descriptions } from './descriptions.ts';
import { GoneFolders } from './gone-folders.ts';
import { Held, type HeldLimits } from './held.ts';
import { Looker } from './looker.ts';
import { Lookout } from './lookout.ts';
import { forgetLost } from './lost-files.ts';
import { NewFolders } from './new-folders.ts';
import type { Presence } from './presence.ts';
import { Suspects } from './sight.ts';
import { Sweep } from './sweep.ts';
import { Sweeps } from './sweeps.ts';
import { Takeover } from './takeover.ts';
import { Troubles } from './troubles.ts';
import { Watch } from './watch.ts';

/** Who changed something with an editor, or a copy. */
export const ON_DISK: Author = { agent: 'edit on disk' };

export interface EditsParts {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly files: ItemFiles;
  readonly mirror: Mirror;
  readonly users: UsersMirror;
  readonly presence: Presence;
  readonly factsOf: FactsOf;
  readonly inspect: Inspect;
  readonly bytesOf: (collection: CollectionState, name: string, member: MemberState) => Promise<Uint8Array>;
  /** Puts bytes that somebody wrote into the history. */
  readonly keep: (collection: CollectionId, name: string, bytes: Uint8Array) => Promise<void>;
  /** Resolves when the UIDs of all members are known. */
  readonly uidsOf: (collection: CollectionState) => Promise<void>;
  /** @throws Refusal */
  readonly commit: (
    changes: readonly InnerChange[],
    by: Author,
    taken: readonly TakenOver[],
  ) => Promise<readonly Outcome[]>;
  /** Saves the state. Never throws. */
  readonly save: () => Promise<void>;
  /** Members that the replay touched or that were pending, with what their files may still hold. */
  readonly replayed: PendingNames;
  /** Accounts changed since the last checkpoint: users.json may be any of several versions. */
  readonly usersReplayed: boolean;
  /** The data folder is not the one that this store left. */
  readonly copied: boolean;
  /** How many deletions are held; see FlatStoreOptions. */
  readonly guard: () => HeldLimits;
  /** Go on after opening; see FlatStoreOptions. */
  readonly watch: { readonly period?: number } | undefined;
  readonly log: { info(text: string): void; warn(text: string): void };
}

/** What people do to files/, while the store is closed and while it is open. */
export class Edits {
  readonly #parts: EditsParts;
  readonly #held: Held;
  readonly #troubles: Troubles;
  readonly #looker: Looker;
  readonly #newFolders: NewFolders;
  readonly #goneFolders: GoneFolders;
  readonly #sweep: Sweep;
  readonly #takeOverAccounts: () => Promise<void>;
  readonly #takeover: Takeover;
  readonly #deletions: Deletions;
  readonly #sweeps: Sweeps;
  readonly #watch: Watch | undefined;
  readonly #lookout: Lookout;

  constructor(given: EditsParts) {
    this.#parts = given;
    const { log, catalog } = given;
    const warn = (text: string) => log.warn(text);
    const info = (text: string) => log.info(text);
    const suspects = new Suspects();
    const held = new Held(catalog, given.guard, log);
    const troubles = new Troubles({ ...given, warn });
    const parts = { ...given, info, warn, suspects, held, troubles };
    const commit = (changes: readonly InnerChange[], taken: readonly TakenOver[] = []) =>
      given.commit(changes, ON_DISK, taken);
    const looker = new Looker(parts);
    const descriptions = new Descriptions({ ...parts, commit });
    const takeover = new Takeover({ ...parts, looker, descriptions, commit });
    const newFolders = new NewFolders({ ...parts, commit });
    const goneFolders = new GoneFolders({ ...parts, back: (collection) => sweeps.soon(collection) });
    const sweep = new Sweep({ ...parts, looker });
    const watch = given.watch
      ? new Watch({
          ...parts,
          file: (collection, file) => lookout.file(collection, file),
          visit: (collection) => given.files.beware(collection),
          folders: () => lookout.folders(),
          burst: () => lookout.everything(),
        })
      : undefined;
    const sweeps: Sweeps = new Sweeps({
      ...parts,
      sweep,
      watch,
      period: given.watch?.period,
      swept: () => lookout.wake(suspects.wait()),
      everything: () => lookout.everything(),
    });
    const lookout: Lookout = new Lookout({
      ...parts,
      looker,
      takeover,
      newFolders,
      goneFolders,
      sweeps,
      watch,
    });
    this.#held = held;
    this.#troubles = troubles;
    this.#looker = looker;
    this.#newFolders = newFolders;
    this.#goneFolders = goneFolders;
    this.#sweep = sweep;
    this.#takeover = takeover;
    this.#deletions = new Deletions(parts);
    this.#takeOverAccounts = () => takeAccounts({ ...parts, commit });
    this.#sweeps = sweeps;
    this.#watch = watch;
    this.#lookout = lookout;
  }

  /**
   * Compares files/ with the catalog and takes over what people did to it; from then on goes on looking.
   * @param begin called when it is known where folders are: the mirror may write from then on.
   */
  async open(begin: () => void): Promise<void> {
    const { folders, usersReplayed } = this.#parts;
    const unknown = await folders.survey();
    this.#goneFolders.suspect(this.#parts.copied);
    await forgetLost({ ...this.#parts, looker: this.#looker });
    this.#watch?.set(await folders.watched());
    begin();
    if (!usersReplayed) await this.#takeOverAccounts();
    for (const found of unknown) await this.#newFolders.take(found);
    await this.#sweep.open();
    this.#looker.opening = false;
    await this.#lookout.begin();
    if (this.#watch) this.#sweeps.begin();
  }

  /** files/ is there again. */
  returned(): void {
    this.#lookout.everything();
  }

  /** Why files/ is out of reach; undefined while it is there. */
  get away(): string | undefined {
    return this.#parts.presence.away;
  }

  /** Whether deletions are held: of a member, or, without a name, of a collection as a whole. */
  holds(collection: CollectionId, name?: string): boolean {
    return name === undefined ? this.#held.isWhole(collection) : this.#held.has(collection, name);
  }

  list(): Trouble[] {
    const { away } = this;
    const unreachable: Trouble[] = away === undefined ? [] : [{ kind: 'away', what: away }];
    return [...unreachable, ...this.#held.list(), ...this.#troubles.list()];
  }

  decide(decision: Decision, collection: CollectionId, by: Author): Promise<number> {
    return this.#deletions.decide(decision, collection, by);
  }

  async stop(): Promise<void> {
    this.#watch?.close();
    this.#takeover.stop();
    await this.#sweeps.stop();
    await this.#lookout.stop();
  }
}
