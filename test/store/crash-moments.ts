import type { Change } from '../../src/store/types.ts';
import type { DiskEvent } from './disk-state.ts';

/** What a store may be at when it is stopped. */
export const MOMENTS = [
  'put',
  'update',
  'delete',
  'move',
  'copy',
  'properties',
  'several changes',
  'changes across collections',
  'collection made',
  'collection removed',
  'collection renamed',
  'collection copied',
  'accounts',
  'locks',
  'undo',
  'new segment',
  'checkpoint',
  'compaction',
  'opening after a stop',
  'comparing files after a stop',
  'closing',
  'a disk that failed',
] as const;

export type Moment = (typeof MOMENTS)[number];

const OF_ONE: Readonly<Record<Change['do'], Moment>> = {
  put: 'put',
  delete: 'delete',
  move: 'move',
  copy: 'copy',
  patch: 'properties',
  recall: 'undo',
  'restore-collection': 'undo',
  'restore-user': 'undo',
  'create-collection': 'collection made',
  'remove-collection': 'collection removed',
  'rename-collection': 'collection renamed',
  'copy-collection': 'collection copied',
  'put-user': 'accounts',
  'remove-user': 'accounts',
  lock: 'locks',
  'refresh-lock': 'locks',
  unlock: 'locks',
  mark: 'undo',
  unmark: 'undo',
};

/** @param updates whether a member of that name was there before. */
export function momentOf(changes: readonly Change[], updates: boolean): Moment {
  const [first] = changes;
  if (first && changes.length === 1) return first.do === 'put' && updates ? 'update' : OF_ONE[first.do];
  const collections = changes.flatMap((change) => [
    ...('collection' in change ? [change.collection] : []),
    ...('to' in change && typeof change.to === 'object' ? [change.to.collection] : []),
  ]);
  return new Set(collections).size > 1 ? 'changes across collections' : 'several changes';
}

/** Something that went on between two counts of events on the disk. */
export interface Span {
  readonly moment: Moment;
  readonly from: number;
  to: number;
}

/** From the making of a file to the moment when its folder, and so its name, is safe. */
export function namedBetween(log: readonly DiskEvent[], ending: string): { from: number; to: number }[] {
  return log.flatMap((event, from) => {
    const [name] = event.do === 'make' ? event.at : [];
    if (!name?.name.endsWith(ending)) return [];
    const safe = log.findIndex((later, at) => at > from && later.do === 'sync' && later.node === name.folder);
    return [{ from, to: safe < 0 ? log.length : safe + 1 }];
  });
}
