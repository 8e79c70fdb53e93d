import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { BackupState } from '../admin/backup-state.ts';
import type { Status } from '../admin/status.ts';
import { administer } from './data-option.ts';
import { deviceTable } from './device-text.ts';
import { addExamples } from './examples.ts';
import { bold, say, tell, tellNext, wantsJson } from './output.ts';
import { showCount, showDuration, showSize, showTime } from './show.ts';
import { list } from './table.ts';
import { paragraph } from './wrap.ts';

export function addStatus(parent: Command): void {
  const command = parent
    .command('status')
    .summary('the server at a glance')
    .description('Shows what the server keeps, what is wrong, and which devices fell behind.')
    .option('--watch [seconds]', 'show it again and again', readSeconds)
    .action(async ({ watch }: { watch?: number | true }) => {
      for (;;) {
        const status = await administer(command, 'status', undefined);
        if (watch !== undefined && process.stdout.isTTY && !wantsJson(command))
          process.stdout.write('\x1b[H\x1b[2J');
        if (watch === undefined) return tell(command, status, statusText);
        tellNext(command, status, statusText);
        await sleep((watch === true ? 2 : watch) * 1000);
        if (!process.stdout.isTTY && !wantsJson(command)) say('');
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
    ['Backup', status.backup ? backupText(status.backup) : ''],
    ['Size', `${showSize(status.bytes)}, journal ${showSize(status.journal)}, ${showSize(status.free)} free`],
  ]);
  const warnings = status.warnings.map(({ text }) => paragraph(`Warning: ${text}`));
  const behind =
    status.behind.length === 0 ? [] : [`\n${bold('Devices that fell behind')}`, deviceTable(status.behind)];
  return [`${bold('davd')} ${status.version}`, facts, ...warnings, ...behind].join('\n');
}

function backupText({ last, count, every, folder }: BackupState): string {
  if (!last) return `none yet in ${folder}`;
  return `${showTime(last.time)}, ${showSize(last.bytes)}; ${count} in ${folder}, every ${every}`;
}
