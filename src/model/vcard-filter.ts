import type { ContentLine } from './contentline.ts';
import { type TextMatch, textTest } from './text-match.ts';
import { unescapeText } from './text-value.ts';
import { type Card, matchesPattern, paramValues, propertyPattern, readableCard } from './vcard.ts';

/** RFC 6352 §10.5.2; without `textMatch` the parameter only has to be there. */
export interface AddressParamFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly textMatch?: TextMatch;
}

/** RFC 6352 §10.5.1 */
export interface AddressPropFilter {
  /** `TEL` in any group, or `item1.TEL` in exactly that one. */
  readonly name: string;
  readonly test: 'anyof' | 'allof';
  readonly isNotDefined: boolean;
  readonly textMatches: readonly TextMatch[];
  readonly params: readonly AddressParamFilter[];
}

/** RFC 6352 §10.5; without any prop-filter every card matches. */
export interface AddressFilter {
  readonly test: 'anyof' | 'allof';
  readonly props: readonly AddressPropFilter[];
}

type Test<T> = (subject: T) => boolean;

/**
 * A function that says of a card's bytes whether it matches; make it once for a whole query. Bytes that are no card
 * match only a filter that asks for nothing.
 */
export function addressMatcher(filter: AddressFilter): Test<Uint8Array> {
  if (filter.props.length === 0) return () => true;
  const matches = combine(filter.test, filter.props.map(propTest));
  return (bytes) => {
    const card = readableCard(bytes);
    return card !== null && matches(card);
  };
}

/** Whether one card matches; `addressMatcher` is quicker for many. */
export function matchAddress(bytes: Uint8Array, filter: AddressFilter): boolean {
  return addressMatcher(filter)(bytes);
}

function combine<T>(test: 'anyof' | 'allof', tests: readonly Test<T>[]): Test<T> {
  return test === 'anyof'
    ? (subject) => tests.some((one) => one(subject))
    : (subject) => tests.every((one) => one(subject));
}

/**
 * A property satisfies the filter if it satisfies its conditions itself: "a home TEL that contains 555" is not
 * pieced together from two TELs.
 */
function propTest(filter: AddressPropFilter): Test<Card> {
  const pattern = propertyPattern(filter.name);
  if (filter.isNotDefined) {
    return (card) => !card.properties.some((line) => matchesPattern(line, pattern));
  }
  const conditions = [...filter.textMatches.map(valueTest), ...filter.params.map(paramTest)];
  const satisfies = conditions.length === 0 ? () => true : combine(filter.test, conditions);
  return (card) => card.properties.some((line) => matchesPattern(line, pattern) && satisfies(line));
}

function valueTest(match: TextMatch): Test<ContentLine> {
  const matches = textTest(match);
  return (line) => matches(unescapeText(line.value));
}

function paramTest({ name, isNotDefined, textMatch }: AddressParamFilter): Test<ContentLine> {
  const wanted = name.toUpperCase();
  if (isNotDefined) return (line) => paramValues(line, wanted) === null;
  const satisfies = textMatch === undefined ? () => true : valuesTest(textMatch);
  return (line) => {
    const values = paramValues(line, wanted);
    return values !== null && satisfies(values);
  };
}

/** The values of a parameter are looked at together: a negated match means that none of the types is home. */
function valuesTest(match: TextMatch): Test<readonly string[]> {
  const matches = textTest({ ...match, negate: false });
  return (values) => values.some(matches) !== match.negate;
}
