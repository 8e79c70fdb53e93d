import type { Command } from 'commander';
import { Refused } from '../admin/refused.ts';
import { administer } from './data-option.ts';
import { addExamples } from './examples.ts';
import { tell } from './output.ts';
import { askYesNo, canAsk } from './prompt.ts';
import { WrongUsage } from './wrong-usage.ts';

const DESCRIPTION = `Destroys earlier versions and what was deleted, at once: of everything, or of a user, a collection or an item. What there is now stays. Nothing of it can be brought back afterwards but from a backup.`;

export function addHistoryPurge(parent: Command): void {
  const command = parent
    .command('purge')
    .argument('[user/collection/item]', 'whose past; everything where nothing is said')
    .summary('destroy earlier versions and what was deleted')
    .description(DESCRIPTION)
    .option('--yes', 'ask nothing')
    .action(async (path: string | undefined, { yes }: { readonly yes?: true }) => {
      const [narrowed] = Object.keys(parent.opts());
      if (narrowed !== undefined)
        throw new WrongUsage(`a purge knows no --${narrowed}: it destroys the history of all times`);
      const what = path === undefined ? 'of everything' : `of "${path}"`;
      if (!yes) await confirm(`Destroy the history ${what}? It can't be brought back.`);
      const outcome = await administer(command, 'history.purge', path === undefined ? {} : { path });
      tell(command, outcome, () => `The history ${what} is destroyed.`);
    });
  addExamples(command, 'davd history purge alice/tasks --yes');
}

async function confirm(question: string): Promise<void> {
  if (!canAsk())
    throw new WrongUsage('there is no terminal to ask whether the history is to be destroyed: use --yes');
  if (!(await askYesNo(question, false))) throw new Refused('nothing was destroyed');
}
