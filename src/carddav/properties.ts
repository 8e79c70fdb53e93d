import { xml } from '../dav/markup.ts';
import { qname } from '../dav/names.ts';
import { homeSet } from '../dav/properties/principal.ts';
import { storedProperty } from '../dav/properties/stored.ts';
import { type PropertyRow, property } from '../dav/protocol.ts';
import { collectionTypes } from '../dav/resource.ts';
import { COLLATIONS } from '../model/text-match.ts';
import type { PropertyName } from '../store/types.ts';
import { addressData } from './address-data.ts';

const CR = (local: string): PropertyName => qname('CR', local);

/** RFC 6352 §6.2 and §7.1 */
export const properties: readonly PropertyRow[] = [
  storedProperty(CR('addressbook-description'), ['addressbook']),
  property(CR('supported-address-data'), ['addressbook'], () => [
    xml`<CR:address-data-type content-type="text/vcard" version="3.0"/>`,
  ]),
  property(CR('max-resource-size'), ['addressbook'], (_, x) => x.limits.objectBytes),
  property(CR('supported-collation-set'), ['addressbook'], () =>
    COLLATIONS.map((name) => xml`<CR:supported-collation>${name}</CR:supported-collation>`),
  ),
  // On any collection: Apple's Contacts asks the URL that was typed, whatever it is.
  property(CR('addressbook-home-set'), collectionTypes, (r, x) => homeSet(r, 'addressbook', x)),
  addressData,
];
