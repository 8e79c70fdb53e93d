/** Who did something: which client, on whose behalf. */

import { clientOf } from '../../mass-changes.ts';
import type { Author, User } from '../../store/types.ts';

/** A plain JSON value; '' where it isn't known. */
export interface Doer {
  readonly user: string;
  /** Name of the device whose app password was used. */
  readonly device: string;
  /** User-Agent, a command (`davd undo`), or `edit on disk`. */
  readonly client: string;
}

export function doerOf(by: Author | undefined): Doer {
  return { user: by?.user ?? '', device: by?.device ?? '', client: by?.agent ?? '' };
}

/** The same user with the same device; where it used no app password of a device, with the same client. */
export function isSameClient(a: Author | undefined, b: Author | undefined): boolean {
  return clientOf(a ?? {}) === clientOf(b ?? {});
}

/** A user under any name, with a device of that name or a client that says so. */
export function isDoneBy(
  by: Author | undefined,
  { user, device }: { readonly user?: User | undefined; readonly device?: string | undefined },
): boolean {
  const doer = doerOf(by);
  if (user && ![user.name, ...user.aliases].includes(doer.user)) return false;
  if (device === undefined) return true;
  const wanted = device.toLowerCase();
  return doer.device === ''
    ? doer.client.toLowerCase().includes(wanted)
    : doer.device.toLowerCase() === wanted;
}
