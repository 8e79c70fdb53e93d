import { isDeepStrictEqual } from 'node:util';
import type { Change, Outcome, User, UserExpect } from '../types.ts';
import { KINDS } from './entries.ts';
import { fileNameOf } from './names.ts';
import { type Plan, requireName } from './plan.ts';
import { emptyHome } from './plan-collection.ts';

export function planUserChange(
  plan: Plan,
  change: Extract<Change, { do: 'put-user' | 'remove-user' }>,
): Outcome {
  return change.do === 'put-user' ? planPut(plan, change.user, change.expect) : planRemove(plan, change.user);
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

function planRemove(plan: Plan, id: string): Outcome {
  const { draft } = plan;
  if (!draft.user(id)) plan.refuse('absent');
  for (const kind of KINDS) emptyHome(plan, { user: id, kind }, draft);
  plan.add({ set: 'no-user', user: id });
  return { created: false };
}
