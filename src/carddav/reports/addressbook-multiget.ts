import { qname } from '../../dav/names.ts';
import { report } from '../../dav/protocol.ts';
import { multiget } from '../../dav/reports/multiget.ts';

/** RFC 6352 §8.7 */
export const addressbookMultiget = report(
  qname('CR', 'addressbook-multiget'),
  ['addressbook', 'address-object'],
  multiget,
);
