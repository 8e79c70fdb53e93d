import type { Command } from 'commander';

/** The command line doesn't say what is needed, or says it wrongly: exit code 2. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

/** What other programs call what davd has, and what it may be called here. */
const OTHER_WORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['create', ['add']],
  ['new', ['add']],
  ['delete', ['remove', 'revoke']],
  ['rm', ['remove', 'revoke']],
  ['ls', ['list']],
]);

/** What commander says of a wrong command line, as one sentence in the manner of the others. */
export function usageSentence(command: Command, said: string): string {
  const unknown = /^error: unknown command '([^']*)'/.exec(said.trim())?.[1] ?? '';
  const meant = command.commands.find((one) => OTHER_WORDS.get(unknown)?.includes(one.name()));
  if (meant) return `unknown command "${unknown}"; did you mean "${meant.name()}"?`;
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
