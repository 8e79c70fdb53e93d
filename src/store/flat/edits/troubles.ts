import path from 'node:path';
import type { Fault, Trouble } from '../../trouble.ts';
import type { CollectionId } from '../../types.ts';
import type { Catalog } from '../catalog.ts';
import type { Folders } from '../folders.ts';
import type { Layout } from '../layout.ts';

/** A file that was looked at; with collection null a folder, by its path. */
export interface Looked {
  readonly collection: CollectionId | null;
  readonly file: string;
  readonly print: number;
}

interface Report extends Fault {
  readonly print: number;
  /** Whether it would be so still; absent: as long as the file is the same. */
  readonly stands?: () => boolean;
}

export interface TroublesParts {
  readonly layout: Layout;
  readonly catalog: Catalog;
  readonly folders: Folders;
  readonly warn: (text: string) => void;
}

type Unusable = Extract<Trouble, { kind: 'unusable' }>;

/** Lines of the log for one cause; the rest is counted. */
const TOLD = 20;
/** More are not listed. */
const LISTED = 1000;

/** Files that are left alone, and why: each is told once in the log, and listed for as long as it is so. */
export class Troubles {
  readonly #parts: TroublesParts;
  readonly #reports = new Map<CollectionId | null, Map<string, Report>>();
  #told = 0;

  constructor(parts: TroublesParts) {
    this.#parts = parts;
  }

  report({ collection, file, print }: Looked, fault: Fault, stands?: () => boolean): void {
    const reports = this.#reports.get(collection) ?? new Map<string, Report>();
    this.#reports.set(collection, reports);
    const known = reports.get(file);
    reports.set(file, { ...fault, print, ...(stands && { stands }) });
    if (known?.print === print && known.what === fault.what) return;
    if (this.#told++ >= TOLD) return;
    this.#parts.warn(`"${this.#where(collection, file)}" is left alone: ${fault.what}`);
  }

  /** Nothing but a look at another time would tell more than was told of this file. */
  has({ collection, file, print }: Looked): boolean {
    const known = this.#reports.get(collection)?.get(file);
    return known?.print === print && !known.passing && known.stands?.() !== false;
  }

  clear(collection: CollectionId | null, file: string): void {
    const reports = this.#reports.get(collection);
    if (reports?.delete(file) && reports.size === 0) this.#reports.delete(collection);
  }

  /** Files for which there may be a place now. */
  outdated(collection: CollectionId): string[] {
    const reports = [...(this.#reports.get(collection) ?? [])];
    return reports.filter(([, { stands }]) => stands?.() === false).map(([file]) => file);
  }

  /** Folders that are left alone. */
  folders(): string[] {
    return [...(this.#reports.get(null)?.keys() ?? [])];
  }

  /** What is told from here on has another cause. */
  pause(): void {
    const more = this.#told - TOLD;
    this.#told = 0;
    if (more > 0) this.#parts.warn(`${more} more files are left alone: davd status lists them`);
  }

  list(): Trouble[] {
    const { catalog } = this.#parts;
    return [...this.#reports]
      .filter(([id]) => id === null || catalog.collections.get(id)?.record.trashed === undefined)
      .flatMap(([id, reports]) =>
        [...reports].map(
          ([file, { line, what }]): Unusable => ({
            kind: 'unusable',
            where: this.#where(id, file),
            line,
            what,
          }),
        ),
      )
      .sort((a, b) => (a.where < b.where ? -1 : 1))
      .slice(0, LISTED);
  }

  #where(collection: CollectionId | null, file: string): string {
    const { layout, folders } = this.#parts;
    const folder = collection === null ? '' : (folders.of(collection) ?? '');
    return path.relative(layout.root, path.join(folder, file));
  }
}
