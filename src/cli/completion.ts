/** Completion for shells: derived from the commands themselves. */

import { Argument, type Command } from 'commander';
import { SHELLS, type Shell, scriptFor } from './completion-scripts.ts';
import { entriesOf } from './completion-words.ts';
import { addExamples } from './examples.ts';
import { tell } from './output.ts';

export function addCompletion(parent: Command): void {
  const command = parent
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .summary('completion for bash, zsh or fish')
    .description(
      'Prints a script that completes commands, options and settings. bash: source <(davd completion bash) in ~/.bashrc; zsh: as _davd in a folder of $fpath; fish: as ~/.config/fish/completions/davd.fish.',
    )
    .action((shell: Shell) => {
      tell(command, { shell, script: completionScript(parent, shell) }, ({ script }) => script.trimEnd());
    });
  addExamples(command, 'davd completion bash > davd.bash', 'davd completion fish > davd.fish');
}

export function completionScript(program: Command, shell: Shell): string {
  return scriptFor(shell, entriesOf(program, []));
}
