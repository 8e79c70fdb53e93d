/** `davd calendar` and `davd addressbook`: the same commands for two kinds of collections. */

import { type Command, InvalidArgumentError } from 'commander';
import type { CollectionWish } from '../admin/find-collection.ts';
import { readPath, WORDS } from '../admin/path.ts';
import type { Kind } from '../store/types.ts';
import { collectionTable, collectionText } from './collection-text.ts';
import { confirmByName } from './confirm.ts';
import { administer, nextCommand } from './data-option.ts';
import { addExamples } from './examples.ts';
import { bold, tell } from './output.ts';
import { WrongUsage } from './wrong-usage.ts';

export function addCalendar(parent: Command): void {
  addFamily(parent, 'calendar');
}

export function addAddressbook(parent: Command): void {
  addFamily(parent, 'addressbook');
}

function addFamily(parent: Command, kind: Kind): void {
  const many = `${WORDS[kind]}s`;
  const family = parent
    .command(kind)
    .summary(`add, change and remove ${many}`)
    .description(`${many.charAt(0).toUpperCase()}${many.slice(1)} of all users, named as USER/NAME.`);
  addAdd(family, kind);
  addList(family, kind);
  addShow(family, kind);
  addSet(family, kind);
  addRename(family, kind);
  addMove(family, kind);
  addProtect(family, kind);
  addRemove(family, kind);
}

interface PartOptions {
  readonly displayName?: string;
  readonly color?: string;
  readonly description?: string;
  readonly order?: number;
  readonly components?: readonly string[];
  readonly timeZone?: string;
}

function addAdd(family: Command, kind: Kind): void {
  const one = WORDS[kind];
  const command = family
    .command('add')
    .argument(`<user/${kind}>`, 'such as alice/work')
    .summary(`add ${article(one)}`)
    .description(`Adds ${article(one)}; devices see it at their next look.`);
  addPartOptions(command, kind).action(async (path: string, options: PartOptions) => {
    const added = await administer(command, 'collection.add', { ...read(kind, path), ...partsOf(options) });
    tell(command, added, () => `Added ${bold(`${added.user}/${added.name}`)}.`);
  });
  addExamples(
    command,
    kind === 'calendar'
      ? 'davd calendar add alice/work --display-name Work --color "#1E88E5" --time-zone Europe/Paris'
      : 'davd addressbook add alice/work --display-name Colleagues',
  );
}

function addList(family: Command, kind: Kind): void {
  const many = `${WORDS[kind]}s`;
  const command = family
    .command('list')
    .argument('[user]', 'user; all users where none is named')
    .summary(`list ${many}`)
    .description(`Lists ${many} with what is in them.`)
    .action(async (user: string | undefined) => {
      const found = await administer(command, 'collection.list', {
        kind,
        ...(user !== undefined && { user }),
      });
      tell(command, found, () =>
        found.length === 0
          ? `No ${many}: ${nextCommand(command, `${kind} add USER/NAME`)}`
          : collectionTable(found, ({ user: owner, name }) => `${owner}/${name}`),
      );
    });
  addExamples(command, `davd ${kind} list alice`);
}

function addShow(family: Command, kind: Kind): void {
  const one = WORDS[kind];
  const command = family
    .command('show')
    .argument(`<user/${kind}>`, 'such as alice/default')
    .summary(`show ${article(one)}`)
    .description(`Shows all about ${article(one)}.`)
    .action(async (path: string) => {
      const shown = await administer(command, 'collection.show', read(kind, path));
      tell(command, shown, collectionText);
    });
  addExamples(command, `davd ${kind} show alice/default`);
}

function addSet(family: Command, kind: Kind): void {
  const one = WORDS[kind];
  const command = family
    .command('set')
    .argument(`<user/${kind}>`, 'such as alice/default')
    .summary('change how it shows')
    .description(`Changes how ${article(one)} shows on devices; '' takes a value away.`);
  addPartOptions(command, kind).action(async (path: string, options: PartOptions) => {
    const wish = read(kind, path);
    const parts = partsOf(options);
    if (Object.keys(parts).length === 0) {
      throw new WrongUsage('nothing to change: --help shows what can be set');
    }
    const changed = await administer(command, 'collection.set', { ...wish, ...parts });
    tell(command, changed, () => `Changed ${bold(`${changed.user}/${changed.name}`)}.`);
  });
  addExamples(command, `davd ${kind} set alice/default --display-name Home --color "#43A047" --order 1`);
}

function addRename(family: Command, kind: Kind): void {
  const one = WORDS[kind];
  const command = family
    .command('rename')
    .argument(`<user/${kind}>`, 'such as alice/work')
    .argument('<new-name>', 'name in paths from now on')
    .summary('give it another name in paths')
    .description(
      `Gives ${article(one)} another name in paths. Devices that were told its address must be told the new one; \`set --display-name\` changes the name that people see.`,
    )
    .action(async (path: string, to: string) => {
      const renamed = await administer(command, 'collection.rename', { ...read(kind, path), to });
      tell(command, renamed, () => `It is called ${bold(`${renamed.user}/${renamed.name}`)} now.`);
    });
  addExamples(command, `davd ${kind} rename alice/work office`);
}

function addMove(family: Command, kind: Kind): void {
  const one = WORDS[kind];
  const command = family
    .command('move')
    .argument(`<user/${kind}>`, 'such as alice/office')
    .argument('<new-user>', 'whose it is from now on')
    .summary('give it to another user')
    .description(`Gives ${article(one)} with everything in it to another user.`)
    .action(async (path: string, to: string) => {
      const moved = await administer(command, 'collection.move', { ...read(kind, path), to });
      tell(command, moved, () => `It is ${bold(`${moved.user}/${moved.name}`)} now.`);
    });
  addExamples(command, `davd ${kind} move alice/office bob`);
}

function addProtect(family: Command, kind: Kind): void {
  const command = family
    .command('protect')
    .argument(`<user/${kind}>`, 'such as alice/default')
    .summary('refuse that clients delete it')
    .description('Makes the server refuse when a client wants to delete it, or lets it again with --off.')
    .option('--on', 'refuse (the default)')
    .option('--off', 'let clients delete it')
    .action(async (path: string, { on, off }: { on?: true; off?: true }) => {
      if (on && off) throw new WrongUsage('--on and --off exclude each other');
      const wish = { ...read(kind, path), on: !off };
      const done = await administer(command, 'collection.protect', wish);
      const name = `${done.user}/${done.name}`;
      tell(command, done, () =>
        done.on ? `Clients can't delete ${name} any more.` : `Clients may delete ${name} now.`,
      );
    });
  addExamples(command, `davd ${kind} protect alice/default --off`);
}

function addRemove(family: Command, kind: Kind): void {
  const one = WORDS[kind];
  const command = family
    .command('remove')
    .argument(`<user/${kind}>`, 'such as alice/work')
    .summary(`remove ${article(one)}`)
    .description(`Removes ${article(one)} with everything in it. Its files go to files/.trash.`)
    .option('--yes', 'ask nothing')
    .action(async (path: string, { yes }: { yes?: true }) => {
      const wish = read(kind, path);
      if (!yes) {
        const shown = await administer(command, 'collection.show', wish);
        await confirmByName(`"${shown.user}/${shown.name}"`, shown.name, `with ${shown.items} items`);
      }
      const removed = await administer(command, 'collection.remove', wish);
      tell(command, removed, () => `Removed ${bold(`${removed.user}/${removed.name}`)}.`);
    });
  addExamples(command, `davd ${kind} remove bob/office --yes`);
}

function addPartOptions(command: Command, kind: Kind): Command {
  command
    .option('--display-name <text>', 'name that people see')
    .option('--color <colour>', 'such as #1E88E5')
    .option('--description <text>', 'what it is for')
    .option('--order <number>', 'place in the lists of clients', readOrder);
  if (kind === 'addressbook') return command;
  return command
    .option('--components <list>', 'what it holds: VEVENT,VTODO,VJOURNAL', (text: string) => text.split(','))
    .option('--time-zone <name>', 'time zone of times without one: Europe/Paris, …');
}

function readOrder(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function partsOf({ displayName, color, description, order, components, timeZone }: PartOptions) {
  return {
    ...(displayName !== undefined && { displayName }),
    ...(color !== undefined && { color }),
    ...(description !== undefined && { description }),
    ...(order !== undefined && { order }),
    ...(components !== undefined && { components }),
    ...(timeZone !== undefined && { timeZone }),
  };
}

/** `alice/work`; with `alice/calendars/work`, as `davd item` writes it, too. */
function read(kind: Kind, path: string): CollectionWish {
  const { user, collection: name, item, ...said } = readPath(path);
  if (user !== '' && name !== '' && item === '' && (said.kind ?? kind) === kind) return { user, kind, name };
  throw new WrongUsage(
    `"${path}" does not name ${article(WORDS[kind])}: write USER/NAME, such as alice/default`,
  );
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}
