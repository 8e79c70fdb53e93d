import { DavError } from '../dav/errors.ts';
import { hrefs, type Xml, xml } from '../dav/markup.ts';
import { qname } from '../dav/names.ts';
import { homeSet } from '../dav/properties/principal.ts';
import { storedProperty } from '../dav/properties/stored.ts';
import { type Exchange, type PropertyRow, property } from '../dav/protocol.ts';
import { collectionTypes, type ResourceOf } from '../dav/resource.ts';
import { child, storedElement } from '../dav/xml.ts';
import { COLLATIONS } from '../model/text-match.ts';
import type { PropertyName } from '../store/types.ts';
import { addressData } from './address-data.ts';
import { STORED_VERSIONS } from './card-form.ts';

const CR = (local: string): PropertyName => qname('CR', local);

/** Apple's Contacts keeps in the home which card is the user's own. */
const meCard = qname('CS', 'me-card');

/** RFC 6352 §6.2 and §7.1 */
export const properties: readonly PropertyRow[] = [
  storedProperty(CR('addressbook-description'), ['addressbook']),
  property(CR('supported-address-data'), ['addressbook'], () =>
    STORED_VERSIONS.map((one) => xml`<CR:address-data-type content-type="text/vcard" version="${one}"/>`),
  ),
  property(CR('max-resource-size'), ['addressbook'], (_, x) => x.limits.objectBytes.addressbook),
  property(CR('supported-collation-set'), ['addressbook'], () =>
    COLLATIONS.map((name) => xml`<CR:supported-collation>${name}</CR:supported-collation>`),
  ),
  // On any collection: Apple's Contacts asks the URL that was typed, whatever it is.
  property(CR('addressbook-home-set'), collectionTypes, (r, x) => homeSet(r, 'addressbook', x)),
  property(CR('principal-address'), ['principal'], principalAddress),
  storedProperty(meCard, ['home']),
  addressData,
];

/** RFC 6352 §7.1.2: the card that the user calls the own one, for the user alone, as nobody else may read it. */
async function principalAddress(
  { user }: ResourceOf<'principal'>,
  x: Exchange,
): Promise<readonly Xml[] | undefined> {
  if (user.id !== x.user.id) return undefined;
  const home = await x.access.reach(x.href({ type: 'home', kind: 'addressbook', user: user.name }), 'read');
  if (home instanceof DavError || home.type !== 'home') return undefined;
  const href = child(storedElement(home.home.properties[meCard]), qname('D', 'href'));
  return href && hrefs([href.text]);
}
