/** What a check of the store finds. All of it is plain JSON. */

export type FindingKind =
  /** A file that should be there isn't. */
  | 'missing'
  /** What nobody put there through davd, and davd can't use. */
  | 'foreign'
  /** Can't be read as what it should be. */
  | 'unreadable'
  /** Two objects of a collection have one UID. */
  | 'duplicate'
  /** Bytes have changed though nobody changed them. */
  | 'damaged'
  /** Two places that should say the same don't. */
  | 'different'
  /** A person's change that is not taken over yet. */
  | 'edit';

export interface Finding {
  readonly kind: FindingKind;
  /** Path below the data folder. */
  readonly where: string;
  /** A sentence without capital and full stop. */
  readonly what: string;
  /** What was done about it, likewise; absent: nothing. */
  readonly repaired?: string;
}

/** One thing that a check tells: what it found, or how far it is. */
export type CheckStep =
  | { readonly finding: Finding }
  | { readonly progress: { readonly what: string; readonly done: number; readonly of: number } };

/** Whether something is wrong: what people do to their files is not. */
export function isFault({ kind }: Finding): boolean {
  return kind !== 'edit';
}
