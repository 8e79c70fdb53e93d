/** What a shell may offer after the words of a command line. */

import type { Argument, Command, Option } from 'commander';
import { SETTINGS, settingNames } from '../config.ts';

export interface Word {
  readonly word: string;
  readonly help: string;
  /** Of an option: what comes after it. */
  readonly takes?: 'value' | 'file';
}

/** What may follow the words of a command. */
export interface Entry {
  /** `user add`; '' for davd alone. */
  readonly path: string;
  readonly words: readonly Word[];
  /** Files too. */
  readonly files: boolean;
}

/** Of a command that is called so, and of all below it. */
export function entriesOf(command: Command, path: readonly string[]): readonly Entry[] {
  const { parent } = command;
  const help = command.createHelp();
  const commands = command.commands.map((each) => ({ word: each.name(), help: each.summary() }));
  const options = [...help.visibleOptions(command), ...(parent ? help.visibleGlobalOptions(command) : [])];
  const values = command.registeredArguments.flatMap(valuesOf);
  return [
    {
      path: path.join(' '),
      words: [...commands, ...values, ...options.flatMap(wordOf)],
      files: command.registeredArguments.some((argument) => argument.name() === 'file'),
    },
    ...command.commands.flatMap((each) => entriesOf(each, [...path, each.name()])),
  ];
}

function wordOf({ long, flags, description }: Option): readonly Word[] {
  if (!long) return [];
  const [, value] = /<(.*)>/.exec(flags) ?? [];
  const takes =
    value === undefined ? undefined : ['file', 'dir', 'command'].includes(value) ? 'file' : 'value';
  return [{ word: long, help: description, ...(takes && { takes }) }];
}

/** What an argument may be, where that can be told without the data folder. */
function valuesOf(argument: Argument): readonly Word[] {
  if (argument.name() === 'setting') {
    return settingNames().map((name) => ({ word: name, help: SETTINGS[name].description }));
  }
  return (argument.argChoices ?? []).map((choice) => ({ word: choice, help: argument.description }));
}

/** `--data|--output` */
export function optionsThatTake(what: Word['takes'], entries: readonly Entry[]): string {
  const options = entries.flatMap(({ words }) => words.filter(({ takes }) => takes === what));
  return [...new Set(options.map(({ word }) => word))].join('|');
}

/** `user user/add …` */
export function pathsOf(entries: readonly Entry[]): string {
  return entries
    .map(({ path }) => path.replaceAll(' ', '/'))
    .join(' ')
    .trim();
}
