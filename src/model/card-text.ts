import { textKey } from './text-match.ts';
import { unescapeText } from './text-value.ts';
import { propertyPattern, readableCard } from './vcard.ts';
import type { AddressFilter, AddressPropFilter } from './vcard-filter.ts';

/** Properties of words, which people search for; pictures and keys are not among them (RFC 6350 §6, RFC 2426 §3). */
const WORDS: ReadonlySet<string> = new Set([
  ...['FN', 'N', 'NICKNAME', 'EMAIL', 'TEL', 'ORG', 'TITLE', 'ROLE', 'ADR', 'LABEL', 'NOTE', 'CATEGORIES'],
  ...['URL', 'IMPP', 'BDAY', 'ANNIVERSARY', 'RELATED', 'UID', 'X-ABLABEL', 'X-PHONETIC-FIRST-NAME'],
  ...['X-PHONETIC-LAST-NAME', 'X-ADDRESSBOOKSERVER-KIND', 'KIND'],
]);
/** Characters of one card that are kept. */
const LONGEST = 4096;
/** No card holds it, nor does any XML. */
const BETWEEN = '\0';

/** What a card says in words, folded as `i;unicode-casemap` does, so that a look at it tells what can't match. */
export interface CardText {
  /** '' for what is no card. */
  readonly text: string;
  /** It says more than is kept, so nothing is. */
  readonly cut: boolean;
}

export function cardText(bytes: Uint8Array): CardText {
  const properties = readableCard(bytes)?.properties ?? [];
  let text = '';
  for (const { name, value } of properties) {
    if (!WORDS.has(name)) continue;
    if (text.length + value.length > LONGEST) return { text: '', cut: true };
    text += BETWEEN + unescapeText(value);
  }
  return { text: textKey('i;unicode-casemap', text), cut: false };
}

/**
 * Texts of which the `CardText` of every card that matches has at least one; undefined where a card can match without.
 */
export function textsIn({ test, props }: AddressFilter): readonly string[] | undefined {
  const each = props.map(textsInProp);
  return test === 'anyof' ? all(each) : each.find((texts) => texts !== undefined);
}

function textsInProp(filter: AddressPropFilter): readonly string[] | undefined {
  const { test, name, isNotDefined, textMatches, params } = filter;
  if (isNotDefined || !WORDS.has(propertyPattern(name).name)) return undefined;
  const each = textMatches.map(({ text, collation, negate }) => {
    // Folding may change the order of marks above and below a letter, which the octets of a text don't.
    const folds = collation === 'i;unicode-casemap' || /^[\x20-\x7e]*$/.test(text);
    return negate || text === '' || !folds ? undefined : [textKey('i;unicode-casemap', text)];
  });
  if (test === 'allof') return each.find((texts) => texts !== undefined);
  return params.length === 0 ? all(each) : undefined;
}

function all(each: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  if (each.length === 0) return undefined;
  return each.some((texts) => texts === undefined)
    ? undefined
    : [...new Set(each.flatMap((texts) => texts ?? []))];
}
