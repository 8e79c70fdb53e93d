import { refuse } from '../dav/errors.ts';
import { qname } from '../dav/names.ts';
import { type PropertyRow, property } from '../dav/protocol.ts';
import { childrenOf, type Element } from '../dav/xml.ts';
import { selectAddressData } from '../model/vcard-data.ts';
import { preconditions } from './preconditions.ts';

const name = qname('CR', 'address-data');
const prop = qname('CR', 'prop');

/** RFC 6352 §10.4: the card, or the properties asked for, as text inside a property. */
export const addressData: PropertyRow = property(
  name,
  ['address-object'],
  async (object, x, request) => {
    const bytes = object.bytes ?? (await x.access.content(object))?.bytes;
    if (!bytes) return undefined;
    checkVersion(request);
    const props = childrenOf(request, prop).map(({ attributes }) => ({
      name: attributes['name'] ?? '',
      novalue: attributes['novalue'] === 'yes',
    }));
    return Buffer.from(props.length > 0 ? selectAddressData(bytes, props) : bytes).toString();
  },
  { data: true },
);

/** vdirsyncer writes the attributes with capitals; what can't be understood is no wish. */
function checkVersion(request: Element | undefined): void {
  const type = request?.attributes['content-type'];
  if (type !== undefined && type.toLowerCase() !== 'text/vcard') {
    throw refuse(preconditions.supportedAddressData, `cards can be had as text/vcard, not ${type}`);
  }
}
