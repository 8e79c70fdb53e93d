/** The command line: which commands there are, and how their errors become a sentence and an exit code. */

import { Command, CommanderError } from 'commander';
import { LoginBusy } from '../accounts/busy.ts';
import { Refused } from '../admin/refused.ts';
import { StoreError } from '../app.ts';
import { SettingsError } from '../config.ts';
import { ListenError } from '../http/endpoint.ts';
import { VERSION } from '../version.ts';
import { addCalendar } from './calendar.ts';
import { defaultFolder } from './data-option.ts';
import { addInit } from './init.ts';
import { addQuickstart } from './quickstart.ts';
import { addServe } from './serve.ts';
import { addUser } from './user.ts';
import { WrongUsage } from './wrong-usage.ts';

/** What the exit code says: 0 fine, 1 refused, 2 wrong usage. */
const FINE = 0;
const REFUSED = 1;
const WRONG = 2;

/** Errors whose message is a sentence for the person at the terminal. */
const SENTENCES = [Refused, SettingsError, StoreError, ListenError, LoginBusy];

function makeProgram(): Command {
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

function exitCode(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has printed what it has to say; a missing command is its help with an error code.
    return error.exitCode === 0 ? FINE : WRONG;
  }
  complain(error);
  return error instanceof WrongUsage ? WRONG : REFUSED;
}

function complain(error: unknown): void {
  const expected = error instanceof WrongUsage || SENTENCES.some((type) => error instanceof type);
  const message = error instanceof Error ? error.message : String(error);
  const sentence = expected
    ? message
    : `something unexpected happened: ${message} (DAVD_DEBUG=1 shows where)`;
  process.stderr.write(`davd: ${sentence}\n`);
  if (process.env['DAVD_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}

process.on('uncaughtException', (error) => {
  complain(error);
  process.exit(REFUSED);
});
// A reader that has seen enough (davd user list | head) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? FINE : REFUSED),
);

try {
  await makeProgram().parseAsync();
  process.exit(FINE);
} catch (error) {
  process.exit(exitCode(error));
}
