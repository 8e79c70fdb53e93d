import type {
  Change,
  Circumstances,
  CollectionId,
  HomeView,
  Lock,
  Outcome,
  Slot,
  StateCondition,
  SyncToken,
} from '../types.ts';
import { Refusal } from '../types.ts';
import type { InnerChange, Plan } from './plan.ts';
import { writeToken } from './tokens.ts';

type ChangeOf<D extends Change['do']> = Extract<Change, { do: D }>;

/** On one collection and its members. */
const MOST_LOCKS = 1000;

/** Locks a member, whether it is there or not, or a collection (RFC 4918 §6.1, §6.2). */
export function planLock(plan: Plan, { lock }: ChangeOf<'lock'>): Outcome {
  if (!plan.draft.collection(lock.collection)) plan.refuse('absent');
  const locks = standing(plan, lock.collection);
  if (locks.length >= MOST_LOCKS) plan.refuse('too-many-locks');
  const others = locks.filter(
    (other) => overlap(lock, other) && (lock.scope === 'exclusive' || other.scope === 'exclusive'),
  );
  if (others.length > 0) throw new Refusal('lock-conflict', plan.change, '', others);
  plan.add({ set: 'lock', lock });
  return { created: lock.member !== null && !plan.draft.member(lock.collection, lock.member) };
}

/** RFC 4918 §9.10.2 */
export function planRefresh(
  plan: Plan,
  { collection, token, expires, timeout }: ChangeOf<'refresh-lock'>,
): Outcome {
  const lock = lockOf(plan, collection, token);
  plan.add({ set: 'lock', lock: { ...lock, expires, timeout } });
  return { created: false };
}

export function planUnlock(plan: Plan, { collection, token }: ChangeOf<'unlock'>): Outcome {
  lockOf(plan, collection, token);
  plan.add({ set: 'unlocked', in: collection, token });
  return { created: false };
}

/** Locks go with what they stood on (RFC 4918 §9.6, §7.6). @param member null: the collection and all below it. */
export function dropLocks(plan: Plan, collection: CollectionId, member: string | null): void {
  for (const lock of plan.draft.locks(collection)) {
    if (member === null || lock.member === member)
      plan.add({ set: 'unlocked', in: collection, token: lock.token });
  }
}

/** @throws Refusal 'locked' where the change writes to what is locked and no token of it was submitted (RFC 4918 §7). */
export function requireTokens(plan: Plan, change: InnerChange, submitted: Circumstances['locks']): void {
  if (!submitted) return;
  const usable = ({ user, token }: Lock) => user === submitted.user && submitted.tokens.includes(token);
  // Of several shared locks one is enough (RFC 4918 §7.5).
  const closed = written(plan, change).filter((locks) => locks.length > 0 && !locks.some(usable));
  if (closed.length > 0) throw new Refusal('locked', plan.change, '', [...new Set(closed.flat())]);
}

/** @throws Refusal 'expectation' where no list of conditions holds (RFC 4918 §10.4.3). */
export function requireConditions(plan: Plan, conditions: Circumstances['conditions']): void {
  if (conditions && !conditions.some((list) => list.every((condition) => holds(plan, condition)))) {
    throw new Refusal('expectation', -1);
  }
}

function holds(plan: Plan, { of, not, state }: StateCondition): boolean {
  return not !== (of !== null && isIn(plan, of, state));
}

function isIn(plan: Plan, slot: Slot | HomeView, state: StateCondition['state']): boolean {
  if ('token' in state) return state.token === syncToken(plan, slot) || isLockedBy(plan, slot, state.token);
  if ('user' in slot) return false;
  return slot.member !== null && plan.draft.member(slot.collection, slot.member)?.etag === state.etag;
}

function isLockedBy(plan: Plan, slot: Slot | HomeView, asked: string): boolean {
  return 'collection' in slot && covering(plan, slot).some(({ token }) => token === asked);
}

/** Of a collection or a home, as it stands before the commit. */
function syncToken({ draft, setting }: Plan, slot: Slot | HomeView): SyncToken | undefined {
  const token = (id: string, next: number) => writeToken(id, setting.epoch, { seq: next - 1, until: 0 });
  if ('user' in slot) {
    const id = draft.catalog.home(slot)?.record.id;
    return id === undefined ? undefined : token(id, draft.nextHomeSeq(slot));
  }
  return slot.member === null ? token(slot.collection, draft.nextSeq(slot.collection)) : undefined;
}

/** For everything that a change writes to, the locks that cover it. */
function written(plan: Plan, change: InnerChange): readonly (readonly Lock[])[] {
  switch (change.do) {
    case 'put':
    case 'recall':
      return stored(plan, { collection: change.collection, member: change.name });
    case 'copy':
      return stored(plan, { collection: change.to.collection, member: change.to.name });
    case 'move':
      return [
        ...removed(plan, { collection: change.collection, member: change.name }),
        ...stored(plan, { collection: change.to.collection, member: change.to.name }),
      ];
    case 'delete':
      return removed(plan, { collection: change.collection, member: change.name });
    case 'remove-collection':
    case 'rename-collection': {
      const bound = plan.draft.binding(change, change.name);
      return bound ? tree(plan, bound.binding.collection) : [];
    }
    case 'patch':
      return patched(plan, change.target);
    case 'lock': {
      const { collection, member } = change.lock;
      return member !== null && !plan.draft.member(collection, member)
        ? [onCollection(plan, collection)]
        : [];
    }
    default:
      return [];
  }
}

function stored(plan: Plan, slot: Slot & { readonly member: string }): readonly (readonly Lock[])[] {
  const isNew = !plan.draft.member(slot.collection, slot.member);
  return [covering(plan, slot), ...(isNew ? [onCollection(plan, slot.collection)] : [])];
}

function removed(plan: Plan, slot: Slot): readonly (readonly Lock[])[] {
  return [covering(plan, slot), onCollection(plan, slot.collection)];
}

function patched(plan: Plan, target: ChangeOf<'patch'>['target']): readonly (readonly Lock[])[] {
  if (target.of === 'member') return [covering(plan, { collection: target.collection, member: target.name })];
  if (target.of === 'collection') return [onCollection(plan, target.collection)];
  const bound = target.of === 'binding' && plan.draft.binding(target, target.name);
  return bound ? [onCollection(plan, bound.binding.collection)] : [];
}

/** A collection with all that is below it. */
function tree(plan: Plan, collection: CollectionId): readonly (readonly Lock[])[] {
  const members = new Set(standing(plan, collection).map(({ member }) => member));
  return [null, ...members].map((member) => covering(plan, { collection, member }));
}

/** Locks on the collection itself: they cover which members it has, whatever their depth (RFC 4918 §7.4). */
function onCollection(plan: Plan, collection: CollectionId): readonly Lock[] {
  return covering(plan, { collection, member: null });
}

function covering(plan: Plan, { collection, member }: Slot): readonly Lock[] {
  return standing(plan, collection).filter(
    (lock) => lock.member === member || (lock.member === null && lock.depth === 'infinity'),
  );
}

function overlap(a: Lock, b: Lock): boolean {
  const spans = (outer: Lock, inner: Lock) => outer.member === null && outer.depth === 'infinity' && inner;
  return a.member === b.member || Boolean(spans(a, b) || spans(b, a));
}

function lockOf(plan: Plan, collection: CollectionId, token: string): Lock {
  return standing(plan, collection).find((lock) => lock.token === token) ?? plan.refuse('absent');
}

function standing(plan: Plan, collection: CollectionId): readonly Lock[] {
  return plan.draft.locks(collection).filter(({ expires }) => expires > plan.setting.time);
}
