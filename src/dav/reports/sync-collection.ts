import type { Reply } from '../../http/types.ts';
import type { ChangedResources } from '../access.ts';
import { DavError, preconditions, refuse } from '../errors.ts';
import { type Xml, xml } from '../markup.ts';
import { multistatus, propertyResponses, readWanted, statusResponse, type Wanted } from '../multistatus.ts';
import { qname } from '../names.ts';
import { encodeSegment } from '../paths.ts';
import { type Exchange, report } from '../protocol.ts';
import type { Granted } from '../resource.ts';
import { child, type Element } from '../xml.ts';

/**
 * RFC 6578 §3.2. Depth is not looked at, and a missing sync-level is 1: clients send every combination. The members of
 * a home are its collections; what is inside them is synchronised there, also for a client that wants all levels.
 */
export const syncCollection = report(
  qname('D', 'sync-collection'),
  ['home', 'calendar', 'addressbook'],
  async (resource, body, x): Promise<Reply> => {
    const since = child(body, qname('D', 'sync-token'))?.text || null;
    const changes = await x.access.changes(resource, since, readLimit(body));
    if (changes === 'invalid-token') throw invalidToken(resource, x);
    const wanted = readWanted(body, x);
    const level = child(body, qname('D', 'sync-level'))?.text ?? '1';
    if (!['', '0', '1', 'infinite', 'infinity'].includes(level))
      throw refuse(400, `the sync-level "${level}" is neither 1 nor infinite`);
    const infinite = level.startsWith('inf');
    const end = () => xml`<D:sync-token>${changes.token}</D:sync-token>`;
    return multistatus(responses(resource, changes, infinite, wanted, x), end);
  },
);

async function* responses(
  resource: Granted,
  { changed, removed, truncated }: ChangedResources,
  infinite: boolean,
  wanted: Wanted,
  x: Exchange,
): AsyncIterable<Xml | readonly Xml[]> {
  if (infinite && resource.type === 'home') {
    const elsewhere = refuse(
      preconditions.syncTraversalSupported,
      'this collection is synchronised by itself',
    );
    for await (const page of changed)
      for (const { href } of page) yield statusResponse(href, elsewhere.status, elsewhere);
  } else yield* propertyResponses(changed, wanted, x);
  const slash = resource.type === 'home' ? '/' : '';
  for (const name of removed) yield statusResponse(resource.href + encodeSegment(name) + slash, 404);
  // RFC 6578 §3.6: never as the status of the whole answer, which breaks OneCalendar.
  if (truncated) {
    const limit = refuse(preconditions.numberOfMatchesWithinLimits, 'there are more changes than the limit');
    yield statusResponse(resource.href, 507, limit);
  }
}

function readLimit(body: Element): number | undefined {
  const nresults = child(child(body, qname('D', 'limit')), qname('D', 'nresults'));
  if (!nresults) return undefined;
  const limit = Number(nresults.text);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw refuse(400, `"${nresults.text}" is no number of results`);
  return limit;
}

/** Thunderbird's address book recovers from 400 only (CardDAVDirectory.sys.mjs); all others from 403. */
function invalidToken(resource: Granted, x: Exchange): DavError {
  const message = 'the sync token is not one of this collection, or its history is gone: sync from the start';
  const thunderbird = x.req.headers['user-agent']?.includes('Thunderbird/');
  const status = resource.type === 'addressbook' && thunderbird ? 400 : preconditions.validSyncToken.status;
  return new DavError(status, message, preconditions.validSyncToken.name);
}
