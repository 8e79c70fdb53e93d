import { preconditions, refuse } from '../../dav/errors.ts';
import type { Xml } from '../../dav/markup.ts';
import {
  multistatus,
  propertyResponse,
  readWanted,
  statusResponse,
  type Wanted,
} from '../../dav/multistatus.ts';
import { qname } from '../../dav/names.ts';
import { type Exchange, report } from '../../dav/protocol.ts';
import type { Granted, ObjectResource, ResourceOf } from '../../dav/resource.ts';
import { child, type Element } from '../../dav/xml.ts';
import type { Reply } from '../../http/types.ts';
import { addressMatcher } from '../../model/vcard-filter.ts';
import { Slices } from '../../slices.ts';
import { readFilter } from '../filter.ts';

/** RFC 6352 §8.6. Depth 0 means the members too: nobody wants to ask an address book whether it is a card. */
export const addressbookQuery = report(
  qname('CR', 'addressbook-query'),
  ['addressbook'],
  async (book, body, x): Promise<Reply> => {
    const filter = readFilter(child(body, qname('CR', 'filter')));
    const matches = filter ? addressMatcher(filter) : () => true;
    return multistatus(responses(book, matches, readWanted(body, x), readLimit(body), x));
  },
);

async function* responses(
  book: Granted<ResourceOf<'addressbook'>>,
  matches: (bytes: Uint8Array) => boolean,
  wanted: Wanted,
  limit: number,
  x: Exchange,
): AsyncIterable<Xml> {
  let found = 0;
  const slices = new Slices();
  for await (const card of cards(book, x)) {
    if (slices.over) await slices.pause();
    if (!card.bytes || !matches(card.bytes)) continue;
    if (found++ === limit) {
      // RFC 6352 §8.6.2
      const more = refuse(preconditions.numberOfMatchesWithinLimits, 'there are more cards than the limit');
      yield statusResponse(book.href, 507, more);
      return;
    }
    yield await propertyResponse(card, wanted, x);
  }
}

async function* cards(
  book: Granted<ResourceOf<'addressbook'>>,
  x: Exchange,
): AsyncIterable<Granted<ObjectResource>> {
  for await (const page of x.access.members(book)) {
    for await (const batch of x.access.contents(page)) yield* batch.filter((card) => card !== undefined);
  }
}

function readLimit(body: Element): number {
  const nresults = child(child(body, qname('CR', 'limit')), qname('CR', 'nresults'));
  if (!nresults) return Infinity;
  const limit = Number(nresults.text);
  if (!Number.isSafeInteger(limit) || limit < 0)
    throw refuse(400, `"${nresults.text}" is no number of results`);
  return limit;
}
