import type { Command } from 'commander';
import { accountText } from './account-text.ts';
import { administer, nextCommand } from './data-option.ts';
import { deviceTable } from './device-text.ts';
import { addExamples } from './examples.ts';
import { bold, tell } from './output.ts';

export function addDevice(parent: Command): void {
  const device = parent
    .command('device')
    .summary('app passwords; how devices are doing')
    .description('Devices: each has a password of its own, which can be revoked without changing any other.');
  addDeviceAdd(device);
  addDeviceList(device);
  addDeviceRename(device);
  addDeviceRevoke(device);
}

function addDeviceAdd(device: Command): void {
  const command = device
    .command('add')
    .argument('<user>', 'user')
    .argument('<device>', 'name of the device, such as iPhone')
    .summary('make an app password')
    .description('Makes a password for one device and prints it once, with what to type into the device.')
    .action(async (user: string, name: string) => {
      const added = await administer(command, 'device.add', { user, device: name });
      tell(command, added, () =>
        [
          `Device ${bold(added.device)} of ${bold(added.user)} added.`,
          `Password: ${bold(added.password)}  (shown only now; case and dashes don't matter)`,
          `\n${accountText(added.user, added.account)}`,
        ].join('\n'),
      );
    });
  addExamples(command, 'davd device add alice iPhone', 'davd device add alice "work laptop" --json');
}

function addDeviceList(device: Command): void {
  const command = device
    .command('list')
    .argument('[user]', 'user; all users where none is named')
    .summary('list devices, and which fell behind')
    .description(
      'Lists devices: the client, when and where it was last seen, how many changes it has not fetched, its last error.',
    )
    .action(async (user: string | undefined) => {
      const devices = await administer(command, 'device.list', user === undefined ? {} : { user });
      tell(command, devices, () =>
        devices.length === 0
          ? `No devices yet: ${nextCommand(command, 'device add USER DEVICE')}`
          : deviceTable(devices),
      );
    });
  addExamples(command, 'davd device list alice');
}

function addDeviceRename(device: Command): void {
  const command = device
    .command('rename')
    .argument('<user>', 'user')
    .argument('<device>', 'device')
    .argument('<new-name>', 'name from now on')
    .summary('give a device another name')
    .description('Gives a device another name; its password stays.')
    .action(async (user: string, name: string, to: string) => {
      const renamed = await administer(command, 'device.rename', { user, device: name, to });
      tell(command, renamed, () => `Device ${renamed.before} is called ${bold(renamed.device)} now.`);
    });
  addExamples(command, 'davd device rename alice iPhone "old iPhone"');
}

function addDeviceRevoke(device: Command): void {
  const command = device
    .command('revoke')
    .argument('<user>', 'user')
    .argument('<device>', 'device')
    .summary('end an app password')
    .description('Ends the password of a device at once: its next request is refused.')
    .action(async (user: string, name: string) => {
      const revoked = await administer(command, 'device.revoke', { user, device: name });
      tell(
        command,
        revoked,
        () => `Device ${bold(revoked.device)} of ${revoked.user} can't log in any more.`,
      );
    });
  addExamples(command, 'davd device revoke alice "old iPhone"');
}
