import { refuse } from '../dav/errors.ts';
import { isMediaType } from '../dav/media.ts';
import { qname } from '../dav/names.ts';
import type { Extension } from '../dav/protocol.ts';
import { InvalidData } from '../model/invalid.ts';
import { checkAddressObject } from '../model/vcard.ts';
import type { Collection, Facts } from '../store/types.ts';
import { CONTENT_TYPES, DEFAULT_FORM, represent } from './card-form.ts';
import { exportAddressBook } from './export.ts';
import { preconditions } from './preconditions.ts';
import { properties } from './properties.ts';
import { addressbookMultiget } from './reports/addressbook-multiget.ts';
import { addressbookQuery } from './reports/addressbook-query.ts';
import { NOTHING_KEPT, SearchIndex } from './search-index.ts';

/** CardDAV (RFC 6352), with an index in which it looks for words. */
export const carddavWith = (index: SearchIndex): Extension => ({
  kind: 'addressbook',
  compliance: ['addressbook'],
  collectionType: qname('CR', 'addressbook'),
  defaultComponents: [],
  ending: '.vcf',
  contentType: () => CONTENT_TYPES[DEFAULT_FORM],
  represent,
  varies: 'Accept',
  check,
  whole: exportAddressBook,
  maxResourceSize: preconditions.maxResourceSize,
  noUidConflict: preconditions.noUidConflict,
  collectionLocationOk: preconditions.addressbookCollectionLocationOk,
  properties,
  reports: [addressbookQuery(index), addressbookMultiget],
  methods: [],
});

/** CardDAV by itself: its tables and rules. */
export const carddav: Extension = carddavWith(new SearchIndex(NOTHING_KEPT));

/** RFC 6352 §6.3.2.1. Old clients name vCards by the types in use before RFC 6350. */
function check(bytes: Uint8Array, _collection: Collection, contentType: string | undefined): Facts {
  if (!isMediaType(contentType, ['text/vcard', 'text/x-vcard', 'text/directory'])) {
    throw refuse(preconditions.supportedAddressData, `an address book stores text/vcard, not ${contentType}`);
  }
  try {
    return checkAddressObject(bytes).facts;
  } catch (error) {
    if (!(error instanceof InvalidData)) throw error;
    const { supportedAddressData, validAddressData } = preconditions;
    throw refuse(error.rule === 'version' ? supportedAddressData : validAddressData, error.message);
  }
}
