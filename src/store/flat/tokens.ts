import type { SyncToken } from '../types.ts';

/** A sync token taken apart. */
export interface TokenParts {
  /** All changes up to this number are known to the client. */
  readonly seq: number;
  /**
   * The client is still in its first walk, begun when this was the latest number: it never saw what was removed up to
   * there. 0 after the walk.
   */
  readonly until: number;
}

/** `urn:davd:<id>:<epoch>:<seq>`; within a first walk in pages the number is followed by `.<until>`. */
export function writeToken(id: string, epoch: string, { seq, until }: TokenParts): SyncToken {
  return `urn:davd:${id}:${epoch}:${seq}${until > 0 ? `.${until}` : ''}`;
}

const PARTS = /^urn:davd:([^:]+):([^:]+):(\d{1,10})(?:\.(\d{1,10}))?$/;

/** undefined where the token is not one of this collection and this history. */
export function readToken(id: string, epoch: string, token: SyncToken): TokenParts | undefined {
  const [, ofId, ofEpoch, seq, until] = PARTS.exec(token) ?? [];
  if (ofId !== id || ofEpoch !== epoch || seq === undefined) return undefined;
  return { seq: Number(seq), until: Number(until ?? 0) };
}
