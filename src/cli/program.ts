/** Which commands there are, and how their errors become a sentence and an exit code. */

import { Command, CommanderError } from 'commander';
import { LoginBusy } from '../accounts/busy.ts';
import { NotThere, Refused } from '../admin/refused.ts';
import { StoreError } from '../app.ts';
import { SettingsError } from '../config.ts';
import { ListenError } from '../http/endpoint.ts';
import { CertificateError } from '../tls/certificate.ts';
import { VERSION } from '../version.ts';
import { addBackup } from './backup.ts';
import { addCheck } from './check.ts';
import { addAddressbook, addCalendar } from './collection.ts';
import { addCompletion } from './completion.ts';
import { addConfig } from './config.ts';
import { addDedupe } from './dedupe.ts';
import { addDevice } from './device.ts';
import { addHistory } from './history.ts';
import { addInit } from './init.ts';
import { addItem } from './item.ts';
import { addManual } from './manual.ts';
import { sayError } from './output.ts';
import { addGroups, type Group, heading, together } from './overview.ts';
import { addProxy } from './proxy.ts';
import { addQuickstart } from './quickstart.ts';
import { addRestore } from './restore.ts';
import { addRestoreBackup } from './restore-backup.ts';
import { addServe } from './serve.ts';
import { addService } from './service.ts';
import { addStatus } from './status.ts';
import { addTail } from './tail.ts';
import { addTrace } from './trace.ts';
import { Unclean } from './unclean.ts';
import { addUndo } from './undo.ts';
import { addUser } from './user.ts';
import { addDiff, addShow } from './versions.ts';
import { pathOf, usageSentence, WrongUsage } from './wrong-usage.ts';

/** What the exit code says: 0 fine, 1 refused or found wanting, 2 wrong usage or a name of something that isn't there. */
const FINE = 0;
export const REFUSED = 1;
const WRONG = 2;

/** Errors whose message is a sentence for the person at the terminal. */
const SENTENCES = [Refused, WrongUsage, SettingsError, StoreError, ListenError, CertificateError, LoginBusy];

/** By what a person wants to do. A test sees to it that all of it fits one screen; those of one kind share a line. */
const GROUPS: readonly Group[] = [
  { want: 'Begin', rows: [addInit, addServe, addQuickstart] },
  { want: 'Let people in', rows: [addUser, addDevice] },
  {
    want: 'Keep in order',
    rows: [together('name, colour, move, remove', addCalendar, addAddressbook), addItem, addDedupe],
  },
  {
    want: 'Keep safe',
    rows: [together('everything as one file, and back', addBackup, addRestoreBackup), addCheck],
  },
  {
    want: 'Get back',
    rows: [
      together('who changed what, and when; in full', addHistory, addDiff, addShow),
      together('take changes back; what was deleted', addUndo, addRestore),
    ],
  },
  { want: 'See', rows: [addStatus, addTail, addTrace] },
  {
    want: 'Set up',
    rows: [
      addConfig,
      together('for a web server in front; for systemd', addProxy, addService),
      together('for your shell; as a man page', addCompletion, addManual),
    ],
  },
];

const ABOVE = `CalDAV and CardDAV server: calendars and contacts as plain files.
Usage: davd COMMAND … [--data DIR] [--json]
`;
const BELOW = `
First: davd init, davd user add alice, davd serve. More: davd COMMAND --help`;

export function makeProgram(): Command {
  const program = new Command('davd')
    .description('CalDAV and CardDAV server: calendars and contacts as plain files.')
    .version(VERSION, '--version', 'print the version')
    .option(
      '--data <dir>',
      'data folder (default: $DAVD_DATA, else /var/lib/davd for root, ~/.local/share/davd)',
    )
    .option('--json', 'print the outcome as JSON')
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: (command) => command.name(),
      commandUsage: (command) => `${pathOf(command)} ${usageOf(command)}`,
      // Not those of commands between.
      visibleGlobalOptions: (command) => [...rootOf(command).options],
      visibleCommands: ({ commands }) => [...commands],
      styleTitle: heading,
    })
    .exitOverride();
  addGroups(program, GROUPS, { above: ABOVE, below: BELOW });
  speakAlike(program);
  return program;
}

function rootOf(command: Command): Command {
  return command.parent ? rootOf(command.parent) : command;
}

function usageOf(command: Command): string {
  const isFamily = command.commands.length > 0 && command.registeredArguments.length === 0;
  return isFamily ? 'COMMAND …' : command.usage();
}

/** Commander's own complaints, in the words of the others. */
function speakAlike(command: Command): void {
  command.configureOutput({ outputError: (text) => sayError(usageSentence(command, text)) });
  for (const each of command.commands) speakAlike(each);
}

/** Runs a command line, without the name of the program, and returns its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await makeProgram().parseAsync(args, { from: 'user' });
    return FINE;
  } catch (error) {
    return exitCode(error);
  }
}

function exitCode(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has printed what it has to say; a missing command is its help with an error code.
    return error.exitCode === 0 ? FINE : WRONG;
  }
  if (error instanceof Unclean) return REFUSED;
  complain(error);
  return error instanceof WrongUsage || error instanceof NotThere ? WRONG : REFUSED;
}

/** Says on standard error what went wrong. */
export function complain(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const sentence = SENTENCES.some((type) => error instanceof type)
    ? message
    : `something unexpected happened: ${message} (DAVD_DEBUG=1 shows where)`;
  sayError(sentence);
  if (process.env['DAVD_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}
