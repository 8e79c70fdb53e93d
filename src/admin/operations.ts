/** What can be done to a server by name, in process or over the control socket. */

import { Refusal } from '../store/types.ts';
import type { Administration } from './administration.ts';
import {
  addCollection,
  listCollections,
  moveCollection,
  protectCollection,
  removeCollection,
  renameCollection,
  setCollection,
  showCollection,
} from './collections.ts';
import { dedupe } from './dedupe.ts';
import { addDevice, listDevices, renameDevice, revokeDevice } from './devices.ts';
import { decideDeletions } from './edits.ts';
import { listItems, putItem, removeItem, showItem } from './items.ts';
import { listHistory } from './past/history.ts';
import { acknowledgeMark, listMarks } from './past/marks.ts';
import { purge } from './past/purge.ts';
import { restore } from './past/restore.ts';
import { undo } from './past/undo.ts';
import { differences, showThen } from './past/versions.ts';
import { Refused } from './refused.ts';
import { getSetting, listSettings, setSetting, unsetSetting } from './settings.ts';
import { showStatus } from './status.ts';
import { listUsers, showUser } from './user-summary.ts';
import { addUser, disableUser, removeUser, renameUser, restoreUser, setPassword, setUser } from './users.ts';

const OPERATIONS = {
  'user.add': addUser,
  'user.list': listUsers,
  'user.show': showUser,
  'user.password': setPassword,
  'user.set': setUser,
  'user.rename': renameUser,
  'user.disable': disableUser,
  'user.remove': removeUser,
  'user.restore': restoreUser,
  'device.add': addDevice,
  'device.list': listDevices,
  'device.rename': renameDevice,
  'device.revoke': revokeDevice,
  'collection.add': addCollection,
  'collection.list': listCollections,
  'collection.show': showCollection,
  'collection.set': setCollection,
  'collection.rename': renameCollection,
  'collection.move': moveCollection,
  'collection.remove': removeCollection,
  'collection.protect': protectCollection,
  'item.list': listItems,
  'item.show': showItem,
  'item.put': putItem,
  'item.remove': removeItem,
  dedupe,
  'deletions.decide': decideDeletions,
  'history.list': listHistory,
  'history.show': showThen,
  'history.diff': differences,
  'history.purge': purge,
  'history.marks': listMarks,
  'history.accept': acknowledgeMark,
  undo,
  restore,
  'config.list': listSettings,
  'config.get': getSetting,
  'config.set': setSetting,
  'config.unset': unsetSetting,
  status: showStatus,
} satisfies Record<string, (on: Administration, wish: never) => Promise<unknown>>;

type Operations = typeof OPERATIONS;
export type OperationName = keyof Operations;
export type Wish<N extends OperationName> =
  Parameters<Operations[N]> extends [unknown, infer W] ? W : undefined;
export type Outcome<N extends OperationName> = Awaited<ReturnType<Operations[N]>>;

/** Does what was wished. Wishes and outcomes are plain JSON values. */
export type Administrator = <N extends OperationName>(name: N, wish: Wish<N>) => Promise<Outcome<N>>;

export function administrator(on: Administration): Administrator {
  const run = async (name: OperationName, wish: unknown): Promise<unknown> => {
    const operation = OPERATIONS[name] as (on: Administration, wish: unknown) => Promise<unknown>;
    try {
      return await operation(on, wish);
    } catch (error) {
      throw error instanceof Refusal ? new Refused(refusalSentence(error)) : error;
    }
  };
  return run as Administrator;
}

/** What the store refuses for reasons of its own, as a person reads it. */
function refusalSentence({ reason, detail }: Refusal): string {
  switch (reason) {
    case 'full':
      return 'nothing was changed: the disk is full; make room and try again';
    case 'read-only':
      return "nothing was changed: the server can't write until it is restarted; its log says why";
    case 'unavailable':
      return `the disk does not answer at the moment (${detail}); try again`;
    case 'absent':
      return 'nothing was changed: it has just been removed by somebody else';
    case 'expectation':
      return 'nothing was changed: somebody else has just changed it; look again';
    default:
      return `nothing was changed: the store refused it (${reason}${detail && `, ${detail}`})`;
  }
}

export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(OPERATIONS, name);
}
