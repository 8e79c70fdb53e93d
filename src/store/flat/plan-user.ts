import { isDeepStrictEqual } from 'node:util';
import type { Change, Outcome, User, UserExpect } from '../types.ts';
import { KINDS } from './entries.ts';
import { fileNameOf } from './names.ts';
import { type Plan, requireName } from './plan.ts';
import { emptyHome, putBack } from './plan-collection.ts';

export function planUserChange(
  plan: Plan,
  change: Extract<Change, { do: 'put-user' | 'remove-user' | 'restore-user' }>,
): Outcome {
  switch (change.do) {
    case 'put-user':
      return planPut(plan, change.user, change.expect);
    case 'remove-user':
      return planRemove(plan, change.user);
    case 'restore-user':
      return planRestore(plan, change.user);
  }
}

function planPut(plan: Plan, user: User, expected: UserExpect): Outcome {
  const { draft, setting } = plan;
  const before = draft.user(user.id);
  if (expected === 'absent' && before) plan.refuse('exists', user.name);
  if (expected !== 'absent' && !before) plan.refuse('absent');
  if (typeof expected === 'object' && !isDeepStrictEqual(before?.user, expected.unchanged)) {
    plan.refuse('expectation', user.name);
  }
  const own = [user.name, ...user.aliases];
  for (const name of own) {
    requireName(plan, name);
    const holder = draft.userNamed(name);
    if (holder !== undefined && holder !== user.id) plan.refuse('exists', name);
  }
  plan.add({
    set: 'user',
    user,
    folder: fileNameOf(user.name, '', setting.caseless).file,
    homes: before?.homes ?? {
      calendar: { id: setting.newId(), properties: {} },
      addressbook: { id: setting.newId(), properties: {} },
    },
  });
  return { created: !before };
}

/** The record goes to the trash with the collections: with the last of them it is forgotten. */
function planRemove(plan: Plan, id: string): Outcome {
  const record = plan.draft.user(id) ?? plan.refuse('absent');
  for (const kind of KINDS) emptyHome(plan, { user: id, kind }, record.user);
  plan.add({ set: 'no-user', user: id });
  return { created: false };
}

/** Homes are new ones: who synced the old ones begins anew, while the collections go on. */
function planRestore(plan: Plan, id: string): Outcome {
  const gone = plan.draft.trashedWith(id);
  const [user] = gone.map(({ from }) => from?.user).reverse();
  if (!user) plan.refuse('absent');
  planPut(plan, user, 'absent');
  for (const record of gone) putBack(plan, record);
  return { created: true };
}
