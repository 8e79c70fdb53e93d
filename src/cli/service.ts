import type { Command } from 'commander';
import { inspectDataFolder } from '../admin/data-folder.ts';
import { installService, type ServiceOptions, UNIT_FILE, unitFor } from '../admin/service.ts';
import { dataFolder, nextCommand, settingsOf } from './data-option.ts';
import { addExamples } from './examples.ts';
import { executable } from './executable.ts';
import { tell } from './output.ts';

export function addService(parent: Command): void {
  const service = parent
    .command('service')
    .summary('run as a service of systemd')
    .description(
      'davd as a service of systemd, which can reach nothing but its data folder and the network.',
    );
  const print = service
    .command('print')
    .summary('show the unit')
    .description('Prints the unit for the settings of the data folder.')
    .action(async () =>
      tell(print, { unit: unitFor(await serviceOptions(print)) }, ({ unit }) => unit.trimEnd()),
    );
  addExamples(print, 'davd service print');
  const install = service
    .command('install')
    .summary('install the unit')
    .description(
      `Makes the system user davd and its data folder where there are none, and writes ${UNIT_FILE}. Starts nothing.`,
    )
    .action(async () => {
      const options = await serviceOptions(install);
      installService(options);
      const empty = (await inspectDataFolder(options.data)) !== 'data';
      const begin = empty ? [nextCommand(install, 'init --yes'), nextCommand(install, 'user add NAME')] : [];
      const next = [...begin, 'systemctl enable --now davd'].join(' && ');
      tell(install, { file: UNIT_FILE }, () => `Wrote ${UNIT_FILE}.\nNext: ${next}`);
    });
  addExamples(install, 'davd service install');
}

async function serviceOptions(command: Command): Promise<ServiceOptions> {
  const folder = dataFolder(command);
  return { executable: executable(), data: folder.path, settings: await settingsOf(folder) };
}
