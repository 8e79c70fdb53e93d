/** Collations of text-match (RFC 4791 §7.5.1, RFC 6352 §8.3.1). */
export type Collation = 'i;ascii-casemap' | 'i;octet' | 'i;unicode-casemap';

/** RFC 6352 §10.5.4; calendar queries only know `contains` (RFC 4791 §9.7.5). */
export type MatchType = 'contains' | 'equals' | 'starts-with' | 'ends-with';

/** What a text-match asks for, without XML. */
export interface TextMatch {
  readonly text: string;
  readonly collation: Collation;
  readonly type: MatchType;
  readonly negate: boolean;
}

type Test = (text: string) => boolean;

const NON_ASCII = /[^\0-\x7f]+/g;
const ASCII_LOWER = /[a-z]+/g;

/** What a collation compares: two strings are equal under it when their keys are. */
const KEYS: Readonly<Record<Collation, (text: string) => string>> = {
  /** RFC 4790 §9.3. Comparing UTF-16 units finds the same substrings as comparing octets of UTF-8. */
  'i;octet': (text) => text,
  /** RFC 4790 §9.2: only a–z are folded. */
  'i;ascii-casemap': (text) => text.replace(ASCII_LOWER, (letters) => letters.toUpperCase()),
  'i;unicode-casemap': unicodeCasemap,
};

/** Names of the collations, for supported-collation-set and the supported-collation precondition. */
export const COLLATIONS = Object.keys(KEYS) as readonly Collation[];

export function isCollation(name: string): name is Collation {
  return Object.hasOwn(KEYS, name);
}

/** What a collation compares of a text. */
export function textKey(collation: Collation, text: string): string {
  return KEYS[collation](text);
}

/**
 * A test for unescaped text. Build it once for a query: the asked text is folded here.
 * `negate` is applied, so the caller only has to decide what a missing value means.
 */
export function textTest(match: TextMatch): Test {
  const key = KEYS[match.collation];
  const asked = key(match.text);
  const found = compare(match.type, asked);
  return match.negate ? (text) => !found(key(text)) : (text) => found(key(text));
}

function compare(type: MatchType, asked: string): Test {
  switch (type) {
    case 'equals':
      return (text) => text === asked;
    case 'starts-with':
      return (text) => text.startsWith(asked);
    case 'ends-with':
      return (text) => text.endsWith(asked);
    case 'contains':
      return (text) => text.includes(asked);
  }
}

/**
 * RFC 5051 §2: title case, then full compatibility decomposition. A character's upper case stands for its title
 * case here: they differ only in digraphs like U+01C4, which decompose to letters that are folded once more.
 */
function unicodeCasemap(text: string): string {
  const upper = text.toUpperCase();
  // No ASCII character takes part in what happens to its neighbours, and normalising is slow.
  return upper.replace(NON_ASCII, (letters) => letters.normalize('NFKD').toUpperCase());
}
