import type { Command } from 'commander';
import type { ChangedSetting, SettingDetails } from '../admin/settings.ts';
import { showSetting } from '../config.ts';
import { administer } from './data-option.ts';
import { addExamples } from './examples.ts';
import { bold, faint, tell } from './output.ts';
import { list } from './table.ts';
import { paragraph } from './wrap.ts';

export function addConfig(parent: Command): void {
  const config = parent
    .command('config')
    .summary('look at and change settings')
    .description(
      'Settings: from the command line, else an environment variable, else davd.json in the data folder, else the default.',
    );
  addConfigList(config);
  addConfigGet(config);
  addConfigSet(config);
  addConfigUnset(config);
}

function addConfigList(config: Command): void {
  const command = config
    .command('list')
    .summary('list all settings')
    .description('Lists all settings as they count now, and where those come from that are not the default.')
    .action(async () => {
      const settings = await administer(command, 'config.list', undefined);
      tell(command, settings, () => settings.map(settingLine).join('\n'));
    });
  addExamples(command, 'davd config list');
}

function addConfigGet(config: Command): void {
  const command = config
    .command('get')
    .argument('<setting>', 'such as listen')
    .summary('show one setting')
    .description('Shows a setting: its value, what it is for and what it may be.')
    .action(async (name: string) => {
      const setting = await administer(command, 'config.get', { name });
      tell(command, setting, settingText);
    });
  addExamples(command, 'davd config get url');
}

function addConfigSet(config: Command): void {
  const command = config
    .command('set')
    .argument('<setting>', 'such as url')
    .argument('<value>', 'as davd config get says; lists with commas between')
    .summary('change a setting')
    .description('Changes a setting in davd.json, at once where the server runs and it is possible.')
    .action(async (name: string, value: string) => {
      const changed = await administer(command, 'config.set', { name, value });
      tell(command, changed, changedText);
    });
  addExamples(command, 'davd config set url https://dav.example.com', 'davd config set carddav off');
}

function addConfigUnset(config: Command): void {
  const command = config
    .command('unset')
    .argument('<setting>', 'such as url')
    .summary('take the default again')
    .description('Takes a setting out of davd.json, so that its default counts.')
    .action(async (name: string) => {
      const changed = await administer(command, 'config.unset', { name });
      tell(command, changed, changedText);
    });
  addExamples(command, 'davd config unset carddav');
}

function settingLine({ name, text, source, description }: SettingDetails): string {
  const from = source === 'default' ? '' : faint(`  from ${source}`);
  return `${bold(name)} = ${text}${from}\n${paragraph(description, '  ')}`;
}

function settingText(setting: SettingDetails): string {
  return list([
    ['Setting', setting.name],
    ['Value', setting.text],
    ['From', setting.source],
    ['Default', showSetting(setting.name, setting.default as never)],
    ['What it is', setting.description],
    ['Must be', setting.allowed],
    ['Variable', setting.variable],
  ]);
}

function changedText({ name, text, counts, variable, source }: ChangedSetting): string {
  const changed = `${bold(name)} is ${text}`;
  if (counts === 'now') return `${changed} now.`;
  if (counts === 'after a restart') return `${changed} once the server is started again.`;
  const what = source === 'environment' ? `the environment variable ${variable}` : 'the command line';
  return `Written, but ${what} of the server goes before it: ${changed}.`;
}
