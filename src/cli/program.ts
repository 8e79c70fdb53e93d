/** Which commands there are. */

import { Command } from 'commander';
import { VERSION } from '../version.ts';
import { addCalendar } from './calendar.ts';
import { defaultFolder } from './data-option.ts';
import { addInit } from './init.ts';
import { addQuickstart } from './quickstart.ts';
import { addServe } from './serve.ts';
import { addUser } from './user.ts';

/** The whole command line; its errors are thrown, not printed. */
export function makeProgram(): Command {
  const program = new Command('davd')
    .description('CalDAV and CardDAV server: calendars and contacts as plain files, in step on all devices.')
    .version(VERSION, '--version', 'print the version')
    .option('--data <dir>', `data folder (default: $DAVD_DATA, else ${defaultFolder()})`)
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'davd: ')) })
    .exitOverride()
    .addHelpText('after', '\nExample:\n  davd init --yes && davd user add alice && davd serve');
  for (const add of [addInit, addUser, addCalendar, addServe, addQuickstart]) add(program);
  return program;
}
