import { qname } from '../names.ts';
import { type PropertyRow, property } from '../protocol.ts';
import type { Granted, ResourceOf } from '../resource.ts';

const synced = ['home', 'calendar', 'addressbook'] as const;

/** RFC 6578 §4, and CalendarServer's older ctag, which changes exactly when the token does. */
export const syncProperties: readonly PropertyRow[] = [
  property(qname('D', 'sync-token'), synced, tokenOf),
  property(qname('CS', 'getctag'), synced, tokenOf),
];

function tokenOf(resource: Granted<ResourceOf<(typeof synced)[number]>>): string {
  return resource.type === 'home' ? resource.home.token : resource.collection.token;
}
