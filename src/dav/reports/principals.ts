import type { Reply } from '../../http/types.ts';
import type { PropertyName } from '../../store/types.ts';
import { refuse } from '../errors.ts';
import { document, element, type Xml, xml, xmlHeaders } from '../markup.ts';
import { multistatus, propertyResponse, readWanted } from '../multistatus.ts';
import { qname } from '../names.ts';
import { type Exchange, report } from '../protocol.ts';
import type { Granted, ResourceOf } from '../resource.ts';
import { child, childrenOf, type Element } from '../xml.ts';

const D = (local: string): PropertyName => qname('D', local);

type Principal = Granted<ResourceOf<'principal'>>;
type Texts = (principal: Principal) => readonly string[];

/** Properties that principals can be searched by (RFC 3744 §9.5), with the texts that are searched. */
const searchable: ReadonlyMap<PropertyName, { description: string; texts: Texts }> = new Map([
  [D('displayname'), { description: 'Display name', texts: (p) => [p.user.displayName] }],
  [qname('CS', 'email-address-set'), { description: 'E-mail address', texts: (p) => p.user.addresses }],
  [
    qname('C', 'calendar-user-address-set'),
    { description: 'Calendar user address', texts: (p) => p.user.addresses.map((a) => `mailto:${a}`) },
  ],
]);

const onPrincipals = ['root', 'principals', 'principal'] as const;

/** RFC 3744 §9.5: answered with 200, not 207. */
export const principalSearchPropertySet = report(
  D('principal-search-property-set'),
  onPrincipals,
  async (): Promise<Reply> => {
    const properties = Array.from(
      searchable,
      ([name, { description }]) =>
        xml`<D:principal-search-property><D:prop>${element(name)}</D:prop><D:description xml:lang="en">${description}</D:description></D:principal-search-property>`,
    );
    return {
      status: 200,
      headers: xmlHeaders,
      body: document('D:principal-search-property-set', properties),
    };
  },
);

type MatchType = 'contains' | 'equals' | 'starts-with' | 'ends-with';

interface Search {
  readonly names: readonly PropertyName[];
  readonly text: string;
  readonly matchType: MatchType;
}

/**
 * RFC 3744 §9.4: caseless substrings, all searches must match; with CalendarServer's `test="anyof"` one is enough,
 * and its `match-type` says where the text must stand.
 */
export const principalPropertySearch = report(
  D('principal-property-search'),
  onPrincipals,
  async (_, body, x): Promise<Reply> => {
    const searches = childrenOf(body, D('property-search')).map(readSearch);
    const anyOf = body.attributes['test']?.toLowerCase() === 'anyof';
    const wanted = readWanted(body);
    async function* responses(): AsyncIterable<Xml> {
      for await (const principal of allPrincipals(x)) {
        const test = (search: Search) => matches(principal, search);
        const found = anyOf ? searches.some(test) : searches.every(test);
        if (searches.length > 0 && found) yield await propertyResponse(principal, wanted, x);
      }
    }
    return multistatus(responses());
  },
);

async function* allPrincipals(x: Exchange): AsyncIterable<Principal> {
  const top = await x.access.demand(x.href({ type: 'principals' }), 'read');
  for await (const page of x.access.children(top)) {
    for (const child of page) if (child.type === 'principal') yield child;
  }
}

function readSearch(element: Element): Search {
  const match = child(element, D('match'));
  if (!match) throw refuse(400, 'a DAV:property-search needs a DAV:match');
  const type = match.attributes['match-type']?.toLowerCase();
  return {
    names: child(element, D('prop'))?.children.map((c) => c.name) ?? [],
    text: fold(match.text),
    matchType: type === 'equals' || type === 'starts-with' || type === 'ends-with' ? type : 'contains',
  };
}

function matches(principal: Principal, { names, text, matchType }: Search): boolean {
  const texts = names.map((name) => searchable.get(name)?.texts(principal) ?? []);
  // Several properties in one search must all match (RFC 3744 §9.4).
  return texts.every((values) => values.some((value) => matchesText(fold(value), text, matchType)));
}

function matchesText(value: string, text: string, type: MatchType): boolean {
  if (type === 'equals') return value === text;
  if (type === 'starts-with') return value.startsWith(text);
  return type === 'ends-with' ? value.endsWith(text) : value.includes(text);
}

function fold(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
