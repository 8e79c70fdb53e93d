import type { Mark, Notice, Standing } from '../history.ts';
import type { Catalog } from './catalog.ts';
import type { Published } from './commits.ts';
import { reasonOf } from './error.ts';
import type { HistoryReader } from './history.ts';

export interface NoticingParts {
  readonly catalog: Catalog;
  readonly history: HistoryReader;
  readonly notice: Notice;
  /** Keeps a mark. */
  readonly keep: (mark: Mark) => Promise<unknown>;
  readonly warn: (text: string) => void;
}

/** Shows commits that have just become durable to whoever looks for bursts, and keeps the marks that come of it. */
export class Noticing {
  readonly #parts: NoticingParts;

  constructor(parts: NoticingParts) {
    this.#parts = parts;
  }

  /** Never throws: the commit has happened. */
  see({ record, spot: { segment, body } }: Published): void {
    const { history, notice, keep, warn } = this.#parts;
    // What only adds is nearly everything.
    if (!record.by || !record.changes.some((entry) => 'was' in entry)) return;
    try {
      const commit = history.told({ record, segment, body });
      for (const { mark, warning } of notice(commit, this.#standing)) {
        warn(warning);
        keep(mark).catch((error: unknown) => warn(`the mark ${mark.name} is not kept: ${reasonOf(error)}`));
      }
    } catch (error) {
      warn(`looking for bursts of changes: ${reasonOf(error)}`);
    }
  }

  readonly #standing = (id: string): Standing | undefined => {
    const { catalog } = this.#parts;
    const state = catalog.collections.get(id);
    if (!state) return undefined;
    const { owner, kind, folder, from } = state.record;
    const bound = catalog.bindingsOf(id).find(({ user }) => user === owner);
    const user = (catalog.users.get(owner)?.record.user ?? from?.user)?.name ?? owner;
    const name = bound?.name ?? from?.name ?? folder;
    return { user, kind, name, count: state.members.count, marks: [...catalog.marks.keys()] };
  };
}
