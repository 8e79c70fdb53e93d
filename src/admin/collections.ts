/** Calendars and address books: what an administrator does to them. */

import type { Administration } from './administration.ts';
import { Refused } from './refused.ts';
import { existing } from './users.ts';

/**
 * Whether clients may delete a calendar (`on`: they may not).
 * @throws Refused where there is no such user or calendar.
 */
export async function protectCalendar(
  { store }: Administration,
  wish: { readonly user: string; readonly calendar: string; readonly on: boolean },
): Promise<{ readonly user: string; readonly calendar: string; readonly on: boolean }> {
  const { id, name } = await existing(store, wish.user);
  const home = { user: id, kind: 'calendar' } as const;
  const collection = await store.collection(home, wish.calendar);
  if (!collection) {
    const names = (await store.collections(home)).map((each) => each.name).join(', ') || 'none';
    throw new Refused(`user "${name}" has no calendar "${wish.calendar}": there is ${names}`);
  }
  await store.commit(
    [{ do: 'patch', target: { of: 'collection', collection: collection.id }, set: {}, protected: wish.on }],
    { by: { agent: 'davd calendar protect' } },
  );
  return { user: name, calendar: collection.name, on: wish.on };
}
