/** Items: single events, tasks, contacts … as an administrator reads and mends them. */

import { caldav } from '../caldav/extension.ts';
import { carddav } from '../carddav/extension.ts';
import { DavError } from '../dav/errors.ts';
import { headlineOf } from '../model/headline.ts';
import { type Collection, type Member, Refusal, type Store, type User } from '../store/types.ts';
import type { Administration } from './administration.ts';
import { findByPath, findItem } from './find-collection.ts';
import { Refused } from './refused.ts';

export interface ItemSummary {
  /** `alice/calendars/default/a.ics` */
  readonly path: string;
  readonly uid: string | null;
  /** VEVENT, VTODO, VCARD …; '' where it can't be read. */
  readonly component: string;
  /** SUMMARY or FN, '' if none. */
  readonly title: string;
  readonly etag: string;
  readonly bytes: number;
  /** ISO 8601 */
  readonly modified: string;
}

export interface Item extends ItemSummary {
  /** The bytes, base64. */
  readonly content: string;
}

interface Wish {
  readonly path: string;
}

/** In the order of their names. @throws NotThere */
export async function listItems({ store }: Administration, wish: Wish): Promise<readonly ItemSummary[]> {
  const { user, collection } = await findByPath(store, wish.path);
  const items: ItemSummary[] = [];
  for await (const page of store.members(collection)) {
    const names = page.map(({ name }) => name);
    for await (const batch of store.read(collection, names)) {
      for (const content of batch) {
        if (content) items.push(summary(user, collection, content.member, content.bytes));
      }
    }
  }
  return items.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** @throws NotThere */
export async function showItem({ store }: Administration, wish: Wish): Promise<Item> {
  const { user, collection, member } = await findItem(store, wish.path);
  const { bytes, ...content } = await read(store, collection, member.name);
  return {
    ...summary(user, collection, content.member, bytes),
    content: Buffer.from(bytes).toString('base64'),
  };
}

/**
 * Replaces the bytes of an item; they are checked as those of a client are. `etag`: of what was edited.
 * @throws Refused where they can't be stored, or the item was changed meanwhile.
 */
export async function putItem(
  { store }: Administration,
  wish: Wish & { readonly content: string; readonly etag: string },
): Promise<ItemSummary> {
  const { user, collection, member } = await findItem(store, wish.path);
  const bytes = Buffer.from(wish.content, 'base64');
  const facts = await check(collection, bytes);
  const place = { collection: collection.id, name: member.name };
  try {
    await store.commit([{ do: 'put', ...place, bytes, facts, expect: { match: [wish.etag] } }], {
      by: { agent: 'davd item edit' },
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.reason === 'expectation') {
      throw new Refused(
        `"${wish.path}" was changed by somebody else meanwhile: nothing was stored; edit it again`,
      );
    }
    if (error.reason === 'uid-conflict') {
      throw new Refused(`nothing was stored: "${error.detail}" of the same collection has that UID`);
    }
    throw error;
  }
  const stored = await read(store, collection, member.name);
  return summary(user, collection, stored.member, stored.bytes);
}

/** @throws NotThere */
export async function removeItem({ store }: Administration, wish: Wish): Promise<ItemSummary> {
  const { user, collection, member } = await findItem(store, wish.path);
  const { bytes } = await read(store, collection, member.name);
  await store.commit(
    [{ do: 'delete', collection: collection.id, name: member.name, expect: { match: [member.etag] } }],
    { by: { agent: 'davd item remove' } },
  );
  return summary(user, collection, member, bytes);
}

async function read(store: Store, collection: Collection, name: string) {
  for await (const [content] of store.read(collection, [name])) if (content) return content;
  throw new Refused(`"${name}" has just been removed by somebody else`);
}

async function check(collection: Collection, bytes: Uint8Array) {
  try {
    const extension = collection.kind === 'calendar' ? caldav : carddav;
    return await extension.check(bytes, collection, undefined);
  } catch (error) {
    if (error instanceof DavError) throw new Refused(`nothing was stored: ${error.message}`);
    throw error;
  }
}

function summary(user: User, collection: Collection, member: Member, bytes: Uint8Array): ItemSummary {
  return {
    path: `${user.name}/${collection.kind}s/${collection.name}/${member.name}`,
    uid: member.facts.uid,
    component: member.facts.component,
    title: headlineOf(bytes).title,
    etag: member.etag,
    bytes: member.size,
    modified: new Date(member.modified).toISOString(),
  };
}
