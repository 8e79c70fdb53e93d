import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { nameProblem } from '../accounts/names.ts';
import { initDataFolder, inspectDataFolder, requireDataFolder } from '../admin/data-folder.ts';
import type { Administrator } from '../admin/operations.ts';
import type { Settings } from '../config.ts';
import { actAsOwner, type DataFolder, dataFolder } from './data-option.ts';
import { addExamples } from './examples.ts';
import { ownLanguage } from './language.ts';
import { accountText, bold, program, say } from './output.ts';
import { runServer } from './run-server.ts';
import { settingOption } from './setting-option.ts';

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
        prepare: (administer) => welcome(administer, user ?? ownName(), folder),
        hangup: 'stop',
      });
    });
  addExamples(command, 'davd quickstart --data ./data --user alice');
}

/** The first user, and what to do next; nothing where there are users. */
async function welcome(administer: Administrator, name: string, { path, option }: DataFolder): Promise<void> {
  if ((await administer('user.list', undefined)).length > 0) return;
  const added = await administer('user.add', { name, locale: ownLanguage(process.env) });
  say(`Made the data folder "${path}" and the user ${bold(added.name)}.`);
  say(
    `Password: ${bold(added.password ?? '')}  (shown only now; ${program()} user passwd ${added.name}${option} sets another)`,
  );
  say(`\n${accountText(added.name, added.account)}\n`);
  say(`Next: ${program()} user add NAME${option} for others, while this runs; Ctrl-C stops it.\n`);
}

function ownName(): string {
  const name = process.env['USER'] || userInfo().username;
  return nameProblem(name) === undefined ? name : 'me';
}
