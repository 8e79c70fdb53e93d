import type { CollectionId } from '../../types.ts';
import type { Catalog } from '../catalog.ts';
import { reasonOf } from '../error.ts';
import type { Folders } from '../folders.ts';
import type { GoneFolders } from './gone-folders.ts';
import type { Looker } from './looker.ts';
import type { NewFolders } from './new-folders.ts';
import type { Presence } from './presence.ts';
import { LONGEST, type Sight, type Suspects } from './sight.ts';
import type { Sweeps } from './sweeps.ts';
import type { Takeover } from './takeover.ts';
import type { Troubles } from './troubles.ts';
import type { Watch } from './watch.ts';

export interface LookoutParts {
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly presence: Presence;
  readonly looker: Looker;
  readonly suspects: Suspects;
  readonly takeover: Takeover;
  readonly newFolders: NewFolders;
  readonly goneFolders: GoneFolders;
  readonly troubles: Troubles;
  readonly sweeps: Sweeps;
  /** Absent: only what is there at opening counts. */
  readonly watch: Watch | undefined;
  readonly warn: (text: string) => void;
}

/** ms from a hint to the first look. */
const SOON = 100;
/** ms that files/ is looked for again, and that a store which couldn't write is left alone. */
const AWAY = 2000;
const LATER = 30_000;
/** Looks at opening: for what was seen, what came of it, and what came of that. */
const ROUNDS = 4;

/**
 * Goes on looking what people do to files. A hint leads to a look at one file, many of them to a sweep of the collection; what
 * is seen twice, half a second apart, is taken over.
 */
export class Lookout {
  readonly #parts: LookoutParts;
  readonly #hints = new Map<CollectionId, Set<string>>();
  /** When folders are to be looked at, by performance.now(). */
  #foldersDue = 0;
  /** When the store is to be asked again. */
  #notBefore = 0;
  #timer: NodeJS.Timeout | undefined;
  #due = Infinity;
  #round: Promise<void> | undefined;
  #begun = false;
  #stopped = false;
  #wakeUp: (() => void) | undefined;

  constructor(parts: LookoutParts) {
    this.#parts = parts;
  }

  /** A file may have been changed. */
  file(collection: CollectionId, file: string): void {
    const { sweeps } = this.#parts;
    const hints = this.#hints.get(collection) ?? new Set<string>();
    this.#hints.set(collection, hints.add(file));
    if (sweeps.hinted(collection, hints.size)) this.#hints.delete(collection);
    else this.wake(SOON);
  }

  /** Folders may have changed. */
  folders(): void {
    this.#foldersDue = 0;
    this.wake(SOON);
  }

  /** Anything may have changed. */
  everything(): void {
    this.folders();
    this.#parts.sweeps.everything();
  }

  /** Deals with what the first sweep saw, and from then on with hints. Does not wait for files that keep changing. */
  async begin(): Promise<void> {
    for (let rounds = 1; !this.#stopped; rounds++) {
      const next = await this.#look();
      if (next === Infinity || rounds === ROUNDS) break;
      await this.#sleep(Math.min(next, LONGEST) + 1);
    }
    this.#begun = true;
    this.wake(SOON);
  }

  /** Looks again in so many ms. */
  wake(ms: number): void {
    const due = performance.now() + ms;
    if (!this.#begun || this.#stopped || due >= this.#due || ms === Infinity) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#run(), ms).unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#wakeUp?.();
    await this.#round;
  }

  #run(): void {
    this.#due = Infinity;
    if (this.#round) return;
    this.#round = this.#look()
      .catch((error: unknown) => {
        this.#parts.warn(`looking for edits in files/: ${reasonOf(error)}; it is tried again`);
        return LATER;
      })
      .then((next) => {
        this.#round = undefined;
        this.wake(this.#hints.size > 0 ? SOON : next);
      });
  }

  /** One round. @returns ms after which the next is needed; Infinity where nothing waits. */
  async #look(): Promise<number> {
    const { presence, suspects } = this.#parts;
    if (!(await presence.look())) return AWAY;
    const now = performance.now();
    if (this.#foldersDue <= now) this.#foldersDue = now + (await this.#lookAtFolders());
    await this.#lookAtHints();
    if (performance.now() >= this.#notBefore) await this.#takeOver();
    const files = Math.max(suspects.wait(), suspects.size > 0 ? this.#notBefore - performance.now() : 0);
    return Math.max(0, Math.min(files, this.#foldersDue - performance.now()));
  }

  /** @returns ms after which to look again. */
  async #lookAtFolders(): Promise<number> {
    const { newFolders, goneFolders, watch, folders, sweeps } = this.#parts;
    this.#foldersDue = Infinity;
    // First, so that whatever happens after the look is told.
    const fresh = watch?.set(await folders.watched()) ?? [];
    const next = Math.min(await newFolders.look(), await goneFolders.look());
    for (const collection of fresh) if (collection !== undefined) sweeps.soon(collection);
    // In what is watched only now there may be more; or something happened meanwhile.
    return fresh.length > 0 || this.#foldersDue !== Infinity ? 0 : next;
  }

  async #lookAtHints(): Promise<void> {
    const hints = [...this.#hints];
    this.#hints.clear();
    for (const [id, files] of hints) for (const file of files) await this.#lookAt(id, file);
  }

  /** @returns what is seen. */
  async #lookAt(id: CollectionId, file: string): Promise<Sight | undefined> {
    const { catalog, looker, suspects } = this.#parts;
    const collection = catalog.collections.get(id);
    const there = collection && collection.record.trashed === undefined && !this.#stopped;
    const sight = there ? await looker.look(collection, file) : undefined;
    if (sight) suspects.note(sight);
    else suspects.forget(id, file);
    return sight;
  }

  /** What looks as it did half a second ago counts. */
  async #takeOver(): Promise<void> {
    const { suspects, takeover, troubles } = this.#parts;
    const still: Sight[] = [];
    for (const before of suspects.ripe()) {
      const now = await this.#lookAt(before.collection, before.file);
      if (now?.what === before.what && now.print === before.print) still.push(now);
    }
    if (still.length === 0 || this.#stopped) return;
    for (const { collection, file } of still) suspects.forget(collection, file);
    const { again, later } = await takeover.run(still);
    if (later) this.#notBefore = performance.now() + LATER;
    for (const sight of again) await this.#lookAt(sight.collection, sight.file);
    for (const id of new Set(still.map(({ collection }) => collection)))
      for (const file of troubles.outdated(id)) await this.#lookAt(id, file);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
