/** What is to be undone. */

import type { PastChange, PastCommit } from '../../store/history.ts';
import type { Undo } from './undo-plan.ts';

/** Which changes are to be taken back, from the newest to the oldest. */
export interface Chosen {
  /** The commits to look through. */
  readonly commits: () => AsyncIterable<readonly PastCommit[]>;
  readonly isChosen: (commit: PastCommit, change: PastChange) => boolean;
  /** Nothing older is chosen. */
  readonly isOver?: (commit: PastCommit) => boolean;
}

/** Gives an undo the history of what is chosen. */
export async function gather(into: Undo, { commits, isChosen, isOver }: Chosen): Promise<void> {
  for await (const page of commits()) {
    for (const commit of page) {
      into.add(commit, (change) => isChosen(commit, change));
      if (isOver?.(commit)) return;
    }
  }
}
