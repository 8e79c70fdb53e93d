import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectionState } from './catalog.ts';
import type { Disk, Stat } from './disk.ts';
import { errorCode } from './error.ts';
import type { MemberState } from './members.ts';
import { etagOfAny } from './record.ts';
import { isUnfinished } from './unfinished.ts';

/** A member's file that is to be written or removed. */
export interface Target {
  readonly collection: CollectionState;
  readonly name: string;
  /** Its path. */
  readonly file: string;
  /** undefined: it is to be removed. */
  readonly state: MemberState | undefined;
  /** Etags of versions that may stand there and are in the journal. */
  readonly earlier: Set<string>;
  /** The disk failed to keep it: what stands there may be forgotten. */
  readonly doubtful: boolean;
}

/** Puts bytes that somebody wrote into the history. */
export type Keep = (target: Target, bytes: Uint8Array) => Promise<void>;

/** ms that a file which somebody writes in place must stay as it is before it is read. */
const STILL = 50;

/** Errors of a file system that has no hard links. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** A name of no object: of a file that is new, or taken aside. It says which file it is about. */
function temporaryName(count: number, kind: 'new' | 'old', file: string): string {
  return `.davd-${count}.${file}.${kind}`;
}

/** What a temporary file is about; undefined where it is none. */
export function readTemporaryName(
  name: string,
): { readonly kind: string; readonly file: string } | undefined {
  const [, file, kind] = /^\.davd-\d+\.(.+)\.(new|old)$/.exec(name) ?? [];
  return file !== undefined && kind !== undefined ? { kind, file } : undefined;
}

/**
 * Replaces and removes the files of members. Before, or where others are at work, behind the file's back, it looks at
 * what stands there: what this store didn't write is kept.
 */
export class MemberFile {
  readonly #disk: Disk;
  readonly #keep: Keep;
  #counter = 0;
  /** Temporary files at work. */
  readonly #temporary = new Set<string>();

  constructor(disk: Disk, keep: Keep) {
    this.#disk = disk;
    this.#keep = keep;
  }

  /** The file is no leftover: it is in use now. */
  isTemporary(file: string): boolean {
    return this.#temporary.has(file);
  }

  /**
   * @param careful somebody else is at work in the folder: what is replaced is taken aside first, so that it can be looked
   * at in peace. The price is an instant in which there is no file.
   * @returns the print of the file; 0 where it is to be looked at, because somebody was at it at once.
   */
  async replace(target: Target, bytes: Uint8Array, careful: boolean): Promise<number> {
    return this.#withTemporary(target, 'new', async (fresh) => {
      await this.#disk.writeFile(fresh, bytes);
      const content = (await this.#disk.stat(fresh))?.content;
      // The last thing before it is replaced, so that an edit has next to no time to slip in between.
      const seen = await this.#lookAt(target, bytes);
      if (seen?.stands) {
        await this.#disk.unlink(fresh);
        return seen.print;
      }
      if (careful && seen) await this.#changePlaces(target, fresh, bytes);
      else if (!(await this.#disk.rename(fresh, target.file))) throw new Error(`"${fresh}" was taken away`);
      const left = await this.#disk.stat(target.file);
      return left && left.content === content ? left.print : 0;
    });
  }

  /** @param careful as for `replace`. */
  async remove(target: Target, careful: boolean): Promise<void> {
    if (!(await this.#lookAt(target, undefined))) return;
    if (careful)
      await this.#withTemporary(target, 'old', (aside) => this.#takeAway(target, aside, undefined));
    else await this.#disk.unlink(target.file);
  }

  /** Whatever stands there is taken away; the new file comes where nothing is, and nowhere else. */
  async #changePlaces(target: Target, fresh: string, bytes: Uint8Array): Promise<void> {
    await this.#withTemporary(target, 'old', (aside) =>
      this.#takeAway(target, aside, bytes, async () => {
        const { file } = target;
        await this.#disk.link(fresh, file).catch(async (error: unknown) => {
          if (!NO_LINKS.has(errorCode(error))) throw error;
          await this.#disk.rename(fresh, file);
        });
        await this.#disk.unlink(fresh);
      }),
    );
  }

  /** What is taken away is kept, unless it is the store's own. @param then done at once. */
  async #takeAway(
    target: Target,
    aside: string,
    intended: Uint8Array | undefined,
    then?: () => Promise<void>,
  ): Promise<void> {
    const there = await this.#disk.rename(target.file, aside);
    await then?.();
    for (let seen = there ? await this.#disk.stat(aside) : undefined; seen; ) {
      const found = await this.#read(aside, seen);
      if (!found || (await this.#isVersion(target, found))) break;
      const again = await this.#still(aside, seen);
      if (again === 'still') {
        if (!isUnfinished(found, intended)) await this.#keep(target, found);
        break;
      }
      seen = again;
    }
    if (there) await this.#disk.unlink(aside);
  }

  async #isVersion({ state, earlier }: Target, found: Uint8Array): Promise<boolean> {
    const etag = await etagOfAny(found);
    return etag === state?.etag || earlier.has(etag);
  }

  async #read(file: string, { kind }: Stat): Promise<Uint8Array | undefined> {
    return kind === 'file' ? this.#disk.readFile(file) : undefined;
  }

  /** Waits whether somebody is writing the file. @returns what it is then, where it isn't as it was. */
  async #still(file: string, { print }: Stat): Promise<Stat | undefined | 'still'> {
    await sleep(STILL);
    const seen = await this.#disk.stat(file);
    return seen?.print === print ? 'still' : seen;
  }

  /**
   * Looks at a file that is about to be replaced or removed, and keeps what this store didn't write there.
   *
   * @returns undefined where there is none; whether it has the bytes of the member as it is.
   */
  async #lookAt(
    target: Target,
    intended: Uint8Array | undefined,
  ): Promise<{ readonly print: number; readonly stands: boolean } | undefined> {
    const { collection, name, file, state, earlier } = target;
    const left = collection.members.printOf(name);
    let known = left;
    for (;;) {
      const seen = await this.#disk.stat(file);
      if (!seen || seen.print === known) return seen && { print: seen.print, stands: false };
      const found = await this.#read(file, seen);
      const etag = found && (await etagOfAny(found));
      if (state && etag === state.etag) return { print: seen.print, stands: !target.doubtful };
      if (found && etag !== undefined && !earlier.has(etag)) {
        // What a crash left nobody goes on writing.
        if (left > 0 && (await this.#still(file, seen)) !== 'still') continue;
        if (!isUnfinished(found, intended)) await this.#keep(target, found);
        earlier.add(etag);
      }
      // It was read meanwhile: once more, unless it is still what was read.
      known = seen.print;
    }
  }

  async #withTemporary<T>(
    { file }: Target,
    kind: 'new' | 'old',
    work: (file: string) => Promise<T>,
  ): Promise<T> {
    const temporary = path.join(
      path.dirname(file),
      temporaryName(this.#counter++, kind, path.basename(file)),
    );
    this.#temporary.add(temporary);
    try {
      return await work(temporary);
    } finally {
      this.#temporary.delete(temporary);
    }
  }
}
