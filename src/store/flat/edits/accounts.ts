import { isDeepStrictEqual } from 'node:util';
import { Refusal } from '../../types.ts';
import type { Catalog } from '../catalog.ts';
import { reasonOf } from '../error.ts';
import type { Mirror } from '../mirror.ts';
import type { InnerChange } from '../plan.ts';
import type { UsersMirror } from '../users-file.ts';

export interface AccountsParts {
  readonly catalog: Catalog;
  readonly users: UsersMirror;
  readonly mirror: Mirror;
  /** @throws Refusal */
  readonly commit: (changes: readonly InnerChange[]) => Promise<unknown>;
  readonly info: (text: string) => void;
  readonly warn: (text: string) => void;
}

/** Takes over what somebody changed in users.json while nobody had the store open. */
export async function takeAccounts({
  catalog,
  users,
  mirror,
  commit,
  info,
  warn,
}: AccountsParts): Promise<void> {
  const edited = await users.edited();
  if (!edited) return;
  for (const user of edited) {
    const known = catalog.users.get(user.id)?.record.user;
    if (isDeepStrictEqual(known, user)) continue;
    const what = `"users.json: ${user.name}" was changed on disk`;
    try {
      await commit([{ do: 'put-user', user, expect: known ? 'present' : 'absent' }]);
      info(`${what}: taken over`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      warn(`${what}, but is left alone: ${reasonOf(error)}`);
    }
  }
  for (const [id, { record }] of catalog.users) {
    if (!edited.some((user) => user.id === id)) {
      warn(`users.json lacks ${record.user.name}: written again; remove a user with davd user remove`);
    }
  }
  mirror.touchUsers();
}
