import type { Command } from 'commander';
import { nameProblem } from '../accounts/names.ts';
import { Refused } from '../admin/refused.ts';
import { accountText } from './account-text.ts';
import { choosePassword, type PasswordOptions } from './choose-password.ts';
import { administer, nextCommand } from './data-option.ts';
import { addExamples } from './examples.ts';
import { ownLanguage } from './language.ts';
import { bold, tell } from './output.ts';
import { addUserDisable, addUserPasswd, addUserRemove, addUserRename, addUserRestore } from './user-login.ts';
import { addPartOptions, type PartOptions, partsOf } from './user-options.ts';
import { passwordText, userTable, userText } from './user-text.ts';
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
      const added = await administer(command, 'user.add', {
        name,
        ...parts,
        ...(password !== undefined && { password }),
      });
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
      const users = await administer(command, 'user.list', undefined);
      tell(command, users, () =>
        users.length === 0 ? `No users yet: ${nextCommand(command, 'user add NAME')}` : userTable(users),
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
      const shown = await administer(command, 'user.show', { name });
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
    const changed = await administer(command, 'user.set', { name, ...parts });
    tell(command, changed, () => `User ${bold(changed.name)} changed.`);
  });
  addExamples(
    command,
    'davd user set alice --email alice@example.com --email al@example.org --time-zone Europe/Paris',
  );
}
