/** Which commands there are, and how their errors become a sentence and an exit code. */

import { Command, CommanderError } from 'commander';
import { LoginBusy } from '../accounts/busy.ts';
import { NotThere, Refused } from '../admin/refused.ts';
import { StoreError } from '../app.ts';
import { SettingsError } from '../config.ts';
import { ListenError } from '../http/endpoint.ts';
import { CertificateError } from '../tls/certificate.ts';
import { VERSION } from '../version.ts';
import { addCheck } from './check.ts';
import { addAddressbook, addCalendar } from './collection.ts';
import { addCompletion } from './completion.ts';
import { addConfig } from './config.ts';
import { addDedupe } from './dedupe.ts';
import { addDevice } from './device.ts';
import { addExamples } from './examples.ts';
import { addInit } from './init.ts';
import { addItem } from './item.ts';
import { addManual } from './manual.ts';
import { addProxy } from './proxy.ts';
import { addQuickstart } from './quickstart.ts';
import { addServe } from './serve.ts';
import { addService } from './service.ts';
import { addStatus } from './status.ts';
import { addTail } from './tail.ts';
import { addTrace } from './trace.ts';
import { Unclean } from './unclean.ts';
import { addUser } from './user.ts';
import { WrongUsage } from './wrong-usage.ts';

/** What the exit code says: 0 fine, 1 refused or found wanting, 2 wrong usage or a name of something that isn't there. */
const FINE = 0;
export const REFUSED = 1;
const WRONG = 2;

/** Errors whose message is a sentence for the person at the terminal. */
const SENTENCES = [Refused, WrongUsage, SettingsError, StoreError, ListenError, CertificateError, LoginBusy];

/** By what a person wants to do. */
const GROUPS: readonly (readonly [heading: string, commands: readonly ((parent: Command) => void)[]])[] = [
  ['Begin:', [addInit, addServe, addQuickstart]],
  ['People and their devices:', [addUser, addDevice]],
  ['Calendars and contacts:', [addCalendar, addAddressbook, addItem, addDedupe]],
  ['See what goes on:', [addStatus, addTail, addTrace]],
  ['Keep it safe:', [addCheck]],
  ['Set up:', [addConfig, addProxy, addService, addCompletion, addManual]],
];

export function makeProgram(): Command {
  const program = new Command('davd')
    .description('CalDAV and CardDAV server: calendars and contacts as plain files.')
    .usage('[options] COMMAND …')
    .version(VERSION, '--version', 'print the version')
    .option(
      '--data <dir>',
      'data folder (default: $DAVD_DATA, else /var/lib/davd for root, ~/.local/share/davd)',
    )
    .option('--json', 'print the outcome as JSON')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true, subcommandTerm: (command) => command.name() })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'davd: ')) })
    .exitOverride();
  addExamples(program, 'davd init --yes && davd user add alice --generate && davd serve');
  for (const [heading, commands] of GROUPS) {
    program.commandsGroup(heading);
    for (const add of commands) add(program);
  }
  return program;
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
  process.stderr.write(`davd: ${sentence}\n`);
  if (process.env['DAVD_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}
