/** What ends or changes a user's login: password, name, being disabled, removed and restored. */

import type { Command } from 'commander';
import { choosePassword, type PasswordOptions } from './choose-password.ts';
import { confirmByName } from './confirm.ts';
import { administer } from './data-option.ts';
import { addExamples } from './examples.ts';
import { bold, tell } from './output.ts';
import { passwordText } from './user-text.ts';

export function addUserPasswd(user: Command): void {
  const command = user
    .command('passwd')
    .argument('<name>', 'user')
    .summary('set a new password')
    .description('Sets a new password; the old one ends at once. Devices with an app password go on.')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--generate', 'make a password and print it once')
    .action(async (name: string, options: PasswordOptions) => {
      const password = await choosePassword(options);
      const changed = await administer(command, 'user.password', {
        name,
        ...(password !== undefined && { password }),
      });
      tell(command, changed, () =>
        [
          `User ${bold(changed.name)} has a new password.`,
          ...(changed.password === undefined ? [] : [passwordText(changed.password)]),
        ].join('\n'),
      );
    });
  addExamples(command, 'davd user passwd alice --generate');
}

export function addUserRename(user: Command): void {
  const command = user
    .command('rename')
    .argument('<name>', 'user')
    .argument('<new-name>', 'login name from now on')
    .summary('give a user another name')
    .description('Gives a user another name. Devices go on: the old name stays good for logging in.')
    .action(async (name: string, to: string) => {
      const renamed = await administer(command, 'user.rename', { name, to });
      tell(command, renamed, () => `User ${renamed.before} is called ${bold(renamed.name)} now.`);
    });
  addExamples(command, 'davd user rename bob robert');
}

export function addUserDisable(user: Command): void {
  for (const [verb, disabled, description] of [
    ['disable', true, 'Lets a user and all devices no longer log in; nothing is removed.'],
    ['enable', false, 'Lets a user that was disabled log in again.'],
  ] as const) {
    const command = user
      .command(verb)
      .argument('<name>', 'user')
      .summary(disabled ? 'let a user no longer log in' : 'let a user log in again')
      .description(description)
      .action(async (name: string) => {
        const changed = await administer(command, 'user.disable', { name, disabled });
        tell(
          command,
          changed,
          () => `User ${bold(changed.name)} ${disabled ? "can't log in any more" : 'can log in again'}.`,
        );
      });
    addExamples(command, `davd user ${verb} alice`);
  }
}

export function addUserRemove(user: Command): void {
  const command = user
    .command('remove')
    .argument('<name>', 'user')
    .summary('remove a user')
    .description(
      'Removes a user with all calendars and contacts. For as many days as history.days says they can be restored, unless --purge destroys them.',
    )
    .option('--purge', 'destroy everything at once, with its history; also of a user who was removed before')
    .option('--yes', 'ask nothing')
    .action(async (name: string, { yes, purge = false }: { yes?: true; purge?: boolean }) => {
      if (!yes && purge) await confirmByName(`"${name}" for good`, name, 'with all that was ever stored');
      else if (!yes) {
        // The store is not held while a person thinks.
        const shown = await administer(command, 'user.show', { name });
        await confirmByName(`"${shown.name}"`, shown.name, `with ${shown.items} events, tasks and contacts`);
      }
      const removed = await administer(command, 'user.remove', { name, purge });
      tell(command, removed, () =>
        purge ? `User ${bold(removed.name)} is gone for good.` : `User ${bold(removed.name)} removed.`,
      );
    });
  addExamples(command, 'davd user remove carol --yes');
}

export function addUserRestore(user: Command): void {
  const command = user
    .command('restore')
    .argument('<name>', 'user that was removed')
    .summary('bring a removed user back')
    .description('Brings a removed user back with all calendars and contacts, password and devices.')
    .action(async (name: string) => {
      const restored = await administer(command, 'user.restore', { name });
      tell(command, restored, () => `User ${bold(restored.name)} is back.`);
    });
  addExamples(command, 'davd user restore carol');
}
