import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { nameProblem } from '../accounts/names.ts';
import { initDataFolder, inspectDataFolder, requireDataFolder } from '../admin/data-folder.ts';
import type { Administrator } from '../admin/operations.ts';
import type { Settings } from '../config.ts';
import { accountText } from './account-text.ts';
import { actAsOwner, dataFolder, nextCommand } from './data-option.ts';
import { addExamples } from './examples.ts';
import { ownLanguage } from './language.ts';
import { bold, tellNext } from './output.ts';
import { runServer } from './run-server.ts';

import { tellReady } from './serve.ts';
import { settingOption } from './setting-option.ts';
import { passwordText } from './user-text.ts';

export function addQuickstart(parent: Command): void {
  const command = parent
    .command('quickstart')
    .summary('all of it, for a first look')
    .description(
      'Makes the data folder and a first user where there is none, says how to go on, and runs the server.',
    )
    .option('--user <name>', 'name of the first user (default: yours)')
    .addOption(settingOption('--listen <host:port>', 'listen'))
    .action(async (options: { user?: string } & Pick<Partial<Settings>, 'listen'>) => {
      const { user, ...overrides } = options;
      const folder = dataFolder(command);
      actAsOwner(folder.path);
      const state = await inspectDataFolder(folder.path);
      if (state === 'data' || state === 'foreign') await requireDataFolder(folder.path, folder.option);
      else await initDataFolder(folder.path, overrides);
      await runServer({
        data: folder.path,
        overrides,
        prepare: (administer) => welcome(command, administer, user ?? ownName()),
        ready: (url) => tellReady(command, url),
        hangup: 'stop',
      });
    });
  addExamples(command, 'davd quickstart --data ./data --user alice');
}

/** The first user, and what to do next; nothing where there are users. */
async function welcome(command: Command, administer: Administrator, name: string): Promise<void> {
  if ((await administer('user.list', undefined)).length > 0) return;
  const added = await administer('user.add', { name, locale: ownLanguage(process.env) });
  const lines = [
    `Made the data folder "${dataFolder(command).path}" and the user ${bold(added.name)}.`,
    passwordText(added.password ?? ''),
    `\n${accountText(added.name, added.account)}\n`,
    `Next: ${nextCommand(command, 'user add NAME')} for others, while this runs; Ctrl-C stops it.\n`,
  ];
  tellNext(command, added, () => lines.join('\n'));
}

function ownName(): string {
  const name = process.env['USER'] || userInfo().username;
  return nameProblem(name) === undefined ? name : 'me';
}
