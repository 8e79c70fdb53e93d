import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { Status } from '../admin/status.ts';
import { dataFolder, withServer } from './data-option.ts';
import { deviceTable } from './device-text.ts';
import { addExamples } from './examples.ts';
import { bold, list, say, tell } from './output.ts';
import { showCount, showDuration, showSize, showTime } from './show.ts';

export function addStatus(parent: Command): void {
  const command = parent
    .command('status')
    .summary('the server at a glance')
    .description('Shows what the server keeps, what is wrong, and which devices fell behind.')
    .option('--watch [seconds]', 'show it again and again', readSeconds)
    .action(async ({ watch }: { watch?: number | true }) => {
      const folder = dataFolder(command);
      for (;;) {
        const status = await withServer(folder, (administer) => administer('status', undefined));
        if (watch !== undefined && process.stdout.isTTY) process.stdout.write('\x1b[H\x1b[2J');
        tell(command, status, statusText);
        if (watch === undefined) return;
        await sleep((watch === true ? 2 : watch) * 1000);
        if (!process.stdout.isTTY) say('');
      }
    });
  addExamples(command, 'davd status');
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0.1 && seconds <= 86_400))
    throw new InvalidArgumentError('It must be a number of seconds.');
  return seconds;
}

function statusText(status: Status): string {
  const since = status.running && showDuration(Date.now() - Date.parse(status.running));
  const services = [status.caldav ? ['calendars'] : [], status.carddav ? ['contacts'] : []].flat();
  const facts = list([
    ['Server', since ? `running for ${since}` : 'not running'],
    ['Address', status.url],
    [
      'Certificate',
      status.certificate
        ? `${status.certificate.names.join(', ')}, until ${showTime(status.certificate.expires)}`
        : '',
    ],
    ['Serves', services.join(' and ') || 'nothing'],
    ['Data', status.data],
    ['Users', `${showCount(status.users, 'user')} with ${showCount(status.devices, 'device')}`],
    [
      'Collections',
      `${showCount(status.calendars, 'calendar')}, ${showCount(status.addressbooks, 'address book')}`,
    ],
    [
      'Items',
      [
        showCount(status.events, 'event'),
        showCount(status.tasks, 'task'),
        showCount(status.contacts, 'contact'),
      ].join(', '),
    ],
    ['Size', `${showSize(status.bytes)}, journal ${showSize(status.journal)}, ${showSize(status.free)} free`],
  ]);
  const warnings = status.warnings.map(({ text }) => `${bold('Warning:')} ${text}`);
  const behind =
    status.behind.length === 0 ? [] : [`\n${bold('Devices that fell behind')}`, deviceTable(status.behind)];
  return [`${bold('davd')} ${status.version}`, facts, ...warnings, ...behind].join('\n');
}
