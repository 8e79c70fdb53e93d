/** Finding users, and changing their records so that of two who do it at once none loses. */

import { canonicalName } from '../accounts/names.ts';
import { Refusal, type Store, type User } from '../store/types.ts';
import { suggestion } from './nearest.ts';
import { NotThere, Refused } from './refused.ts';

/** How often a change is tried again when others change the same user. */
const TRIES = 20;

/** The user of a name as a person types it. @throws NotThere */
export async function existing(store: Pick<Store, 'findUser' | 'users'>, name: string): Promise<User> {
  const user = await store.findUser(canonicalName(name.trim()));
  if (user) return user;
  const names = (await store.users()).map((each) => each.name);
  throw new NotThere(
    `there is no user "${name}"${suggestion(name, names) || ': davd user list shows who there is'}`,
  );
}

/**
 * Stores what `change` makes of the user's record as it is now; where that is changed meanwhile, once more.
 * @returns the record as stored.
 * @throws NotThere; what `change` throws; Refused where a name is another's or others won't leave off.
 */
export async function changeUser(
  store: Store,
  name: string,
  agent: string,
  change: (user: User) => User,
): Promise<User> {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = await existing(store, name);
    const user = change(before);
    try {
      await store.commit([{ do: 'put-user', user, expect: { unchanged: before } }], { by: { agent } });
      return user;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.reason === 'exists')
        throw new Refused(`"${error.detail}" is another user's name: choose another`);
      if (error.reason !== 'expectation' && error.reason !== 'absent') throw error;
    }
  }
  throw new Refused(`can't change user "${name}": others keep changing it; try again`);
}
