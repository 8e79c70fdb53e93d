import type { Circumstances, Outcome } from '../types.ts';
import type { Draft } from './draft.ts';
import { Plan, type Prepared, type Setting } from './plan.ts';
import { planCollectionChange, planCreate } from './plan-collection.ts';
import { planLock, planRefresh, planUnlock, requireConditions, requireTokens } from './plan-lock.ts';
import { planCopy, planDelete, planMove, planPut, planRecall } from './plan-object.ts';
import { planUserChange } from './plan-user.ts';

export interface Planned {
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
}

/**
 * Tests the changes of one commit, each against what those before it left.
 * @throws Refusal; then the draft is as it was before.
 */
export function planCommit(
  draft: Draft,
  setting: Setting,
  changes: readonly Prepared[],
  { locks, conditions }: Circumstances,
): Planned {
  const plan = new Plan(draft, setting);
  draft.mark();
  try {
    requireConditions(plan, conditions);
    const outcomes: Outcome[] = [];
    for (const prepared of changes) {
      plan.change = outcomes.length;
      requireTokens(plan, prepared.change, locks);
      outcomes.push(planChange(plan, prepared));
    }
    return { plan, outcomes };
  } catch (error) {
    draft.revert();
    throw error;
  }
}

function planChange(plan: Plan, { change, etag, recalled }: Prepared): Outcome {
  switch (change.do) {
    case 'put':
      return planPut(plan, change, etag);
    case 'recall':
      return planRecall(plan, change, recalled);
    case 'delete':
      return planDelete(plan, change);
    case 'move':
      return planMove(plan, change);
    case 'copy':
      return planCopy(plan, change);
    case 'keep':
      plan.add({
        set: 'found',
        in: change.collection,
        name: change.name,
        etag,
        size: change.bytes.length,
        at: plan.addBody(change.bytes, etag),
      });
      return { created: false };
    case 'purge':
      // It may have come back since somebody looked.
      if (plan.draft.trashed(change.collection)) plan.add({ set: 'purged', collection: change.collection });
      return { created: false };
    case 'adopt-collection':
      return planCreate(plan, change.collection, change);
    case 'mark':
      plan.add({ set: 'mark', mark: change.mark });
      return { created: true };
    case 'unmark':
      if (!plan.draft.hasMark(change.name)) plan.refuse('absent', change.name);
      plan.add({ set: 'unmarked', name: change.name });
      return { created: false };
    case 'create-collection':
    case 'remove-collection':
    case 'restore-collection':
    case 'rename-collection':
    case 'copy-collection':
    case 'patch':
      return planCollectionChange(plan, change);
    case 'lock':
      return planLock(plan, change);
    case 'refresh-lock':
      return planRefresh(plan, change);
    case 'unlock':
      return planUnlock(plan, change);
    case 'put-user':
    case 'remove-user':
    case 'restore-user':
      return planUserChange(plan, change);
  }
}
