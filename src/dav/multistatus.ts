import { STATUS_CODES } from 'node:http';
import type { Reply } from '../http/types.ts';
import { Slices } from '../slices.ts';
import type { PropertyName } from '../store/types.ts';
import { DavError, errorContent } from './errors.ts';
import { type Content, document, element, prolog, Xml, xml, xmlHeaders } from './markup.ts';
import { declarations, qname } from './names.ts';
import { type Exchange, WholeElement } from './protocol.ts';
import { type Granted, isObject, type ObjectResource, objectTypes, storedProperties } from './resource.ts';
import { child, type Element, emptyElement, fromStored } from './xml.ts';

/** Which properties a request asks for (RFC 4918 §14.20), each once. */
export type Wanted =
  | { readonly kind: 'prop'; readonly names: readonly Element[] }
  | { readonly kind: 'allprop'; readonly include: readonly Element[] }
  | { readonly kind: 'propname' };

/**
 * Reads `prop`, `allprop` with `include`, or `propname` below `parent`; no body at all is allprop (§9.1).
 * @throws DavError for a property that is asked for in a form that it does not have
 */
export function readWanted(parent: Element | undefined, { protocol }: Pick<Exchange, 'protocol'>): Wanted {
  const prop = child(parent, PROP);
  if (!prop && child(parent, PROPNAME)) return { kind: 'propname' };
  const named = eachOnce((prop ?? child(parent, INCLUDE))?.children ?? []);
  for (const request of named) {
    for (const type of objectTypes) protocol.properties(type).get(request.name)?.check?.(request);
  }
  return prop ? { kind: 'prop', names: named } : { kind: 'allprop', include: named };
}

/** The first of each name: a client that merges propstats must not meet one twice. */
function eachOnce(elements: readonly Element[]): readonly Element[] {
  const met = new Set<PropertyName>();
  return elements.filter(({ name }) => met.size < met.add(name).size);
}

const PROP = qname('D', 'prop');
const PROPNAME = qname('D', 'propname');
const INCLUDE = qname('D', 'include');

export function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`;
}

/** `<D:response>` with one status and no properties. */
export function statusResponse(href: string, status: number, error?: DavError): Xml {
  const condition = error && errorContent(error);
  const detail = condition?.length ? xml`<D:error>${condition}</D:error>` : undefined;
  return xml`<D:response><D:href>${href}</D:href><D:status>${statusLine(status)}</D:status>${detail}</D:response>`;
}

/** `<D:propstat>` around property elements. */
export function propstat(properties: Content, status: number, error?: DavError): Xml {
  const condition = error && errorContent(error);
  const detail = condition?.length ? xml`<D:error>${condition}</D:error>` : undefined;
  return xml`<D:propstat><D:prop>${properties}</D:prop><D:status>${statusLine(status)}</D:status>${detail}</D:propstat>`;
}

/**
 * Propstats of serialised property elements: found ones first, then, unless the client asked for less (RFC 8144 §2.1),
 * those that are missing. There is always one.
 */
export function propstats(found: string, missing: string, { preferences }: Exchange): readonly Xml[] {
  const ok = propstat(new Xml(found), 200);
  if (missing === '' || preferences.minimal) return [ok];
  const notFound = propstat(new Xml(missing), 404);
  return found === '' ? [notFound] : [ok, notFound];
}

/**
 * The `<D:response>` of one resource with the properties asked for. What goes wrong with this resource becomes a 500 of
 * this resource.
 */
export async function propertyResponse(resource: Granted, wanted: Wanted, x: Exchange): Promise<Xml> {
  try {
    const asked = wanted.kind === 'prop' ? wanted.names : await listed(resource, wanted, x);
    let found = '';
    let missing = '';
    for (const request of asked) {
      const { name } = request;
      let value = wanted.kind === 'propname' ? element(name) : propertyValue(name, resource, x, request);
      if (value instanceof Promise) value = await value;
      if (value === undefined) missing += element(name).text;
      else found += value.text;
    }
    return xml`<D:response><D:href>${resource.href}</D:href>${propstats(found, missing, x)}</D:response>`;
  } catch (error) {
    if (error instanceof DavError) return statusResponse(resource.href, error.status, error);
    x.report(error, resource.href);
    return statusResponse(resource.href, 500);
  }
}

/**
 * Responses of resources in pages. Where data is asked for (calendar-data), contents are read in batches, so that an
 * object's etag and data are of one state; objects that went meanwhile are left out.
 */
export async function* propertyResponses(
  pages: AsyncIterable<readonly Granted[]>,
  wanted: Wanted,
  x: Exchange,
): AsyncIterable<Xml> {
  for await (const page of pages) {
    for await (const resources of asksForData(wanted, x) ? withContents(page, x) : [page]) {
      for (const resource of resources) yield await propertyResponse(resource, wanted, x);
    }
  }
}

function asksForData(wanted: Wanted, x: Exchange): boolean {
  if (wanted.kind !== 'prop') return false;
  return wanted.names.some(({ name }) =>
    objectTypes.some((type) => x.protocol.properties(type).get(name)?.data),
  );
}

async function* withContents(page: readonly Granted[], x: Exchange): AsyncIterable<readonly Granted[]> {
  const objects = page.filter((resource): resource is Granted<ObjectResource> => isObject(resource));
  if (objects.length < page.length) yield page.filter((resource) => !isObject(resource));
  for await (const batch of x.access.contents(objects)) yield batch.filter((object) => object !== undefined);
}

/** What `allprop` or `propname` asks of a resource, as if its properties had been named. */
async function listed(
  resource: Granted,
  wanted: Exclude<Wanted, { kind: 'prop' }>,
  x: Exchange,
): Promise<readonly Element[]> {
  const all = wanted.kind === 'allprop';
  const names: PropertyName[] = [];
  for (const row of x.protocol.properties(resource.type).values()) {
    const counts = all ? row.allprop : !row.data;
    if (counts && (await row.get(resource, x, undefined)) !== undefined) names.push(row.name);
  }
  names.push(...(Object.keys(storedProperties(resource)) as PropertyName[]));
  return eachOnce([...names.map(emptyElement), ...(all ? wanted.include : [])]);
}

/** A property as its whole element; undefined where the resource has none. At once where nothing is waited for. */
export function propertyValue(
  name: PropertyName,
  resource: Granted,
  x: Exchange,
  request: Element | undefined,
): Xml | undefined | Promise<Xml | undefined> {
  const row = x.protocol.properties(resource.type).get(name);
  if (!row) {
    const value = storedProperties(resource)[name];
    return value === undefined ? undefined : fromStored(name, value);
  }
  const content = row.get(resource, x, request);
  return content instanceof Promise ? content.then((c) => whole(name, c)) : whole(name, content);
}

function whole(name: PropertyName, content: Content): Xml | undefined {
  return content === undefined || content instanceof WholeElement ? content : element(name, content);
}

/** Octets after which a multistatus is sent in pieces instead of as one string with a Content-Length. */
const streamFrom = 256 * 1024;

/**
 * A 207 of responses in order, with `tail` (a sync-token) as the last child. Small ones go out in one piece, large
 * ones as they are made.
 */
export async function multistatus(
  responses: AsyncIterable<Xml | readonly Xml[]>,
  tail?: () => Xml,
): Promise<Reply> {
  const parts = pieces(responses, tail);
  let head = '';
  while (head.length < streamFrom) {
    const next = await parts.next();
    if (next.done) return { status: 207, headers: xmlHeaders, body: head };
    head += next.value;
  }
  return { status: 207, headers: xmlHeaders, body: rest(head, parts) };
}

/** A 207 of a few responses. */
export function multistatusOf(responses: readonly Xml[]): Reply {
  return { status: 207, headers: xmlHeaders, body: document('D:multistatus', responses) };
}

async function* pieces(
  responses: AsyncIterable<Xml | readonly Xml[]>,
  tail?: () => Xml,
): AsyncGenerator<string> {
  yield `${prolog}<D:multistatus${declarations}>`;
  const slices = new Slices();
  for await (const response of responses) {
    if (response instanceof Xml) yield response.text;
    else for (const one of response) yield one.text;
    if (slices.over) await slices.pause();
  }
  yield `${tail ? tail().text : ''}</D:multistatus>`;
}

async function* rest(head: string, parts: AsyncGenerator<string>): AsyncGenerator<string> {
  let text = head;
  for await (const part of parts) {
    text += part;
    if (text.length < 64 * 1024) continue;
    yield text;
    text = '';
  }
  yield text;
}
