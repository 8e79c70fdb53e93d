import type { Command } from 'commander';
import { nameProblem } from '../accounts/names.ts';
import { Refused } from '../admin/refused.ts';
import type { UserSummary } from '../admin/users.ts';
import { choosePassword, type PasswordOptions } from './choose-password.ts';
import { dataFolder, withServer } from './data-option.ts';
import { ownLanguage } from './language.ts';
import { accountText, bold, program, say, sayJson, table } from './output.ts';
import { ask, canAsk } from './prompt.ts';
import { WrongUsage } from './wrong-usage.ts';

export function addUser(parent: Command): void {
  const user = parent
    .command('user')
    .summary('add, list and remove users')
    .description('Users and their passwords.');
  addUserAdd(user);
  addUserList(user);
  addUserPasswd(user);
  addUserRemove(user);
}

interface AddOptions extends PasswordOptions {
  readonly displayName?: string;
  readonly email?: readonly string[];
  readonly locale?: string;
  readonly json?: true;
}

function addUserAdd(user: Command): void {
  user
    .command('add')
    .argument('<name>', 'login name, or an address like jacques@example.com')
    .summary('add a user')
    .description(
      'Adds a user with a calendar, a task list and an address book, at once where the server runs.',
    )
    .option('--display-name <text>', 'name as people write it')
    .option(
      '--email <address>',
      'e-mail address, good for logging in too (repeatable, the preferred one first)',
      (address: string, earlier: readonly string[] = []) => [...earlier, address],
    )
    .option('--locale <tag>', 'language of the names of the first calendars: fr, pt-BR, …')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--generate', 'make a password and print it once')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  davd user add alice --display-name "Alice Liddell" --email alice@example.com\n  davd user add bob --locale fr --generate',
    )
    .action(async (name: string, options: AddOptions, command: Command) => {
      const problem = nameProblem(name.trim());
      if (problem !== undefined) throw new Refused(`the user name "${name}" can't be used: ${problem}`);
      const { displayName, email: addresses = [], locale = ownLanguage(process.env), json } = options;
      const password = await choosePassword(options);
      const added = await withServer(dataFolder(command), (administer) =>
        administer('user.add', {
          name,
          addresses,
          locale,
          ...(displayName !== undefined && { displayName }),
          ...(password !== undefined && { password }),
        }),
      );
      if (json) return sayJson(added);
      say(`User ${bold(added.name)} added.`);
      if (added.password !== undefined) say(passwordText(added.password));
      say(`\n${accountText(added.name, added.account)}`);
    });
}

function addUserList(user: Command): void {
  user
    .command('list')
    .summary('list the users')
    .description('Lists the users with what they keep.')
    .option('--json', 'print the list as JSON')
    .addHelpText('after', '\nExample:\n  davd user list --json')
    .action(async ({ json }: { json?: true }, command: Command) => {
      const folder = dataFolder(command);
      const users = await withServer(folder, (administer) => administer('user.list', undefined));
      if (json) return sayJson(users);
      say(users.length === 0 ? `No users yet: ${program()} user add NAME${folder.option}` : userTable(users));
    });
}

function addUserPasswd(user: Command): void {
  user
    .command('passwd')
    .argument('<name>', 'user')
    .summary('set a new password')
    .description('Sets a new password; the old one ends at once.')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--generate', 'make a password and print it once')
    .addHelpText('after', '\nExample:\n  davd user passwd alice --generate')
    .action(async (name: string, options: PasswordOptions, command: Command) => {
      const password = await choosePassword(options);
      const changed = await withServer(dataFolder(command), (administer) =>
        administer('user.password', { name, ...(password !== undefined && { password }) }),
      );
      say(`User ${bold(changed.name)} has a new password.`);
      if (changed.password !== undefined) say(passwordText(changed.password));
    });
}

function addUserRemove(user: Command): void {
  user
    .command('remove')
    .argument('<name>', 'user')
    .summary('remove a user')
    .description('Removes a user with all calendars and contacts.')
    .option('--yes', 'ask nothing')
    .addHelpText('after', '\nExample:\n  davd user remove bob --yes')
    .action(async (name: string, { yes }: { yes?: true }, command: Command) => {
      const folder = dataFolder(command);
      if (!yes)
        await confirmRemoval(await withServer(folder, (administer) => administer('user.show', { name })));
      const removed = await withServer(folder, (administer) => administer('user.remove', { name }));
      say(`User ${bold(removed.name)} removed.`);
    });
}

/** The store is not held while a person thinks. */
async function confirmRemoval({ name, items }: UserSummary): Promise<void> {
  if (!canAsk())
    throw new WrongUsage(`there is no terminal to ask whether "${name}" is to be removed: use --yes`);
  const answer = await ask(
    `Removing "${name}" with ${items} events, tasks and contacts. Type the name to go on`,
  );
  if (answer.toLowerCase() !== name) throw new Refused(`"${answer}" is not "${name}": nothing was removed`);
}

function passwordText(password: string): string {
  return `Password: ${bold(password)}  (shown only now)`;
}

function userTable(users: readonly UserSummary[]): string {
  return table([
    ['NAME', 'DISPLAY NAME', 'E-MAIL', 'CALENDARS', 'BOOKS', 'ITEMS', 'SIZE'],
    ...users.map(({ name, disabled, displayName, addresses, calendars, addressbooks, items, bytes }) => [
      disabled ? `${name} (disabled)` : name,
      displayName,
      addresses.join(', '),
      calendars,
      addressbooks,
      items,
      `${Math.ceil(bytes / 1024)} KB`,
    ]),
  ]);
}
