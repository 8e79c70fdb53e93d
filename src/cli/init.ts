import type { Command } from 'commander';
import { initDataFolder } from '../admin/data-folder.ts';
import { readSetting, SETTINGS, type SettingName, type Settings, SettingsError } from '../config.ts';
import { actAsOwner, dataFolder, nextCommand } from './data-option.ts';
import { addExamples } from './examples.ts';
import { tell } from './output.ts';
import { askValid, askYesNo, canAsk } from './prompt.ts';
import { settingOption } from './setting-option.ts';

type InitSettings = Pick<Settings, 'listen' | 'url' | 'caldav' | 'carddav'>;

export function addInit(parent: Command): void {
  const command = parent
    .command('init')
    .summary('make a data folder')
    .description('Makes a data folder. Asks on a terminal; never touches a folder in which something is.')
    .addOption(settingOption('--listen <host:port>', 'listen'))
    .addOption(settingOption('--url <url>', 'url'))
    .option('--no-caldav', 'serve no calendars')
    .option('--no-carddav', 'serve no contacts')
    .option('--yes', 'ask nothing, take the defaults')
    .action(async (options: Partial<InitSettings> & { yes?: true }) => {
      const { path } = dataFolder(command);
      actAsOwner(path);
      const given = { ...DEFAULTS, ...options };
      const { listen, url, caldav, carddav } = options.yes || !canAsk() ? given : await askSettings(given);
      await initDataFolder(path, { listen, ...(url && { url }), caldav, carddav });
      tell(
        command,
        { data: path },
        () =>
          `Made the data folder "${path}".\nNext: ${nextCommand(command, 'user add NAME')}, then ${nextCommand(command, 'serve')}`,
      );
    });
  addExamples(command, 'davd init --url https://dav.example.com --yes');
}

const DEFAULTS: InitSettings = {
  listen: SETTINGS.listen.default,
  url: SETTINGS.url.default,
  caldav: SETTINGS.caldav.default,
  carddav: SETTINGS.carddav.default,
};

/** What the options say is offered as the answer. */
async function askSettings({ listen, url, caldav, carddav }: InitSettings): Promise<InitSettings> {
  return {
    listen: await askSetting('listen', 'Address to listen on, HOST:PORT', listen),
    caldav: await askYesNo('Serve calendars and tasks?', caldav),
    carddav: await askYesNo('Serve contacts?', carddav),
    url: await askSetting('url', 'Public URL, if clients reach it under another address', url),
  };
}

async function askSetting(name: 'listen' | 'url', question: string, fallback: string): Promise<string> {
  const answer = await askValid(question, fallback, (text) => problem(name, text));
  return readSetting(name, answer, name);
}

function problem(name: SettingName, text: string): string | undefined {
  try {
    readSetting(name, text, name);
    return undefined;
  } catch (error) {
    if (error instanceof SettingsError) return `It must be ${SETTINGS[name].allowed}.`;
    throw error;
  }
}
