import type { Reply } from '../../http/types.ts';
import { DavError, refuse } from '../errors.ts';
import type { Xml } from '../markup.ts';
import { multistatus, propertyResponse, readWanted, statusResponse, type Wanted } from '../multistatus.ts';
import { qname } from '../names.ts';
import { pathOf } from '../paths.ts';
import type { Exchange } from '../protocol.ts';
import { type Granted, isObject, type ObjectResource } from '../resource.ts';
import { childrenOf, type Element } from '../xml.ts';

/** Hrefs looked up before their contents are read and sent. */
const batchSize = 200;

type Found = { readonly href: string; readonly object: Granted<ObjectResource> | DavError };

/**
 * calendar-multiget (RFC 4791 §7.9) and addressbook-multiget (RFC 6352 §8.7): one response for each href, in order,
 * with the href as the client wrote it; 404 for what is not there. Depth is ignored. An object is asked for itself.
 */
export async function multiget(resource: Granted, body: Element, x: Exchange): Promise<Reply> {
  const named = childrenOf(body, qname('D', 'href')).map((href) => pathOf(href.text));
  const hrefs = named.length === 0 && isObject(resource) ? [resource.href] : named;
  return multistatus(responses(hrefs, readWanted(body, x), x));
}

async function* responses(
  hrefs: readonly string[],
  wanted: Wanted,
  x: Exchange,
): AsyncIterable<readonly Xml[]> {
  for (let i = 0; i < hrefs.length; i += batchSize) {
    const found = await Promise.all(hrefs.slice(i, i + batchSize).map((href) => find(href, x)));
    yield* withContents(found, wanted, x);
  }
}

async function find(href: string, x: Exchange): Promise<Found> {
  try {
    const resource = await x.access.reach(href, 'read');
    if (resource instanceof DavError || isObject(resource)) return { href, object: resource };
    return { href, object: refuse(404, `"${href}" is not an object`) };
  } catch (error) {
    if (error instanceof DavError) return { href, object: error };
    throw error;
  }
}

async function* withContents(
  found: readonly Found[],
  wanted: Wanted,
  x: Exchange,
): AsyncIterable<readonly Xml[]> {
  const objects = found.flatMap(({ object }) => (object instanceof DavError ? [] : [object]));
  const contents = x.access.contents(objects)[Symbol.asyncIterator]();
  let batch: readonly (Granted<ObjectResource> | undefined)[] = [];
  let at = 0;
  const nextContent = async () => {
    while (at >= batch.length) {
      const next = await contents.next();
      if (next.done) return undefined;
      batch = next.value;
      at = 0;
    }
    return batch[at++];
  };
  for (const { href, object } of found) {
    if (object instanceof DavError) yield [statusResponse(href, object.status, object)];
    else {
      const current = await nextContent();
      yield [current ? await propertyResponse({ ...current, href }, wanted, x) : statusResponse(href, 404)];
    }
  }
}
