import type { Reply } from '../../http/types.ts';
import { DavError } from '../errors.ts';
import type { Xml } from '../markup.ts';
import { multistatus, readWanted, responsesOf, statusResponse, type Wanted } from '../multistatus.ts';
import { qname } from '../names.ts';
import { pathOf } from '../paths.ts';
import type { Exchange } from '../protocol.ts';
import { type Granted, isObject } from '../resource.ts';
import { childrenOf, type Element } from '../xml.ts';

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
  let at = 0;
  for await (const batch of x.access.objectsAt(hrefs)) {
    const found = batch.map((object) => {
      const href = hrefs[at++] as string;
      return object instanceof DavError ? statusResponse(href, object.status, object) : object;
    });
    yield* responsesOf(found, wanted, x);
  }
}
