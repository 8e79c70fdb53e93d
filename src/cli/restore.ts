import type { Command } from 'commander';
import type { RestoreOutcome, RestoreWish } from '../admin/past/restore.ts';
import { administer } from './data-option.ts';
import { addExamples } from './examples.ts';
import { PAST_PATH_HELP, WHEN_HELP } from './history.ts';
import { tell } from './output.ts';
import { confirmed } from './undo-confirm.ts';
import { undoText } from './undo-text.ts';

const DESCRIPTION = `Brings back a deleted item, calendar, address book or user, or with --at how something was at that time. What was added since stays, unless --exact is given. It is a change like any other: all devices follow, and davd undo takes it back.`;

interface Options {
  readonly at?: string;
  readonly exact?: true;
  readonly as?: string;
  readonly dryRun?: true;
  readonly yes?: true;
}

export function addRestore(parent: Command): void {
  const command = parent
    .command('restore')
    .argument('<user/collection/item>', PAST_PATH_HELP)
    .summary('bring back what was deleted')
    .description(DESCRIPTION)
    .option('--at <time>', WHEN_HELP)
    .option('--exact', 'what was added since goes')
    .option('--as <name>', 'another name for the calendar or address book that comes back')
    .option('--dry-run', 'only say what would be done')
    .option('--yes', 'ask nothing')
    .action(async (path: string, options: Options) => {
      const { at, exact, as, dryRun, yes } = options;
      const wish: RestoreWish = {
        path,
        ...(at !== undefined && { at }),
        ...(exact && { exact }),
        ...(as !== undefined && { as }),
      };
      const run = (isDry: boolean): Promise<RestoreOutcome> =>
        administer(command, 'restore', { ...wish, dryRun: isDry });
      const outcome = dryRun || yes ? await run(dryRun ?? false) : await confirmed(run);
      tell(command, outcome, undoText);
    });
  addExamples(
    command,
    'davd restore alice/default/lunch.ics',
    'davd restore alice/calendars/default --at "yesterday 18:00" --dry-run',
  );
}
