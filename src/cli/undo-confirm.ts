import type { UndoOutcome } from '../admin/past/put-back.ts';
import { Refused } from '../admin/refused.ts';
import { askYesNo, canAsk } from './prompt.ts';
import { undoText } from './undo-text.ts';

/** More things than this are shown and asked about first. */
const LARGE = 20;

/** Runs it; what is large is first shown to the person at the terminal, if there is one, and asked about. */
export async function confirmed<T extends UndoOutcome>(run: (dryRun: boolean) => Promise<T>): Promise<T> {
  if (!canAsk()) return run(false);
  const preview = await run(true);
  if (preview.done.length > LARGE) {
    process.stderr.write(`${undoText(preview)}\n`);
    if (!(await askYesNo('Go on?', false))) throw new Refused('nothing was changed');
  }
  return run(false);
}
