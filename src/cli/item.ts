import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Item, ItemSummary } from '../admin/items.ts';
import { Refused } from '../admin/refused.ts';
import { confirmByName } from './confirm.ts';
import { administer } from './data-option.ts';
import { editText } from './edit-text.ts';
import { addExamples } from './examples.ts';
import { bold, tell, wantsJson } from './output.ts';
import { showSize, showTime } from './show.ts';
import { table } from './table.ts';

const PATH = '<user/collection/item>';
const PATH_HELP = 'file name or UID, such as alice/default/lunch.ics';

export function addItem(parent: Command): void {
  const item = parent
    .command('item')
    .summary('single events, tasks and contacts')
    .description(
      'Single events, tasks and contacts. Where a calendar and an address book have the same name, write alice/calendars/default or alice/addressbooks/default.',
    );
  addItemList(item);
  addItemShow(item);
  addItemEdit(item);
  addItemRemove(item);
}

function addItemList(item: Command): void {
  const command = item
    .command('list')
    .argument('<user/collection>', 'such as alice/calendars/default')
    .summary('list the items of a collection')
    .description('Lists the items of a calendar or an address book.')
    .action(async (path: string) => {
      const items = await administer(command, 'item.list', { path });
      tell(command, items, () => (items.length === 0 ? 'Nothing is in it.' : itemTable(items)));
    });
  addExamples(command, 'davd item list alice/calendars/default');
}

function addItemShow(item: Command): void {
  const command = item
    .command('show')
    .argument(PATH, PATH_HELP)
    .summary('print an item as it is stored')
    .description('Prints an item byte for byte as it is stored.')
    .action(async (path: string) => {
      const { content, ...shown } = await administer(command, 'item.show', { path });
      const bytes = Buffer.from(content, 'base64');
      if (!wantsJson(command)) process.stdout.write(bytes);
      else tell(command, { ...shown, text: bytes.toString() }, String);
    });
  addExamples(command, 'davd item show alice/default/lunch.ics');
}

function addItemEdit(item: Command): void {
  const command = item
    .command('edit')
    .argument(PATH, PATH_HELP)
    .summary('edit an item')
    .description(
      'Opens an item in $EDITOR; what comes out is checked as what a device sends, and stored unless somebody else changed the item meanwhile.',
    )
    .option('--stdin', 'take the new content from standard input')
    .action(async (path: string, { stdin }: { stdin?: true }) => {
      // The store is not held while a person edits.
      const before = await administer(command, 'item.show', { path });
      const edited = stdin ? await whole(process.stdin) : undefined;
      const stored = edited ? await put(command, before, edited) : await editItem(command, before);
      tell(command, stored ?? before, () =>
        stored ? `Stored ${bold(stored.path)}.` : 'Nothing was changed.',
      );
    });
  addExamples(
    command,
    'EDITOR="sed -i s/Lunch/Dinner/" davd item edit alice/default/lunch.ics',
    'davd item show alice/default/lunch.ics | davd item edit alice/default/lunch.ics --stdin',
  );
}

function addItemRemove(item: Command): void {
  const command = item
    .command('remove')
    .argument(PATH, PATH_HELP)
    .summary('remove an item')
    .description('Removes an item from all devices.')
    .option('--yes', 'ask nothing')
    .action(async (path: string, { yes }: { yes?: true }) => {
      if (!yes) {
        const { path: full, title } = await administer(command, 'item.show', { path });
        await confirmByName(`"${full}"`, basename(full), title && `(${title})`);
      }
      const removed = await administer(command, 'item.remove', { path });
      tell(command, removed, () => `Removed ${bold(removed.path)}.`);
    });
  addExamples(command, 'davd item remove alice/default/lunch.ics --yes');
}

/** undefined: the editor was left without a change. */
async function editItem(command: Command, item: Item): Promise<ItemSummary | undefined> {
  const before = Buffer.from(item.content, 'base64');
  const { bytes, file, forget } = editText(before, basename(item.path));
  const same = before.equals(bytes);
  try {
    const stored = same ? undefined : await put(command, item, bytes);
    forget();
    return stored;
  } catch (error) {
    if (error instanceof Refused) throw new Refused(`${error.message}; the edit is kept in "${file}"`);
    throw error;
  }
}

function put(command: Command, { path, etag }: Item, bytes: Uint8Array): Promise<ItemSummary> {
  const content = Buffer.from(bytes).toString('base64');
  return administer(command, 'item.put', { path, etag, content });
}

async function whole(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function itemTable(items: readonly ItemSummary[]): string {
  return table([
    ['ITEM', 'KIND', 'TITLE', 'SIZE', 'CHANGED'],
    ...items.map(({ path, component, title, bytes, modified }) => [
      path,
      component || 'unreadable',
      title,
      showSize(bytes),
      showTime(modified),
    ]),
  ]);
}
