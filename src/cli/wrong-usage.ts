import type { Command } from 'commander';

/** The command line doesn't say what is needed, or says it wrongly: exit code 2. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

/** What commander says of a wrong command line, as one sentence in the manner of the others. */
export function usageSentence(command: Command, said: string): string {
  const sentence = said
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\(Did you mean (one of )?([^)]*)\?\)$/, '; did you mean $1"$2"?')
    .replace(/'([^'\n]*)'/g, '"$1"')
    .replace(/\.$/, '');
  const hint = sentence.endsWith('?') ? '' : `; see ${pathOf(command)} --help`;
  return `${sentence}${hint}`;
}

/** `davd user add` */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
