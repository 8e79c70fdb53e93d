import type { Command } from 'commander';
import { installService, type ServiceOptions, UNIT_FILE, unitFor } from '../admin/service.ts';
import { dataFolder, settingsOf } from './data-option.ts';
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
    .description(`Makes the system user davd and writes ${UNIT_FILE}. Starts nothing.`)
    .action(async () => {
      installService(await serviceOptions(install));
      tell(install, { file: UNIT_FILE }, () => `Wrote ${UNIT_FILE}.\nNext: systemctl enable --now davd`);
    });
  addExamples(install, 'davd service install');
}

async function serviceOptions(command: Command): Promise<ServiceOptions> {
  const folder = dataFolder(command);
  return { executable: executable(), data: folder.path, settings: await settingsOf(folder) };
}
