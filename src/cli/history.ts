import { type Command, InvalidArgumentError } from 'commander';
import { administer } from './data-option.ts';
import { addExamples } from './examples.ts';
import { addHistoryPurge } from './history-purge.ts';
import { historyText, marksText } from './history-text.ts';
import { bold, tell } from './output.ts';

const DESCRIPTION = `Shows what was done, newest first: when, by whom and with which client, and the id by which davd undo takes it back. Times are those of the user's time zone, else of this machine.`;

export const PAST_PATH = '[user/collection/item]';
export const PAST_PATH_HELP =
  'such as alice, alice/default or alice/calendars/default/lunch.ics; deleted ones too';
export const WHEN_HELP = 'such as "10 minutes ago", "yesterday 18:00", "12 May" or 2026-11-27T10:00Z';

interface Options {
  readonly since?: string;
  readonly until?: string;
  readonly user?: string;
  readonly device?: string;
  readonly limit?: number;
}

export function addHistory(parent: Command): void {
  const command = parent
    .command('history')
    .argument(PAST_PATH, PAST_PATH_HELP)
    .summary('who changed what, and when')
    .description(DESCRIPTION)
    .option('--since <time>', WHEN_HELP)
    .option('--until <time>', 'likewise')
    .option('--user <name>', "only what this user's clients did")
    .option('--device <name>', 'only what was done with this device, or a client whose name has this word')
    .option('--limit <number>', 'how many changes (default: 100)', readLimit)
    .action(async (path: string | undefined, options: Options) => {
      const { since, until, user, device, limit } = options;
      const wish = {
        ...(path !== undefined && { path }),
        ...(since !== undefined && { since }),
        ...(until !== undefined && { until }),
        ...(user !== undefined && { user }),
        ...(device !== undefined && { device }),
        ...(limit !== undefined && { limit }),
      };
      tell(command, await administer(command, 'history.list', wish), historyText);
    });
  addMarks(command);
  addExamples(
    command,
    'davd history alice',
    'davd history alice/default --since "2 days ago"',
    'davd history --user alice --json',
  );
  addHistoryPurge(command);
}

/** Bursts of changes that the guard has noticed. */
function addMarks(history: Command): void {
  const marks = history
    .command('marks')
    .summary('bursts of changes that were noticed')
    .description(
      'Lists the marks: bursts in which a client deleted or rewrote much of a collection. davd undo --mark takes one back.',
    )
    .action(async () => tell(marks, await administer(marks, 'history.marks', undefined), marksText));
  addExamples(marks, 'davd history marks');
  const accept = history
    .command('accept')
    .argument('<mark>', 'its name, as davd history marks shows it')
    .summary('let a burst of changes stand')
    .description('Lets a burst of changes stand: davd status warns of it no more. It can still be undone.')
    .action(async (name: string) => {
      const mark = await administer(accept, 'history.accept', { name });
      tell(accept, mark, () => `The changes of ${bold(mark.name)} stand.`);
    });
  addExamples(accept, 'davd history accept alice-default-2026-11-27-1');
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (!(Number.isInteger(limit) && limit > 0 && limit <= 100_000)) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 100000.');
  }
  return limit;
}
