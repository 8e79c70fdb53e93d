import type { Command } from 'commander';
import { administer } from './data-option.ts';
import { differencesText } from './diff-text.ts';
import { addExamples } from './examples.ts';
import { PAST_PATH_HELP, WHEN_HELP } from './history.ts';
import { tell, wantsJson } from './output.ts';

export function addShow(parent: Command): void {
  const command = parent
    .command('show')
    .argument('<user/collection/item>', PAST_PATH_HELP)
    .summary('print an item as it was')
    .description(
      'Prints an item byte for byte as it is, as it was at a time, or, where it is deleted, as it was last.',
    )
    .option('--at <time>', WHEN_HELP)
    .action(async (path: string, { at }: { readonly at?: string }) => {
      const { content, ...shown } = await administer(command, 'history.show', {
        path,
        ...(at !== undefined && { at }),
      });
      const bytes = Buffer.from(content, 'base64');
      if (!wantsJson(command)) process.stdout.write(bytes);
      else tell(command, { ...shown, text: bytes.toString() }, String);
    });
  addExamples(command, 'davd show alice/default/lunch.ics');
}

export function addDiff(parent: Command): void {
  const command = parent
    .command('diff')
    .argument('<change>', 'id of a change, or an item such as alice/default/lunch.ics')
    .summary('what a change changed')
    .description(
      'Shows what a change did to items, line by line; or what differs between two times of an item: from before its last change, and to now, unless told.',
    )
    .option('--from <time>', WHEN_HELP)
    .option('--to <time>', 'likewise')
    .action(async (what: string, { from, to }: { readonly from?: string; readonly to?: string }) => {
      const wish = { what, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
      tell(command, await administer(command, 'history.diff', wish), differencesText);
    });
  addExamples(
    command,
    'davd diff alice/default/lunch.ics',
    'davd diff alice/default/lunch.ics --from "2 days ago"',
  );
}
