import type { Reply } from '../../http/types.ts';
import type { PropertyName } from '../../store/types.ts';
import { preconditions, refuse } from '../errors.ts';
import { document, element, type Xml, xml, xmlHeaders } from '../markup.ts';
import {
  multistatus,
  propertyResponse,
  propertyValue,
  readWanted,
  statusResponse,
  type Wanted,
} from '../multistatus.ts';
import { qname } from '../names.ts';
import { type Exchange, type Protocol, report } from '../protocol.ts';
import { collectionTypes, existingTypes, type Granted, type ResourceOf } from '../resource.ts';
import { child, childrenOf, type Element } from '../xml.ts';

const D = (local: string): PropertyName => qname('D', local);
const CS = (local: string): PropertyName => qname('CS', local);

/** More principals than anybody wants to choose from. */
const mostMatches = 500;

type Principal = Granted<ResourceOf<'principal'>>;
type Test = (principal: Principal) => Promise<boolean>;

/** RFC 3744 §9.5: answered with 200, not 207. */
export const principalSearchPropertySet = report(
  D('principal-search-property-set'),
  collectionTypes,
  async (_, __, x): Promise<Reply> => {
    const properties = searchable(x.protocol).map(
      ({ name, searchable }) =>
        xml`<D:principal-search-property><D:prop>${element(name)}</D:prop><D:description xml:lang="en">${searchable}</D:description></D:principal-search-property>`,
    );
    return {
      status: 200,
      headers: xmlHeaders,
      body: document('D:principal-search-property-set', properties),
    };
  },
);

/**
 * RFC 3744 §9.4: caseless substrings, all searches must match; with CalendarServer's `test="anyof"` one is enough,
 * and its `match-type` says where the text must stand. Depth is not looked at: Thunderbird sends 1.
 */
export const principalPropertySearch = report(
  D('principal-property-search'),
  existingTypes,
  async (resource, body, x): Promise<Reply> => {
    const searches = childrenOf(body, D('property-search')).map(readSearch);
    if (searches.length === 0)
      throw refuse(400, 'a DAV:principal-property-search needs a DAV:property-search');
    const anyOf = body.attributes['test']?.toLowerCase() === 'anyof';
    const everywhere = child(body, D('apply-to-principal-collection-set')) !== undefined;
    const within = everywhere || resource.type === 'root' || resource.type === 'principals';
    const test: Test = async (principal) => {
      for (const search of searches) if ((await matches(principal, search, x)) === anyOf) return anyOf;
      return !anyOf;
    };
    return multistatus(found(within ? x.access.principals() : none(), test, mostMatches, resource, body, x));
  },
);

/**
 * CalendarServer's search for attendees, as Apple's clients use it: each token must begin a word of a name or address.
 * Rooms and other resources are looked for as well, and there are none.
 */
export const calendarserverPrincipalSearch = report(
  CS('calendarserver-principal-search'),
  existingTypes,
  async (resource, body, x): Promise<Reply> => {
    const tokens = childrenOf(body, CS('search-token')).map(({ text }) => fold(text));
    if (tokens.length === 0) throw refuse(400, 'a calendarserver-principal-search needs a CS:search-token');
    const people = !/^(?:location|resource)$/i.test(body.attributes['context'] ?? '');
    const limit = Number(child(child(body, CS('limit')), CS('nresults'))?.text || mostMatches);
    if (!Number.isSafeInteger(limit) || limit < 1) throw refuse(400, 'the limit is no number of results');
    const test: Test = async ({ user }) => {
      const words = [user.displayName, ...user.addresses].flatMap((text) => [text, ...text.split(/[\s@.]+/)]);
      return tokens.every((token) => words.some((word) => fold(word).startsWith(token)));
    };
    const most = Math.min(limit, mostMatches);
    return multistatus(found(people ? x.access.principals() : none(), test, most, resource, body, x));
  },
);

/** Responses of the principals that pass; where there are more than `most`, a 507 for the rest (RFC 3744 §9.4). */
async function* found(
  principals: AsyncIterable<Principal>,
  test: Test,
  most: number,
  resource: Granted,
  body: Element,
  x: Exchange,
): AsyncIterable<Xml> {
  const wanted: Wanted = child(body, D('prop')) ? readWanted(body, x) : { kind: 'prop', names: [] };
  let count = 0;
  for await (const principal of principals) {
    if (!(await test(principal))) continue;
    if (count++ === most) {
      const more = refuse(preconditions.numberOfMatchesWithinLimits, 'more principals match than are listed');
      yield statusResponse(resource.href, 507, more);
      return;
    }
    const href = x.href({ type: 'principal', user: principal.user.name });
    yield await propertyResponse({ ...principal, href }, wanted, x);
  }
}

/** The members of what holds no principals. */
async function* none(): AsyncIterable<never> {}

function searchable(protocol: Protocol) {
  return [...protocol.properties('principal').values()].filter((row) => row.searchable !== undefined);
}

type MatchType = 'contains' | 'equals' | 'starts-with' | 'ends-with';

interface Search {
  readonly names: readonly PropertyName[];
  readonly text: string;
  readonly matchType: MatchType;
}

function readSearch(element: Element): Search {
  const match = child(element, D('match'));
  const names = child(element, D('prop'))?.children.map((c) => c.name) ?? [];
  if (!match || names.length === 0)
    throw refuse(400, 'a DAV:property-search needs a DAV:prop with a property and a DAV:match');
  const type = match.attributes['match-type']?.toLowerCase();
  return {
    names,
    text: fold(match.text),
    matchType: type === 'equals' || type === 'starts-with' || type === 'ends-with' ? type : 'contains',
  };
}

/** Several properties in one search must all match; one that can't be searched by matches nobody (RFC 3744 §9.4). */
async function matches(principal: Principal, { names, text, matchType }: Search, x: Exchange) {
  for (const name of names) {
    const row = x.protocol.properties('principal').get(name);
    if (row?.searchable === undefined) return false;
    const value = await propertyValue(name, principal, x, undefined);
    if (!characterData(value).some((found) => matchesText(fold(found), text, matchType))) return false;
  }
  return true;
}

/** Each contiguous run of character data is matched by itself (RFC 3744 §9.4.1). */
function characterData(value: Xml | undefined): readonly string[] {
  return (value?.text ?? '')
    .split(/<[^>]*>/)
    .filter(Boolean)
    .map(unescapeText);
}

function unescapeText(text: string): string {
  return text.replace(
    /&(lt|gt|amp|#13);/g,
    (_, name) => ({ lt: '<', gt: '>', amp: '&' })[name as 'lt'] ?? '\r',
  );
}

function matchesText(value: string, text: string, type: MatchType): boolean {
  if (type === 'equals') return value === text;
  if (type === 'starts-with') return value.startsWith(text);
  return type === 'ends-with' ? value.endsWith(text) : value.includes(text);
}

/** Caseless, near enough to Unicode's folding: by upper case, in which ß is SS and ς is Σ. */
function fold(text: string): string {
  return text.normalize('NFKC').toUpperCase();
}
