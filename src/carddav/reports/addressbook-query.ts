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
import { type Exchange, type ReportRow, report } from '../../dav/protocol.ts';
import type { Granted, ObjectResource, ResourceOf } from '../../dav/resource.ts';
import { child, type Element } from '../../dav/xml.ts';
import type { Reply } from '../../http/types.ts';
import { textsIn } from '../../model/card-text.ts';
import { type AddressFilter, addressMatcher } from '../../model/vcard-filter.ts';
import { Slices } from '../../slices.ts';
import { readFilter } from '../filter.ts';
import type { SearchIndex } from '../search-index.ts';

type Book = Granted<ResourceOf<'addressbook'>>;
type Card = Granted<ObjectResource>;

/** RFC 6352 §8.6. Depth 0 means the members too: nobody wants to ask an address book whether it is a card. */
export const addressbookQuery = (index: SearchIndex): ReportRow =>
  report(qname('CR', 'addressbook-query'), ['addressbook'], async (book, body, x): Promise<Reply> => {
    const filter = readFilter(child(body, qname('CR', 'filter')));
    const limit = readLimit(body);
    return multistatus(responses(matching(book, filter, index, x), readWanted(body, x), { book, limit }, x));
  });

async function* responses(
  cards: AsyncIterable<Card>,
  wanted: Wanted,
  { book, limit }: { book: Book; limit: number },
  x: Exchange,
): AsyncIterable<Xml> {
  let found = 0;
  for await (const card of cards) {
    if (found++ === limit) {
      // RFC 6352 §8.6.2
      const more = refuse(preconditions.numberOfMatchesWithinLimits, 'there are more cards than the limit');
      yield statusResponse(book.href, 507, more);
      return;
    }
    yield await propertyResponse(card, wanted, x);
  }
}

/** The index of words tells most cards that can't match; the others are read and looked at. */
async function* matching(
  book: Book,
  filter: AddressFilter | undefined,
  index: SearchIndex,
  x: Exchange,
): AsyncIterable<Card> {
  const matches = filter ? addressMatcher(filter) : () => true;
  const texts = filter && textsIn(filter);
  const names = texts && (await index.find(book, texts, x.access));
  const slices = new Slices();
  for await (const page of names ? x.access.named(book, names) : x.access.members(book)) {
    for await (const batch of x.access.contents(page)) {
      for (const card of batch) {
        if (slices.over) await slices.pause();
        if (card?.bytes && matches(card.bytes)) yield card;
      }
    }
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
