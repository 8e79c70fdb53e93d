import { STATUS_CODES } from 'node:http';
import type { Reply } from '../http/types.ts';
import { Slices } from '../slices.ts';
import type { PropertyName } from '../store/types.ts';
import { DavError, errorContent } from './errors.ts';
import { type Content, document, element, prolog, Xml, xml, xmlHeaders } from './markup.ts';
import { declarations, qname } from './names.ts';
import { Chunk, stretches } from './octets.ts';
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

/** `<D:status>` with the status line. There are few, and a multistatus has one for each of its resources. */
function statusElement(status: number): Xml {
  const known = statusElements.get(status);
  if (known) return known;
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`;
  const written = xml`<D:status>${line}</D:status>`;
  statusElements.set(status, written);
  return written;
}

const statusElements = new Map<number, Xml>();

/** `<D:response>` with one status and no properties. */
export function statusResponse(href: string, status: number, error?: DavError): Xml {
  const condition = error && errorContent(error);
  const detail = condition?.length ? xml`<D:error>${condition}</D:error>` : undefined;
  return xml`<D:response><D:href>${href}</D:href>${statusElement(status)}${detail}</D:response>`;
}

/** `<D:propstat>` around property elements. */
export function propstat(properties: Content, status: number, error?: DavError): Xml {
  const condition = error && errorContent(error);
  const detail = condition?.length ? xml`<D:error>${condition}</D:error>` : undefined;
  return xml`<D:propstat><D:prop>${properties}</D:prop>${statusElement(status)}${detail}</D:propstat>`;
}

/** Elements of the properties that are there, and empty elements of those that are not. */
export interface Collected {
  readonly found: readonly Xml[];
  readonly missing: readonly Xml[];
}

/**
 * Propstats of property elements: found ones first, then, unless the client asked for less (RFC 8144 §2.1), those that
 * are missing. There is always one.
 */
export function propstats({ found, missing }: Collected, { preferences }: Exchange): readonly Xml[] {
  const ok = propstat(found, 200);
  if (missing.length === 0 || preferences.minimal) return [ok];
  const notFound = propstat(missing, 404);
  return found.length === 0 ? [notFound] : [ok, notFound];
}

/**
 * The `<D:response>` of one resource with the properties asked for. What goes wrong with this resource becomes a 500 of
 * this resource. At once where nothing is waited for, as clients ask for thousands.
 */
export function propertyResponse(resource: Granted, wanted: Wanted, x: Exchange): Xml | Promise<Xml> {
  const response = (collected: Collected) =>
    xml`<D:response><D:href>${resource.href}</D:href>${propstats(collected, x)}</D:response>`;
  const failure = (error: unknown) => {
    if (error instanceof DavError) return statusResponse(resource.href, error.status, error);
    x.report(error, resource.href);
    return statusResponse(resource.href, 500);
  };
  try {
    const collected = collect(resource, wanted, x);
    return collected instanceof Promise ? collected.then(response).catch(failure) : response(collected);
  } catch (error) {
    return failure(error);
  }
}

/** Responses that are handed on at once. */
const TOGETHER = 64;

/** Responses of resources, or of hrefs where there is none, in order. Those that need no wait come together. */
export async function* responsesOf(
  resources: Iterable<Granted | Xml>,
  wanted: Wanted,
  x: Exchange,
): AsyncIterable<readonly Xml[]> {
  let together: Xml[] = [];
  for (const resource of resources) {
    const response = resource instanceof Xml ? resource : propertyResponse(resource, wanted, x);
    const waits = response instanceof Promise;
    together.push(waits ? await response : response);
    if (!waits && together.length < TOGETHER) continue;
    yield together;
    together = [];
  }
  yield together;
}

/**
 * Responses of resources in pages. Where data is asked for (calendar-data), contents are read in batches, so that an
 * object's etag and data are of one state; objects that went meanwhile are left out.
 */
export async function* propertyResponses(
  pages: AsyncIterable<readonly Granted[]>,
  wanted: Wanted,
  x: Exchange,
): AsyncIterable<readonly Xml[]> {
  const withData = asksForData(wanted, x);
  for await (const page of pages) {
    if (!withData) yield* responsesOf(page, wanted, x);
    else for await (const objects of withContents(page, x)) yield* responsesOf(objects, wanted, x);
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

function collect(resource: Granted, wanted: Wanted, x: Exchange): Collected | Promise<Collected> {
  if (wanted.kind === 'prop') return new Collecting(resource, x).all(wanted.names);
  return listed(resource, wanted, x).then((asked) =>
    wanted.kind === 'propname'
      ? { found: asked.map(({ name }) => element(name)), missing: [] }
      : new Collecting(resource, x).all(asked),
  );
}

/** Gathers one resource's properties. */
class Collecting implements Collected {
  readonly found: Xml[] = [];
  readonly missing: Xml[] = [];
  readonly #resource: Granted;
  readonly #x: Exchange;

  constructor(resource: Granted, x: Exchange) {
    this.#resource = resource;
    this.#x = x;
  }

  /** At once where nothing is waited for. */
  all(asked: readonly Element[], from = 0): this | Promise<this> {
    for (let i = from; i < asked.length; i++) {
      const request = asked[i] as Element;
      const { name } = request;
      const value = propertyValue(name, this.#resource, this.#x, request);
      if (value instanceof Promise) {
        return value.then((waited) => {
          this.#add(name, waited);
          return this.all(asked, i + 1);
        });
      }
      this.#add(name, value);
    }
    return this;
  }

  #add(name: PropertyName, value: Xml | undefined): void {
    if (value === undefined) this.missing.push(element(name));
    else this.found.push(value);
  }
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

/** Octets after which a multistatus is sent in pieces instead of as one with a Content-Length, and of such a piece. */
const streamFrom = 256 * 1024;
const chunkSize = 64 * 1024;

/**
 * A 207 of responses in order, with `tail` (a sync-token) as the last child. Small ones go out in one piece, large
 * ones as they are made.
 */
export async function multistatus(
  responses: AsyncIterable<Xml | readonly Xml[]>,
  tail?: () => Xml,
): Promise<Reply> {
  const following = chunks(responses, tail);
  const first: (string | Uint8Array)[] = [];
  for (let length = 0; length < streamFrom; ) {
    const next = await following.next();
    if (next.done) return { status: 207, headers: xmlHeaders, body: inOne(first) };
    first.push(next.value);
    length += next.value.length;
  }
  return { status: 207, headers: xmlHeaders, body: rest(first, following) };
}

/** A 207 of a few responses. */
export function multistatusOf(responses: readonly Xml[]): Reply {
  return { status: 207, headers: xmlHeaders, body: document('D:multistatus', responses) };
}

async function* chunks(
  responses: AsyncIterable<Xml | readonly Xml[]>,
  tail?: () => Xml,
): AsyncGenerator<string | Uint8Array> {
  const chunk = new Chunk();
  chunk.add(`${prolog}<D:multistatus${declarations}>`);
  const slices = new Slices();
  for await (const some of responses) {
    for (const response of some instanceof Xml ? [some] : some) {
      for (const piece of stretches(response)) {
        chunk.add(piece);
        if (chunk.length < chunkSize) continue;
        yield chunk.take();
        if (slices.over) await slices.pause();
      }
      if (slices.over) await slices.pause();
    }
  }
  chunk.add(`${tail ? tail().text : ''}</D:multistatus>`);
  yield chunk.take();
}

function inOne(pieces: readonly (string | Uint8Array)[]): string | Uint8Array {
  if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('');
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}

async function* rest(
  first: readonly (string | Uint8Array)[],
  following: AsyncGenerator<string | Uint8Array>,
): AsyncGenerator<string | Uint8Array> {
  yield* first;
  yield* following;
}
