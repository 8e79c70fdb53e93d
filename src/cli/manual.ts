/** The man page: derived from the commands and the settings themselves. */

import type { Command } from 'commander';
import { environmentName, SETTINGS, settingNames } from '../config.ts';
import { VERSION } from '../version.ts';
import { addExamples, examplesOf } from './examples.ts';
import { tell } from './output.ts';

export function addManual(parent: Command): void {
  const command = parent
    .command('man')
    .summary('the manual as a man page')
    .description('Prints the manual as a man page.')
    .action(() => {
      tell(command, { page: manualPage(parent) }, ({ page }) => page.trimEnd());
    });
  addExamples(command, 'davd man > davd.1');
}

/** In the language of man(7). `date`: of the release, YYYY-MM-DD; '' if unknown. */
export function manualPage(program: Command, date = ''): string {
  return [
    `.TH DAVD 1 "${date}" "davd ${VERSION}" "User Commands"`,
    '.SH NAME',
    'davd \\- CalDAV and CardDAV server',
    '.SH SYNOPSIS',
    '.B davd',
    '[\\-\\-data DIR] [\\-\\-json] COMMAND',
    '.SH DESCRIPTION',
    text(program.description()),
    '.SH OPTIONS',
    ...optionsOf(program),
    '.SH COMMANDS',
    ...program.commands.flatMap((each) => commandText(each, [])),
    '.SH SETTINGS',
    text('Each is changed with davd config set, or given as an environment variable.'),
    ...settingNames().flatMap((name) => [
      '.TP',
      `.BR ${text(name)} " (" ${environmentName(name)} )`,
      text(`${SETTINGS[name].description} It must be ${SETTINGS[name].allowed}.`),
    ]),
    '.SH EXIT STATUS',
    text('0: done. 1: refused. 2: wrong usage, or something was named that is not there.'),
    '.SH ENVIRONMENT',
    '.TP',
    '.B DAVD_DATA',
    text('The data folder, where --data does not name it.'),
    '.TP',
    '.B NO_COLOR',
    text('Print without colours.'),
    '',
  ].join('\n');
}

function commandText(command: Command, path: readonly string[]): readonly string[] {
  const names = [...path, command.name()];
  if (command.commands.length > 0) return command.commands.flatMap((each) => commandText(each, names));
  const usage = command.registeredArguments.map((each) =>
    each.required ? `<${each.name()}>` : `[${each.name()}]`,
  );
  const examples = examplesOf(command);
  return [
    `.SS "${text(['davd', ...names, ...usage].join(' '))}"`,
    text(command.description()),
    ...optionsOf(command),
    ...(examples.length === 0
      ? []
      : ['.PP', 'Example:', '.nf', ...examples.map((each) => `    ${text(each)}`), '.fi']),
  ];
}

function optionsOf(command: Command): readonly string[] {
  return command.options.flatMap(({ flags, description }) => ['.TP', `.B ${text(flags)}`, text(description)]);
}

/** Hyphens stay hyphens, and no line begins a request. */
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replace(/^([.'])/, '\\&$1');
}
