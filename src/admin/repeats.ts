/** Which items of a collection repeat each other, and which of them is to stay. */

import { contactLikeness, plainUid } from '../model/contact-likeness.ts';
import { eventLikeness } from '../model/event-likeness.ts';
import type { Likeness } from '../model/likeness.ts';
import { Slices } from '../slices.ts';
import type { Collection, Member, Store } from '../store/types.ts';

export interface Known {
  readonly member: Member;
  readonly likeness: Likeness;
  /** A group of contacts names it, so it must stay under its UID. */
  readonly inGroup: boolean;
}

/** Items that are perhaps one, the one that stays first. */
export interface Repeat {
  readonly how: 'exact' | 'near';
  readonly kept: Known;
  readonly others: readonly Known[];
}

/** Exact repeats, and near ones among what is left of them, each in the order of the names of what stays. */
export async function findRepeats(store: Store, collection: Collection): Promise<readonly Repeat[]> {
  const all = await knownItems(store, collection);
  const exact = [...byKey(all, ({ likeness }) => likeness.exact).values()].map((some) =>
    repeat('exact', some),
  );
  const single = exact.map(({ kept }) => kept);
  const unlike = all.filter(({ likeness }) => likeness.exact === null);
  const near = clusters([...single, ...unlike]).map((some) => repeat('near', some));
  return [...exact, ...near].filter(({ others }) => others.length > 0).sort(byName);
}

async function knownItems(store: Store, collection: Collection): Promise<readonly Known[]> {
  const likenessOf = collection.kind === 'calendar' ? eventLikeness : contactLikeness;
  const items: { member: Member; likeness: Likeness }[] = [];
  const slices = new Slices();
  for await (const page of store.members(collection)) {
    for await (const batch of store.read(
      collection,
      page.map(({ name }) => name),
    )) {
      for (const content of batch) {
        const likeness = content && likenessOf(content.bytes);
        if (likeness) items.push({ member: content.member, likeness });
        if (slices.over) await slices.pause();
      }
    }
  }
  const named = new Set(items.flatMap(({ likeness }) => likeness.members));
  return items.map((item) => ({ ...item, inGroup: named.has(plainUid(item.member.facts.uid ?? '')) }));
}

function byKey<T>(items: readonly T[], keyOf: (item: T) => string | null): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === null) continue;
    const same = found.get(key);
    if (same) same.push(item);
    else found.set(key, [item]);
  }
  return found;
}

/** Items that hang together by their near keys. */
function clusters(items: readonly Known[]): readonly (readonly Known[])[] {
  const clusterOf = new Map<Known, Set<Known>>(items.map((item) => [item, new Set([item])]));
  const keyed = items.flatMap((item) => item.likeness.near.map((key) => ({ key, item })));
  for (const same of byKey(keyed, ({ key }) => key).values()) {
    const joined = new Set(same.flatMap(({ item }) => [...(clusterOf.get(item) ?? [])]));
    for (const item of joined) clusterOf.set(item, joined);
  }
  return [...new Set(clusterOf.values())].map((cluster) => [...cluster]);
}

/** What a group names stays, then what was there first, as others may know it by its UID. */
function repeat(how: Repeat['how'], some: readonly Known[]): Repeat {
  const [kept, ...others] = [...some].sort(
    (a, b) =>
      Number(b.inGroup) - Number(a.inGroup) ||
      a.member.created - b.member.created ||
      (a.member.name < b.member.name ? -1 : 1),
  );
  if (!kept) throw new Error('a repeat of nothing');
  return { how, kept, others };
}

function byName(a: Repeat, b: Repeat): number {
  return a.kept.member.name < b.kept.member.name ? -1 : 1;
}
