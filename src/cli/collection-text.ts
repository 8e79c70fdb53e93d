import type { CollectionSummary } from '../admin/collection-summary.ts';
import { showSize, showTime } from './show.ts';
import { list, table } from './table.ts';

/** `path`: how the person names them. */
export function collectionTable(
  collections: readonly CollectionSummary[],
  path: (collection: CollectionSummary) => string,
): string {
  return table([
    ['COLLECTION', 'DISPLAY NAME', 'FOR', 'ITEMS', 'SIZE', 'CHANGED'],
    ...collections.map((each) => [
      path(each),
      each.displayName,
      contents(each),
      each.items,
      showSize(each.bytes),
      showTime(each.modified),
    ]),
  ]);
}

export function collectionText(collection: CollectionSummary): string {
  return list([
    ['Name', `${collection.user}/${collection.name}`],
    ['Display name', collection.displayName],
    ['Description', collection.description],
    ['Colour', collection.color],
    ['Order', String(collection.order ?? '')],
    ['For', contents(collection)],
    ['Time zone', collection.timeZone ?? ''],
    ['Items', `${collection.items}, ${showSize(collection.bytes)}`],
    ['Made', showTime(collection.created)],
    ['Changed', showTime(collection.modified)],
    ['Protected', collection.protected ? "yes: clients can't delete it" : 'no'],
  ]);
}

const WORDS: Readonly<Record<string, string>> = {
  VEVENT: 'events',
  VTODO: 'tasks',
  VJOURNAL: 'journals',
  VFREEBUSY: 'free-busy',
  VAVAILABILITY: 'availability',
};

function contents({ kind, components }: CollectionSummary): string {
  if (kind === 'addressbook') return 'contacts';
  return components.map((name) => WORDS[name] ?? name).join(', ');
}
