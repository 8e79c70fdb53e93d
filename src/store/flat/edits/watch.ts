import path from 'node:path';
import type { CollectionId } from '../../types.ts';
import type { Disk } from '../disk.ts';
import { reasonOf } from '../error.ts';
import { COLLECTION_FILE } from '../layout.ts';

export interface WatchParts {
  readonly disk: Disk;
  /** Something was done to a file of a collection's folder. */
  readonly file: (collection: CollectionId, file: string) => void;
  /** Somebody else is at work in a collection's folder. */
  readonly visit: (collection: CollectionId) => void;
  /** Something was done to folders. */
  readonly folders: () => void;
  /** So much happened at once that the system may have kept something to itself. */
  readonly burst: () => void;
  readonly warn: (text: string) => void;
}

/** The kernel's queue has room for 16,384 events unless somebody changed it. */
const BURST = 4000;

/** Watches folders for hints of what people do in them. */
export class Watch {
  /** The system watches no more: what isn't watched is found by sweeps alone. */
  limited = false;
  readonly #parts: WatchParts;
  readonly #open = new Map<string, () => void>();
  #closed = false;
  /** Events in this turn of the event loop. */
  #events = 0;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /**
   * Watches these folders and no others.
   * @param folders those of collections with their ids.
   * @returns those that are watched from now on: what was done to them before nobody has told.
   */
  set(folders: ReadonlyMap<string, CollectionId | undefined>): (CollectionId | undefined)[] {
    for (const folder of [...this.#open.keys()]) if (!folders.has(folder)) this.#drop(folder);
    const fresh: (CollectionId | undefined)[] = [];
    for (const [folder, collection] of folders) {
      if (this.#closed || this.limited || this.#open.has(folder)) continue;
      if (this.#watch(folder, collection)) fresh.push(collection);
    }
    return fresh;
  }

  close(): void {
    this.#closed = true;
    for (const folder of [...this.#open.keys()]) this.#drop(folder);
  }

  #watch(folder: string, collection: CollectionId | undefined): boolean {
    const { disk, warn } = this.#parts;
    const tell = (name: string) => this.#tell(folder, collection, name);
    try {
      const close = disk.watch(folder, tell, () => {
        this.#drop(folder);
        this.#parts.folders();
      });
      if (close) this.#open.set(folder, close);
      return close !== undefined;
    } catch (error) {
      this.limited = true;
      warn(
        `watching "${folder}": ${reasonOf(error)}; edits there are found more slowly, within a few minutes: ` +
          'on Linux raise fs.inotify.max_user_watches and start again',
      );
      return false;
    }
  }

  #tell(folder: string, collection: CollectionId | undefined, name: string): void {
    if (this.#closed) return;
    this.#count();
    const itself = name === '' || name === path.basename(folder);
    // Whatever stands there now is another folder.
    if (itself) this.#drop(folder);
    if (itself || collection === undefined) {
      if (name.startsWith('.davd-')) return;
      this.#drop(path.join(folder, name));
      this.#parts.folders();
    } else if (name === COLLECTION_FILE || /^[^.].*\.(ics|vcf)$/.test(name))
      this.#parts.file(collection, name);
    else if (!name.startsWith('.davd-')) this.#parts.visit(collection);
  }

  #count(): void {
    if (this.#events++ === 0) {
      setImmediate(() => {
        this.#events = 0;
      });
    }
    if (this.#events === BURST) this.#parts.burst();
  }

  #drop(folder: string): void {
    this.#open.get(folder)?.();
    this.#open.delete(folder);
  }
}
