/** Contacts and events that stand in a collection twice: found, and on request merged and removed, as one commit. */

import { carddav } from '../carddav/extension.ts';
import { contradict } from '../model/contact-likeness.ts';
import { mergeContacts } from '../model/contact-merge.ts';
import { saysAllOf } from '../model/event-likeness.ts';
import type { Change, Collection, Kind, Store, User } from '../store/types.ts';
import type { Administration } from './administration.ts';
import { findAllByPath } from './find-collection.ts';
import { Refused } from './refused.ts';
import { findRepeats, type Known, type Repeat } from './repeats.ts';

export interface DedupeWish {
  /** `alice/default` for the calendar and the address book of that name, `alice/calendars/default` for one. */
  readonly path: string;
  /** Near repeats go as well. */
  readonly near?: boolean;
  /** Nothing is changed. */
  readonly dryRun?: boolean;
}

/** What becomes, or would become, of a repeat. */
export type Fate =
  /** Says what the kept one says. */
  | 'removed'
  /** What it says besides is added to the kept one; then it is removed. */
  | 'merged'
  /** Only told: near repeats were not asked for. */
  | 'listed'
  /** A group names it by its UID. */
  | 'kept: in a group'
  /** Its birthday is another. */
  | 'kept: another birthday'
  /** It says what the kept one does not. */
  | 'kept: says more';

export interface RepeatSummary {
  readonly kind: Kind;
  readonly how: Repeat['how'];
  readonly title: string;
  /** Path of the item that stays, such as `alice/addressbooks/default/a.vcf`. */
  readonly kept: string;
  readonly others: readonly { readonly path: string; readonly fate: Fate }[];
}

export interface DedupeOutcome {
  readonly repeats: readonly RepeatSummary[];
  /** Items that went, or would have gone. */
  readonly removed: number;
  readonly dryRun: boolean;
}

/**
 * Exact repeats are removed, near ones with `near`: of contacts, what they say besides is added to the kept one, but what
 * a card has once, like name and picture, stays its own; an event goes only if the kept one says everything that it says.
 * @throws NotThere; Refused where something was changed meanwhile, and then nothing is done.
 */
export async function dedupe({ store }: Administration, wish: DedupeWish): Promise<DedupeOutcome> {
  const changes: Change[] = [];
  const repeats: RepeatSummary[] = [];
  for (const { user, collection } of await findAllByPath(store, wish.path)) {
    for (const repeat of await findRepeats(store, collection)) {
      const plan = await planOf(repeat, store, collection, wish.near ?? false);
      changes.push(...plan.changes);
      repeats.push(summary(repeat, plan.fates, user, collection));
    }
  }
  const dryRun = wish.dryRun ?? false;
  if (!dryRun && changes.length > 0) await store.commit(changes, { by: { agent: 'davd dedupe' } });
  return { repeats, removed: changes.filter((change) => change.do === 'delete').length, dryRun };
}

interface Plan {
  readonly changes: readonly Change[];
  readonly fates: ReadonlyMap<Known, Fate>;
}

async function planOf(
  { how, kept, others }: Repeat,
  store: Store,
  collection: Collection,
  near: boolean,
): Promise<Plan> {
  const fates = new Map<Known, Fate>();
  const free = others.filter((one) => {
    if (one.inGroup) fates.set(one, 'kept: in a group');
    else if (how === 'near' && !near) fates.set(one, 'listed');
    return !fates.has(one);
  });
  const merged =
    how === 'near' && free.length > 0 ? await nearPlan(kept, free, store, collection, fates) : [];
  const gone = free.filter((one) => how === 'exact' || ['merged', 'removed'].includes(fates.get(one) ?? ''));
  for (const one of gone) if (!fates.has(one)) fates.set(one, 'removed');
  return { fates, changes: [...merged, ...gone.map((one) => removal(one, collection))] };
}

/** Decides over near repeats; what comes back changes the kept one. */
async function nearPlan(
  kept: Known,
  others: readonly Known[],
  store: Store,
  collection: Collection,
  fates: Map<Known, Fate>,
): Promise<readonly Change[]> {
  const [before, ...rest] = await bytesOf(store, collection, [kept, ...others]);
  if (!before) throw changedMeanwhile(collection);
  let after = before;
  for (const [index, one] of others.entries()) {
    const bytes = rest[index];
    if (!bytes) throw changedMeanwhile(collection);
    if (collection.kind === 'calendar')
      fates.set(one, saysAllOf(before, bytes) ? 'removed' : 'kept: says more');
    else if (contradict(after, bytes)) fates.set(one, 'kept: another birthday');
    else {
      const joined = mergeContacts(after, [bytes]);
      fates.set(one, joined === after ? 'removed' : 'merged');
      after = joined;
    }
  }
  if (after === before) return [];
  const { name, etag } = kept.member;
  const facts = await carddav.check(after, collection, undefined);
  return [{ do: 'put', collection: collection.id, name, bytes: after, facts, expect: { match: [etag] } }];
}

/** The bytes that the likenesses were taken of; undefined where they have changed. */
async function bytesOf(
  store: Store,
  collection: Collection,
  items: readonly Known[],
): Promise<readonly (Uint8Array | undefined)[]> {
  const found: (Uint8Array | undefined)[] = [];
  const names = items.map(({ member }) => member.name);
  for await (const batch of store.read(collection, names)) {
    for (const content of batch) {
      const known = items[found.length]?.member.etag;
      found.push(content?.member.etag === known ? content?.bytes : undefined);
    }
  }
  return found;
}

function removal({ member }: Known, collection: Collection): Change {
  return { do: 'delete', collection: collection.id, name: member.name, expect: { match: [member.etag] } };
}

function changedMeanwhile(collection: Collection): Refused {
  return new Refused(`nothing was changed: somebody is changing "${collection.name}"; try again`);
}

function summary(
  { how, kept, others }: Repeat,
  fates: ReadonlyMap<Known, Fate>,
  user: User,
  collection: Collection,
): RepeatSummary {
  const path = ({ member }: Known) => `${user.name}/${collection.kind}s/${collection.name}/${member.name}`;
  return {
    kind: collection.kind,
    how,
    title: kept.likeness.title,
    kept: path(kept),
    others: others.map((one) => ({ path: path(one), fate: fates.get(one) ?? 'listed' })),
  };
}
