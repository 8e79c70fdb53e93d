import type { PropertyName } from '../../store/types.ts';
import { DavError, refuse } from '../errors.ts';
import { element, hrefElement, Xml, xml } from '../markup.ts';
import { multistatusOf, propertyValue, propstats, statusResponse } from '../multistatus.ts';
import { qname } from '../names.ts';
import { pathOf } from '../paths.ts';
import { type Exchange, report } from '../protocol.ts';
import { existingTypes, type Granted } from '../resource.ts';
import { childrenOf, type Element } from '../xml.ts';

const property = qname('D', 'property');
const maximumResources = 1000;

/** RFC 3253 §3.8: hrefs inside the named properties are replaced by what they point to, as deep as the request says. */
export const expandProperty = report(
  qname('D', 'expand-property'),
  existingTypes,
  async (resource, body, x) => {
    const budget = { left: maximumResources };
    return multistatusOf([await expanded(resource, body, x, budget)]);
  },
);

async function expanded(
  resource: Granted,
  request: Element,
  x: Exchange,
  budget: { left: number },
): Promise<Xml> {
  if (budget.left-- <= 0)
    throw refuse(507, `the report would expand more than ${maximumResources} resources`);
  const found: Xml[] = [];
  const missing: Xml[] = [];
  for (const asked of childrenOf(request, property)) {
    const name = nameOf(asked);
    const value = await propertyValue(name, resource, x, undefined);
    if (value === undefined) missing.push(element(name));
    else if (asked.children.length === 0) found.push(value);
    else found.push(new Xml(await expandHrefs(value.text, asked, x, budget)));
  }
  return xml`<D:response><D:href>${resource.href}</D:href>${propstats({ found, missing }, x)}</D:response>`;
}

async function expandHrefs(
  value: string,
  request: Element,
  x: Exchange,
  budget: { left: number },
): Promise<string> {
  const parts = value.split(hrefElement);
  for (let i = 1; i < parts.length; i += 2) {
    const href = (parts[i] ?? '').replaceAll('&amp;', '&');
    parts[i] = href.startsWith('/')
      ? (await follow(href, request, x, budget)).text
      : xml`<D:href>${href}</D:href>`.text;
  }
  return parts.join('');
}

async function follow(href: string, request: Element, x: Exchange, budget: { left: number }): Promise<Xml> {
  const target = await x.access.reach(pathOf(href), 'read');
  if (target instanceof DavError) return statusResponse(href, target.status, target);
  return expanded(target, request, x, budget);
}

/** The attributes `name` and `namespace` of a `DAV:property`; the namespace is DAV: by default. */
function nameOf({ attributes }: Element): PropertyName {
  const local = attributes['name'];
  if (!local) throw refuse(400, 'a DAV:property of an expand-property report needs a name');
  return `{${attributes['namespace'] ?? 'DAV:'}}${local}`;
}
