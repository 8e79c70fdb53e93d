/** The manual page davd(1), from the commands and settings themselves. */

import type { Command } from 'commander';
import { makeProgram } from '../../src/cli/program.ts';
import { environmentName, SETTINGS, settingNames } from '../../src/config.ts';
import { VERSION } from '../../src/version.ts';

/** Source of the page, in man(7). @param date of the release, YYYY-MM-DD. */
export function manualPage(date: string): string {
  const program = makeProgram();
  const lines = [
    `.TH DAVD 1 ${date} "davd ${VERSION}" "User Commands"`,
    '.SH NAME',
    roff(`davd - ${lowerFirst(program.description())}`),
    '.SH SYNOPSIS',
    '.B davd',
    '[\\-\\-data DIR] COMMAND [options]',
    '.SH DESCRIPTION',
    roff(program.description()),
    '.SH OPTIONS',
    ...optionLines(program),
    '.SH COMMANDS',
    ...commandLines(program),
    '.SH SETTINGS',
    roff('In davd.json of the data folder; environment variables go before it, options before both.'),
    ...settingLines(),
    '.SH EXIT STATUS',
    roff('0: fine. 1: refused, with a sentence. 2: wrong usage.'),
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(parent: Command): string[] {
  return parent.commands.flatMap((command) => {
    if (command.commands.length > 0) return commandLines(command);
    return [
      `.SS "${roff(`${names(command)} ${command.usage()}`.trim())}"`,
      roff(command.description()),
      ...optionLines(command),
      ...exampleLines(command),
    ];
  });
}

function optionLines(command: Command): string[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ flags, description }) => ['.TP', `.B ${roff(flags)}`, roff(description)]);
}

/** What addHelpText appends is only in the help as printed. */
function exampleLines(command: Command): string[] {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  const [, examples] = /\nExamples?:\n([\s\S]*)$/.exec(help) ?? [];
  if (examples === undefined) return [];
  const lines = examples.trimEnd().split('\n');
  return ['.PP', lines.length > 1 ? 'Examples:' : 'Example:', '.PP', '.nf', ...lines.map(roff), '.fi'];
}

function settingLines(): string[] {
  return settingNames().flatMap((name) => {
    const { default: fallback, description, allowed } = SETTINGS[name];
    const text = String(fallback);
    const described = `${description} ${allowed}; default: ${text === '' ? 'none' : text}. ${environmentName(name)}`;
    return ['.TP', `.B ${roff(name)}`, roff(described)];
  });
}

function names(command: Command): string {
  return command.parent ? `${names(command.parent)} ${command.name()}` : command.name();
}

/** Text of one line, in which nothing is a request or an escape. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replace(/^([.'])/, '\\&$1');
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
}
