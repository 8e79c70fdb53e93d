/** Examples of commands: shown by --help, printed in the manual, and pasted by a test. */

import type { Command } from 'commander';
import { heading } from './overview.ts';

const EXAMPLES = new WeakMap<Command, readonly string[]>();

/** Adds lines that work when they are pasted into a shell, in this order. */
export function addExamples(command: Command, ...lines: readonly string[]): Command {
  EXAMPLES.set(command, lines);
  const title = heading(lines.length === 1 ? 'Example:' : 'Examples:');
  return command.addHelpText('after', `\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

export function examplesOf(command: Command): readonly string[] {
  return EXAMPLES.get(command) ?? [];
}
