import type { Command } from 'commander';
import type { UndoWish } from '../admin/past/undo.ts';
import { administer } from './data-option.ts';
import { addExamples } from './examples.ts';
import { WHEN_HELP } from './history.ts';
import { tell } from './output.ts';
import { Unclean } from './unclean.ts';
import { confirmed } from './undo-confirm.ts';
import { undoText } from './undo-text.ts';

const DESCRIPTION = `Takes changes back: items, calendars and address books are again what they were before, byte for byte and under the same names, and all devices follow. Name changes by the ids that davd history shows, or say whose changes of which time. What others have changed since is left, and said. An undo is a change too: davd undo takes it back.`;

interface Options {
  readonly user?: string;
  readonly device?: string;
  readonly since?: string;
  readonly mark?: string;
  readonly force?: true;
  readonly dryRun?: true;
  readonly yes?: true;
}

export function addUndo(parent: Command): void {
  const command = parent
    .command('undo')
    .argument('[change...]', 'ids of changes, as davd history shows them')
    .summary('take changes back')
    .description(DESCRIPTION)
    .option('--user <name>', "what this user's clients did; with --since")
    .option('--device <name>', 'of those only what this device did, or a client whose name has this word')
    .option('--since <time>', WHEN_HELP)
    .option('--mark <name>', 'a burst that the guard has noticed, as davd history marks shows it')
    .option('--force', 'take back what others have changed since, too')
    .option('--dry-run', 'only say what would be done')
    .option('--yes', 'ask nothing')
    .action(async (changes: readonly string[], options: Options) => {
      const { user, device, since, mark, force, dryRun, yes } = options;
      const wish: UndoWish = {
        ...(changes.length > 0 && { changes }),
        ...(user !== undefined && { user }),
        ...(device !== undefined && { device }),
        ...(since !== undefined && { since }),
        ...(mark !== undefined && { mark }),
        ...(force && { force }),
      };
      const run = (isDry: boolean) => administer(command, 'undo', { ...wish, dryRun: isDry });
      const outcome = dryRun || yes ? await run(dryRun ?? false) : await confirmed(run);
      tell(command, outcome, undoText);
      if (!dryRun && outcome.done.length === 0 && outcome.left.length > 0) throw new Unclean();
    });
  addExamples(
    command,
    'davd undo --user alice --since "10 minutes ago" --dry-run',
    'davd undo --user alice --device iPhone --since "1 hour ago"',
    'davd undo --mark alice-default-2026-11-27-1',
  );
}
