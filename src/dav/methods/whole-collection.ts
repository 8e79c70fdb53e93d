import type { Reply } from '../../http/types.ts';
import { unmetByRead } from '../conditions.ts';
import { refuse } from '../errors.ts';
import type { Exchange } from '../protocol.ts';
import type { CollectionResource, Granted } from '../resource.ts';

/** GET of a calendar or address book: all of it as one file, made while it is sent. */
export async function getWholeCollection(resource: Granted<CollectionResource>, x: Exchange): Promise<Reply> {
  const { collection } = resource;
  const { contentType, write } = x.protocol.extension(collection.kind).whole;
  // The token tells of members; properties, which are in the file too, change `modified`.
  const etag = `${collection.token}-${collection.modified}`;
  const headers = {
    etag: `W/"${etag}"`,
    'last-modified': new Date(collection.modified).toUTCString(),
    'content-type': contentType,
  };
  const unmet = unmetByRead(x.req, { etag, modified: collection.modified });
  if (unmet === 412) throw refuse(412, 'the collection is not in the state that the request demands');
  if (unmet === 304) return { status: 304, headers };
  return { status: 200, headers, body: write(collection, contents(resource, x)) };
}

async function* contents(resource: Granted<CollectionResource>, x: Exchange): AsyncGenerator<Uint8Array> {
  for await (const page of x.access.members(resource)) {
    for await (const batch of x.access.contents(page)) {
      for (const object of batch) if (object?.bytes) yield object.bytes;
    }
  }
}
