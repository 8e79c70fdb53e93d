/** What can be done to a server by name, in process or over the control socket. */

import type { Administration } from './administration.ts';
import { protectCalendar } from './collections.ts';
import { addUser, listUsers, removeUser, setPassword, showUser } from './users.ts';

const OPERATIONS = {
  'user.add': addUser,
  'user.list': listUsers,
  'user.show': showUser,
  'user.password': setPassword,
  'user.remove': removeUser,
  'calendar.protect': protectCalendar,
} satisfies Record<string, (on: Administration, wish: never) => Promise<unknown>>;

type Operations = typeof OPERATIONS;
export type OperationName = keyof Operations;
export type Wish<N extends OperationName> =
  Parameters<Operations[N]> extends [unknown, infer W] ? W : undefined;
export type Outcome<N extends OperationName> = Awaited<ReturnType<Operations[N]>>;

/** Does what was wished. Wishes and outcomes are plain JSON values. */
export type Administrator = <N extends OperationName>(name: N, wish: Wish<N>) => Promise<Outcome<N>>;

export function administrator(on: Administration): Administrator {
  const run = (name: OperationName, wish: unknown): Promise<unknown> => {
    const operation = OPERATIONS[name] as (on: Administration, wish: unknown) => Promise<unknown>;
    return operation(on, wish);
  };
  return run as Administrator;
}

export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(OPERATIONS, name);
}
