/** Runs the command line: errors become a sentence and an exit code. */

import { CommanderError } from 'commander';
import { LoginBusy } from '../accounts/busy.ts';
import { Refused } from '../admin/refused.ts';
import { StoreError } from '../app.ts';
import { SettingsError } from '../config.ts';
import { ListenError } from '../http/endpoint.ts';
import { makeProgram } from './program.ts';
import { WrongUsage } from './wrong-usage.ts';

/** What the exit code says: 0 fine, 1 refused, 2 wrong usage. */
const FINE = 0;
const REFUSED = 1;
const WRONG = 2;

/** Errors whose message is a sentence for the person at the terminal. */
const SENTENCES = [Refused, SettingsError, StoreError, ListenError, LoginBusy];

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

// No await: the executable is a CommonJS bundle.
makeProgram()
  .parseAsync()
  .then(
    () => process.exit(FINE),
    (error: unknown) => process.exit(exitCode(error)),
  );
