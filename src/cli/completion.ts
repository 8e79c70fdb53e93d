/** Completion for shells: derived from the commands themselves. */

import { Argument, type Command } from 'commander';
import { SETTINGS, settingNames } from '../config.ts';
import { addExamples } from './examples.ts';
import { tell } from './output.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

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

/** What may follow the words of a command. */
interface Entry {
  /** `user add`; '' for davd alone. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly help: string }[];
}

export function completionScript(program: Command, shell: Shell): string {
  const entries = entriesOf(program, []);
  switch (shell) {
    case 'bash':
      return bash(entries);
    case 'zsh':
      return `#compdef davd\nautoload -U +X bashcompinit && bashcompinit\n${bash(entries)}`;
    case 'fish':
      return fish(entries);
  }
}

function entriesOf(command: Command, path: readonly string[]): readonly Entry[] {
  const commands = command.commands.map((each) => ({ word: each.name(), help: each.summary() }));
  const options = command
    .createHelp()
    .visibleOptions(command)
    .flatMap((option) => (option.long ? [{ word: option.long, help: option.description }] : []));
  const global =
    path.length === 0
      ? []
      : [
          { word: '--data', help: 'data folder' },
          { word: '--json', help: 'as JSON' },
        ];
  const values = command.registeredArguments.flatMap(valuesOf);
  return [
    { path: path.join(' '), words: [...commands, ...values, ...options, ...global] },
    ...command.commands.flatMap((each) => entriesOf(each, [...path, each.name()])),
  ];
}

/** What an argument may be, where that can be told without the data folder. */
function valuesOf(argument: Argument): Entry['words'] {
  if (argument.name() === 'setting') {
    return settingNames().map((name) => ({ word: name, help: SETTINGS[name].description }));
  }
  return (argument.argChoices ?? []).map((choice) => ({ word: choice, help: argument.description }));
}

/** The words of the command line that name a command choose the entry; the folder of --data is a folder. */
function bash(entries: readonly Entry[]): string {
  const cases = entries.map(
    ({ path, words }) => `    "${path}") words="${words.map(({ word }) => word).join(' ')}" ;;`,
  );
  return `_davd() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" word words
  if [ "$previous" = --data ] || [ "$previous" = -o ] || [ "$previous" = --output ]; then
    COMPREPLY=($(compgen -f -- "$current"))
    return
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      -*) ;;
      *) case " ${pathsOf(entries)} " in *" $\{path:+$path/}$word "*) path="$\{path:+$path/}$word" ;; esac ;;
    esac
  done
  case "\${path//\\// }" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _davd davd
`.replaceAll('$\\{', '${');
}

/** `user user/add …` */
function pathsOf(entries: readonly Entry[]): string {
  return entries
    .map(({ path }) => path.replaceAll(' ', '/'))
    .join(' ')
    .trim();
}

function fish(entries: readonly Entry[]): string {
  const families = entries.filter(({ path }) => path !== '');
  const lines = entries.flatMap(({ path, words }) =>
    words.map(({ word, help }) => {
      const names = path === '' ? [] : path.split(' ');
      const below = families
        .map((each) => each.path.split(' '))
        .filter((each) => each.length === names.length + 1 && each.slice(0, -1).join(' ') === path)
        .map((each) => each.at(-1));
      const conditions = [
        ...names.map((name) => `__fish_seen_subcommand_from ${name}`),
        ...(below.length > 0 ? [`not __fish_seen_subcommand_from ${below.join(' ')}`] : []),
      ];
      const condition = conditions.length > 0 ? ` -n '${conditions.join('; and ')}'` : '';
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c davd -f${condition} ${what} -d '${help.replaceAll("'", "\\'")}'`;
    }),
  );
  return `complete -c davd -f\n${lines.join('\n')}\n`;
}
