import type { Precondition } from '../dav/errors.ts';
import { qname } from '../dav/names.ts';

/** RFC 6352 §5.1.1.1, §6.3.2.1, §8.6–8.7 */
export const preconditions = {
  supportedAddressData: row('supported-address-data', 403, '§6.3.2.1'),
  supportedAddressDataConversion: row('supported-address-data-conversion', 415, '§5.1.1, §8.7.2'),
  validAddressData: row('valid-address-data', 403, '§6.3.2.1'),
  noUidConflict: row('no-uid-conflict', 409, '§6.3.2.1'),
  addressbookCollectionLocationOk: row('addressbook-collection-location-ok', 403, '§6.3.2.1'),
  maxResourceSize: row('max-resource-size', 403, '§6.3.2.1'),
  supportedFilter: row('supported-filter', 403, '§8.6'),
  supportedCollation: row('supported-collation', 403, '§8.3.1'),
} as const;

function row(local: string, status: number, section: string): Precondition {
  return { name: qname('CR', local), status, section: `RFC 6352 ${section}` };
}
