import type { Zone } from '../../model/zone.ts';
import type { Store } from '../../store/types.ts';
import { Refused } from '../refused.ts';

/**
 * @param time ms since 1970 UTC. @param zone of whoever reads the sentence.
 * @throws Refused where the history begins later.
 */
export async function requireRemembered(store: Store, time: number, zone: Zone): Promise<void> {
  const begins = await store.rememberedSince();
  if (time >= begins) return;
  throw new Refused(
    `what was on ${clock(time, zone)} is not remembered: the history goes back to ${clock(begins, zone)}; name a later time`,
  );
}

/** `2026-11-27 10:30` */
function clock(time: number, zone: Zone): string {
  return new Date(time + zone.offsetAt(time)).toISOString().slice(0, 16).replace('T', ' ');
}
