import { Slices } from '../../slices.ts';
import type { Changes, SyncToken } from '../types.ts';
import type { ChangeLog, Step } from './changelog.ts';
import { readToken, type TokenParts, writeToken } from './tokens.ts';

/**
 * What changed since a token (null: everything that is there), oldest change first. Costs what changed, not what is
 * there.
 *
 * @param id whose log it is.
 * @param limit at most so many names.
 */
export async function changedNames(
  log: ChangeLog,
  id: string,
  epoch: string,
  since: SyncToken | null,
  limit = Infinity,
): Promise<Changes<string> | 'invalid-token'> {
  const now = log.seq;
  const from: TokenParts | undefined = since === null ? { seq: 0, until: now } : readToken(id, epoch, since);
  if (!from || from.seq > now || from.until > now) return 'invalid-token';
  // A forgotten tombstone matters to nobody who never saw what it stands for.
  if (from.seq < log.floor && from.until < log.floor) return 'invalid-token';

  const changed: string[] = [];
  const removed: string[] = [];
  let last = from.seq;
  const slices = new Slices();
  for (const step of log.since(from.seq)) {
    if (step.seq > now) break;
    if (unseen(step, from)) continue;
    if (changed.length + removed.length >= limit) {
      return {
        changed,
        removed,
        token: writeToken(id, epoch, { seq: last, until: from.until }),
        truncated: true,
      };
    }
    (step.gone ? removed : changed).push(step.name);
    last = step.seq;
    if (slices.over) await slices.pause();
  }
  return { changed, removed, token: writeToken(id, epoch, { seq: now, until: 0 }), truncated: false };
}

/** Removed before the client began its first walk. */
function unseen(step: Step, from: TokenParts): boolean {
  return step.gone && step.seq <= from.until;
}
