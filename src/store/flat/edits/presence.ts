import type { Disk } from '../disk.ts';
import { reasonOf } from '../error.ts';
import { readMarker } from '../init.ts';
import type { Layout } from '../layout.ts';

export interface PresenceParts {
  readonly disk: Disk;
  readonly layout: Layout;
  /** Id of the store. */
  readonly store: string;
  /** files/ went away, or came back. */
  readonly changed: (here: boolean, why: string) => void;
}

/** Knows whether files/ is there: a disk that was unmounted looks like a folder that somebody emptied. */
export class Presence {
  /** Why it is away; undefined while it is there. */
  away: string | undefined;
  readonly #parts: PresenceParts;
  #print = 0;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
  }

  /** Looks whether files/ is there, with the marker of this store. Never throws. */
  async look(): Promise<boolean> {
    const why = await this.#why().catch((error: unknown) => reasonOf(error));
    if (why !== this.away && (why === undefined || this.away === undefined)) {
      this.away = why;
      this.#parts.changed(why === undefined, why ?? '');
    }
    return why === undefined;
  }

  async #why(): Promise<string | undefined> {
    const { disk, layout, store } = this.#parts;
    const seen = await disk.stat(layout.marker);
    if (seen && seen.print === this.#print) return undefined;
    const bytes = await disk.readFile(layout.marker);
    if (!bytes) return 'files/.davd.json is missing';
    if (readMarker(bytes).store !== store) return "files/.davd.json is another store's";
    this.#print = seen?.print ?? 0;
    return undefined;
  }
}
