import { refuse } from '../dav/errors.ts';
import { Xml } from '../dav/markup.ts';
import { escapeAttribute, qname, tag } from '../dav/names.ts';
import { child, childrenOf, type Element } from '../dav/xml.ts';
import { type Collation, isCollation, type MatchType, type TextMatch } from '../model/text-match.ts';
import type { AddressFilter, AddressParamFilter, AddressPropFilter } from '../model/vcard-filter.ts';
import type { PropertyName } from '../store/types.ts';
import { preconditions } from './preconditions.ts';

const CR = (local: string): PropertyName => qname('CR', local);

/**
 * Reads `CR:filter` (RFC 6352 §10.5); no filter at all means every card (Nextcloud's web client).
 * @throws DavError supported-filter or supported-collation for what would not be honoured
 */
export function readFilter(filter: Element | undefined): AddressFilter | undefined {
  if (filter) checkConditions(filter, ['prop-filter']);
  const props = childrenOf(filter, CR('prop-filter'));
  if (!filter || props.length === 0) return undefined;
  return { test: readTest(filter), props: props.map(readPropFilter) };
}

function readPropFilter(element: Element): AddressPropFilter {
  checkConditions(element, ['is-not-defined', 'text-match', 'param-filter']);
  return {
    name: nameOf(element),
    test: readTest(element),
    isNotDefined: child(element, CR('is-not-defined')) !== undefined,
    textMatches: childrenOf(element, CR('text-match')).map(readTextMatch),
    params: childrenOf(element, CR('param-filter')).map(readParamFilter),
  };
}

function readParamFilter(element: Element): AddressParamFilter {
  checkConditions(element, ['is-not-defined', 'text-match']);
  const match = child(element, CR('text-match'));
  return {
    name: nameOf(element),
    isNotDefined: child(element, CR('is-not-defined')) !== undefined,
    ...(match && { textMatch: readTextMatch(match) }),
  };
}

/** A condition that was passed over would find too much. The answer names the filter it stands in (RFC 6352 §8.6). */
function checkConditions(filter: Element, known: readonly string[]): void {
  const names = known.map(CR);
  const unknown = filter.children.find(({ name }) => !names.includes(name));
  if (!unknown) return;
  const name = filter.attributes['name'];
  throw refuse(
    preconditions.supportedFilter,
    `a filter can't hold the condition ${unknown.name}`,
    name === undefined ? undefined : new Xml(`<${tag(filter.name).open} name="${escapeAttribute(name)}"/>`),
  );
}

/** RFC 6352 §10.5.4; the default collation is i;unicode-casemap. */
function readTextMatch(element: Element): TextMatch {
  return {
    text: element.nodes.filter((node) => typeof node === 'string').join(''),
    collation: readCollation(element.attributes['collation']),
    type: readMatchType(element.attributes['match-type']),
    negate: element.attributes['negate-condition'] === 'yes',
  };
}

function readCollation(name: string | undefined): Collation {
  if (name === undefined || name === 'default') return 'i;unicode-casemap';
  if (isCollation(name)) return name;
  throw refuse(preconditions.supportedCollation, `the collation "${name}" is not supported`);
}

const matchTypes: readonly string[] = [
  'contains',
  'equals',
  'starts-with',
  'ends-with',
] satisfies MatchType[];

function readMatchType(name: string | undefined): MatchType {
  if (name === undefined) return 'contains';
  if (matchTypes.includes(name)) return name as MatchType;
  throw refuse(preconditions.supportedFilter, `the match-type "${name}" is not supported`);
}

function readTest({ attributes }: Element): 'anyof' | 'allof' {
  const { test = 'anyof' } = attributes;
  if (test === 'anyof' || test === 'allof') return test;
  throw refuse(preconditions.supportedFilter, `the test "${test}" is neither anyof nor allof`);
}

function nameOf({ attributes }: Element): string {
  const name = attributes['name'];
  if (!name) throw refuse(preconditions.supportedFilter, 'a filter needs a name');
  return name.toUpperCase();
}
