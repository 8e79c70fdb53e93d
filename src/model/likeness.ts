import { createHash } from 'node:crypto';

/** How an object is compared with others, to find what stands in a collection twice. */
export interface Likeness {
  /** Equal in objects that say exactly the same; null in what only its own UID tells apart from others. */
  readonly exact: string | null;
  /** Objects that share one of them are perhaps the same contact or event. */
  readonly near: readonly string[];
  /** FN or SUMMARY, for people. */
  readonly title: string;
  /** UIDs that a group of contacts names. */
  readonly members: readonly string[];
}

const MARKS = /\p{M}+/gu;
const NO_WORD = /[^\p{L}\p{N}]+/u;

/** A short stand-in for what an object says. */
export function fingerprint(parts: readonly string[]): string {
  return createHash('sha256')
    .update([...parts].sort().join('\n'))
    .digest('base64');
}

/** The words of a name or title in alphabetic order, without case, accents and punctuation: '' for none. */
export function looseText(text: string): string {
  const words = text.normalize('NFKD').replace(MARKS, '').toLowerCase().split(NO_WORD);
  return words
    .filter((word) => word !== '')
    .sort()
    .join(' ');
}
