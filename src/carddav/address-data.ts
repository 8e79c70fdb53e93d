import { xml } from '../dav/markup.ts';
import { qname } from '../dav/names.ts';
import { type PropertyRow, property, WholeElement } from '../dav/protocol.ts';
import { childrenOf, type Element } from '../dav/xml.ts';
import type { SelectedProp } from '../model/vcard-data.ts';
import { type CardForm, DEFAULT_FORM, readForm, writeForm } from './card-form.ts';

const name = qname('CR', 'address-data');
const prop = qname('CR', 'prop');

/** What an `address-data` element of a request asks for. */
interface Asked {
  readonly form: CardForm;
  /** None means all. */
  readonly props: readonly SelectedProp[];
}

/** RFC 6352 §10.4: the card, or the properties asked for, as text inside a property. */
export const addressData: PropertyRow = property(
  name,
  ['address-object'],
  (object, x, request) => {
    const asked = askedOf(request);
    // Without a wait, as clients ask for thousands.
    if (object.bytes) return dataElement(object.bytes, asked);
    return x.access.content(object).then((content) => content && dataElement(content.bytes, asked));
  },
  { data: true, check: askedOf },
);

/** The attributes say in what form the card comes, unless it is the one that they have by default. */
function dataElement(bytes: Uint8Array, { form, props }: Asked): Uint8Array | WholeElement {
  const data = writeForm(bytes, form, 415, props);
  if (form === DEFAULT_FORM) return data;
  const type = form === 'jcard' ? 'application/vcard+json' : 'text/vcard';
  return new WholeElement(
    xml`<CR:address-data content-type="${type}" version="4.0">${data}</CR:address-data>`.markup,
  );
}

/** Elements of requests are immutable, and each is asked for many cards. */
const known = new WeakMap<Element, Asked>();

/** @throws DavError supported-address-data for a form that can't be had */
function askedOf(request: Element | undefined): Asked {
  if (!request) return { form: DEFAULT_FORM, props: [] };
  let asked = known.get(request);
  if (!asked) {
    asked = readAsked(request);
    known.set(request, asked);
  }
  return asked;
}

function readAsked(request: Element): Asked {
  // vdirsyncer writes `Content-Type` (vdirsyncer/storage/dav.py).
  const attributes = new Map(
    Object.entries(request.attributes).map(([key, value]) => [key.toLowerCase(), value]),
  );
  return {
    form: readForm(attributes.get('content-type'), attributes.get('version')),
    props: childrenOf(request, prop).map(({ attributes }) => ({
      name: attributes['name'] ?? '',
      novalue: attributes['novalue'] === 'yes',
    })),
  };
}
