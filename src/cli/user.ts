import type { Command } from 'commander';
import { nameProblem } from '../accounts/names.ts';
import { Refused } from '../admin/refused.ts';
import type { UserDetails, UserSummary } from '../admin/user-summary.ts';
import { choosePassword, type PasswordOptions } from './choose-password.ts';
import { collectionTable } from './collection-text.ts';
import { confirmByName } from './confirm.ts';
import { dataFolder, withServer } from './data-option.ts';
import { deviceTable } from './device-text.ts';
import { addExamples } from './examples.ts';
import { ownLanguage } from './language.ts';
import { accountText, bold, list, program, table, tell } from './output.ts';
import { showSize, showTime } from './show.ts';
import { WrongUsage } from './wrong-usage.ts';

export function addUser(parent: Command): void {
  const user = parent
    .command('user')
    .summary('add, change and remove users')
    .description('Users: their names, passwords and settings.');
  addUserAdd(user);
  addUserList(user);
  addUserShow(user);
  addUserSet(user);
  addUserPasswd(user);
  addUserRename(user);
  addUserDisable(user);
  addUserRemove(user);
  addUserRestore(user);
}

interface PartOptions {
  readonly displayName?: string;
  readonly email?: readonly string[];
  readonly locale?: string;
  readonly timeZone?: string;
}

function addUserAdd(user: Command): void {
  const command = user
    .command('add')
    .argument('<name>', 'login name, or an address like jacques@example.com')
    .summary('add a user')
    .description(
      'Adds a user with a calendar, a task list and an address book, at once where the server runs.',
    );
  addPartOptions(command)
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--generate', 'make a password and print it once')
    .action(async (name: string, options: PartOptions & PasswordOptions) => {
      const problem = nameProblem(name.trim());
      if (problem !== undefined) throw new Refused(`the user name "${name}" can't be used: ${problem}`);
      const password = await choosePassword(options);
      const parts = { locale: ownLanguage(process.env), ...partsOf(options) };
      const added = await withServer(dataFolder(command), (administer) =>
        administer('user.add', { name, ...parts, ...(password !== undefined && { password }) }),
      );
      tell(command, added, () =>
        [
          `User ${bold(added.name)} added.`,
          ...(added.password === undefined ? [] : [passwordText(added.password)]),
          `\n${accountText(added.name, added.account)}`,
        ].join('\n'),
      );
    });
  addExamples(
    command,
    'davd user add alice --display-name "Alice Liddell" --email alice@example.com --generate',
    'davd user add bob --locale fr --generate',
  );
}

function addUserList(user: Command): void {
  const command = user
    .command('list')
    .summary('list the users')
    .description('Lists the users with what they keep, and when a device of theirs was last seen.')
    .action(async () => {
      const folder = dataFolder(command);
      const users = await withServer(folder, (administer) => administer('user.list', undefined));
      tell(command, users, () =>
        users.length === 0 ? `No users yet: ${program()} user add NAME${folder.option}` : userTable(users),
      );
    });
  addExamples(command, 'davd user list --json');
}

function addUserShow(user: Command): void {
  const command = user
    .command('show')
    .argument('<name>', 'user')
    .summary('show all about a user')
    .description('Shows a user with devices and collections, and the addresses to type into devices.')
    .action(async (name: string) => {
      const shown = await withServer(dataFolder(command), (administer) => administer('user.show', { name }));
      tell(command, shown, userText);
    });
  addExamples(command, 'davd user show alice');
}

function addUserSet(user: Command): void {
  const command = user
    .command('set')
    .argument('<name>', 'user')
    .summary('change name, addresses, language, time zone')
    .description('Changes what is given. E-mail addresses take the place of all that were there.');
  addPartOptions(command).action(async (name: string, options: PartOptions) => {
    const parts = partsOf(options);
    if (Object.keys(parts).length === 0) {
      throw new WrongUsage('nothing to change: say --display-name, --email, --locale or --time-zone');
    }
    const changed = await withServer(dataFolder(command), (administer) =>
      administer('user.set', { name, ...parts }),
    );
    tell(command, changed, () => `User ${bold(changed.name)} changed.`);
  });
  addExamples(
    command,
    'davd user set alice --email alice@example.com --email al@example.org --time-zone Europe/Paris',
  );
}

function addUserPasswd(user: Command): void {
  const command = user
    .command('passwd')
    .argument('<name>', 'user')
    .summary('set a new password')
    .description('Sets a new password; the old one ends at once. Devices with an app password go on.')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--generate', 'make a password and print it once')
    .action(async (name: string, options: PasswordOptions) => {
      const password = await choosePassword(options);
      const changed = await withServer(dataFolder(command), (administer) =>
        administer('user.password', { name, ...(password !== undefined && { password }) }),
      );
      tell(command, changed, () =>
        [
          `User ${bold(changed.name)} has a new password.`,
          ...(changed.password === undefined ? [] : [passwordText(changed.password)]),
        ].join('\n'),
      );
    });
  addExamples(command, 'davd user passwd alice --generate');
}

function addUserRename(user: Command): void {
  const command = user
    .command('rename')
    .argument('<name>', 'user')
    .argument('<new-name>', 'login name from now on')
    .summary('give a user another name')
    .description('Gives a user another name. Devices go on: the old name stays good for logging in.')
    .action(async (name: string, to: string) => {
      const renamed = await withServer(dataFolder(command), (administer) =>
        administer('user.rename', { name, to }),
      );
      tell(command, renamed, () => `User ${renamed.before} is called ${bold(renamed.name)} now.`);
    });
  addExamples(command, 'davd user rename bob robert');
}

function addUserDisable(user: Command): void {
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
        const changed = await withServer(dataFolder(command), (administer) =>
          administer('user.disable', { name, disabled }),
        );
        tell(
          command,
          changed,
          () => `User ${bold(changed.name)} ${disabled ? "can't log in any more" : 'can log in again'}.`,
        );
      });
    addExamples(command, `davd user ${verb} alice`);
  }
}

function addUserRemove(user: Command): void {
  const command = user
    .command('remove')
    .argument('<name>', 'user')
    .summary('remove a user')
    .description(
      'Removes a user with all calendars and contacts. For as many days as history.days says they can be restored.',
    )
    .option('--yes', 'ask nothing')
    .action(async (name: string, { yes }: { yes?: true }) => {
      const folder = dataFolder(command);
      if (!yes) {
        // The store is not held while a person thinks.
        const shown = await withServer(folder, (administer) => administer('user.show', { name }));
        await confirmByName(`"${shown.name}"`, shown.name, `with ${shown.items} events, tasks and contacts`);
      }
      const removed = await withServer(folder, (administer) => administer('user.remove', { name }));
      tell(command, removed, () => `User ${bold(removed.name)} removed.`);
    });
  addExamples(command, 'davd user remove carol --yes');
}

function addUserRestore(user: Command): void {
  const command = user
    .command('restore')
    .argument('<name>', 'user that was removed')
    .summary('bring a removed user back')
    .description('Brings a removed user back with all calendars and contacts, password and devices.')
    .action(async (name: string) => {
      const restored = await withServer(dataFolder(command), (administer) =>
        administer('user.restore', { name }),
      );
      tell(command, restored, () => `User ${bold(restored.name)} is back.`);
    });
  addExamples(command, 'davd user restore carol');
}

function addPartOptions(command: Command): Command {
  return command
    .option('--display-name <text>', 'name as people write it')
    .option(
      '--email <address>',
      'e-mail address, good for logging in too (repeatable, the preferred one first)',
      (address: string, earlier: readonly string[] = []) => [...earlier, address],
    )
    .option('--locale <tag>', 'language: fr, pt-BR, …')
    .option('--time-zone <name>', 'time zone: Europe/Paris, …');
}

function partsOf({ displayName, email, locale, timeZone }: PartOptions) {
  return {
    ...(displayName !== undefined && { displayName }),
    ...(email !== undefined && { addresses: email }),
    ...(locale !== undefined && { locale }),
    ...(timeZone !== undefined && { timeZone }),
  };
}

function passwordText(password: string): string {
  return `Password: ${bold(password)}  (shown only now)`;
}

function userTable(users: readonly UserSummary[]): string {
  return table([
    ['NAME', 'DISPLAY NAME', 'E-MAIL', 'CALENDARS', 'BOOKS', 'ITEMS', 'SIZE', 'DEVICES', 'LAST SEEN'],
    ...users.map((user) => [
      user.disabled ? `${user.name} (disabled)` : user.name,
      user.displayName,
      user.addresses.join(', '),
      user.calendars,
      user.addressbooks,
      user.items,
      showSize(user.bytes),
      user.devices,
      showTime(user.seen),
    ]),
  ]);
}

function userText(user: UserDetails): string {
  const facts = list([
    ['Name', user.disabled ? `${user.name} (disabled)` : user.name],
    ['Display name', user.displayName],
    ['Also logs in as', [...user.aliases, ...user.addresses].join(', ')],
    ['Locale', user.locale],
    ['Time zone', user.timeZone ?? ''],
    ['Added', showTime(user.created)],
    ['Last seen', showTime(user.seen)],
    ['Keeps', `${user.items} items, ${showSize(user.bytes)}`],
  ]);
  const devices = user.devices.length === 0 ? [] : [deviceTable(user.devices)];
  return [facts, collectionTable(user.collections), ...devices, accountText(user.name, user.account)].join(
    '\n\n',
  );
}
