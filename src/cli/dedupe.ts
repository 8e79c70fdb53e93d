import type { Command } from 'commander';
import type { DedupeOutcome, Fate } from '../admin/dedupe.ts';
import { administer } from './data-option.ts';
import { addExamples } from './examples.ts';
import { bold, tell } from './output.ts';
import { plain, showCount } from './show.ts';
import { table } from './table.ts';

const DESCRIPTION = `Finds contacts and events that stand in a collection twice. Of exact repeats, which say the same but for their UIDs and dates of change, all but the first are removed, as one change.
Near repeats are only listed, unless --near is given: contacts of the same name with a common e-mail address or number are merged into the first, whose own name, birthday and picture count, and events of the same title and times go where the first says everything that they say. What a group of contacts names stays.`;

export function addDedupe(parent: Command): void {
  const command = parent
    .command('dedupe')
    .argument(
      '<user/collection>',
      'such as alice/default; alice/addressbooks/default where only the contacts are meant',
    )
    .summary('remove what is there twice')
    .description(DESCRIPTION)
    .option('--near', 'merge or remove near repeats too')
    .option('--dry-run', 'only say what would be done')
    .action(async (path: string, options: { near?: true; dryRun?: true }) => {
      const outcome = await administer(command, 'dedupe', {
        path,
        near: options.near ?? false,
        dryRun: options.dryRun ?? false,
      });
      tell(command, outcome, () => outcomeText(outcome));
    });
  addExamples(
    command,
    'davd dedupe alice/default --dry-run',
    'davd dedupe alice/addressbooks/default --near',
  );
}

function outcomeText({ repeats, removed, dryRun }: DedupeOutcome): string {
  if (repeats.length === 0) return 'Nothing is there twice.';
  const rows = repeats.flatMap(({ how, title, kept, others }) => [
    [how, plain(title), kept, 'stays'],
    ...others.map(({ path, fate }) => ['', '', path, fateText(fate, dryRun)]),
  ]);
  const count = showCount(removed, 'item');
  const end = dryRun ? `${bold(count)} would be removed.` : `Removed ${bold(count)}.`;
  const listed = repeats.some(({ others }) => others.some(({ fate }) => fate === 'listed'));
  const hint = listed ? ' Near repeats stay unless --near is given.' : '';
  return `${table([['REPEAT', 'TITLE', 'ITEM', ''], ...rows])}\n\n${end}${hint}`;
}

function fateText(fate: Fate, dryRun: boolean): string {
  const would = dryRun && (fate === 'removed' || fate === 'merged');
  return would ? `would be ${fate}` : fate;
}
