import { type DavError, refuse } from '../dav/errors.ts';
import type { Representation } from '../dav/protocol.ts';
import { type MediaRange, parseAccept, parseMediaRange } from '../http/accept.ts';
import type { Req } from '../http/types.ts';
import { InvalidData } from '../model/invalid.ts';
import { toJCard } from '../model/jcard.ts';
import { toVersion } from '../model/vcard-convert.ts';
import { type SelectedProp, selectAddressData } from '../model/vcard-data.ts';
import { preconditions } from './preconditions.ts';

/** In what form cards can be had: vCard of a version, or jCard (RFC 7095), which says the same as vCard 4.0. */
export type CardForm = '3.0' | '4.0' | 'jcard';

/** What is given when nothing is said (RFC 6352 §10.4): Apple's programs read nothing else. */
export const DEFAULT_FORM: CardForm = '3.0';
/** The forms in which cards can be stored as well. */
export const STORED_VERSIONS = ['3.0', '4.0'] as const;

/** Old names of the same thing (RFC 2426 §7, and before it had one of its own). */
const VCARD_TYPES: readonly string[] = ['text/vcard', 'text/x-vcard', 'text/directory'];
const JCARD_TYPE = 'application/vcard+json';
const WILDCARDS: readonly string[] = ['*/*', 'text/*'];

/** Values of Content-Type. */
export const CONTENT_TYPES: Readonly<Record<CardForm, string>> = {
  '3.0': 'text/vcard; charset=utf-8',
  '4.0': 'text/vcard; charset=utf-8; version=4.0',
  jcard: `${JCARD_TYPE}; charset=utf-8`,
};

/**
 * The form that `content-type` and `version` of an address-data element ask for, each optional.
 * @throws DavError supported-address-data
 */
export function readForm(contentType: string | undefined, version: string | undefined): CardForm {
  const range = parseMediaRange(contentType?.trim() || 'text/vcard');
  const asked = version?.trim() || range.parameters.get('version');
  const form = formOf(range.type, asked);
  if (form) return form;
  throw refuse(
    preconditions.supportedAddressData,
    `cards can be had as text/vcard 3.0 and 4.0 and as ${JCARD_TYPE}, not as ${range.type} ${asked ?? ''}`.trim(),
  );
}

function formOf(type: string, version: string | undefined): CardForm | undefined {
  if (type === JCARD_TYPE) return version === undefined || version === '4.0' ? 'jcard' : undefined;
  if (!VCARD_TYPES.includes(type)) return undefined;
  return version === undefined ? DEFAULT_FORM : STORED_VERSIONS.find((one) => one === version);
}

/**
 * The form that an Accept header likes best. One that speaks of no form of a card at all wishes nothing.
 * @throws DavError 406 where all that it accepts are versions that can't be had (RFC 6352 §5.1.1.1)
 */
function negotiate(accept: string | undefined): CardForm {
  const ranges = parseAccept(accept).filter(({ quality }) => quality > 0);
  for (const range of ranges) {
    const form = WILDCARDS.includes(range.type) ? DEFAULT_FORM : formOf(range.type, versionOf(range));
    if (form) return form;
  }
  if (!ranges.some(({ type }) => type === JCARD_TYPE || VCARD_TYPES.includes(type))) return DEFAULT_FORM;
  throw unconvertible(406, `a card can't be had as ${accept}`);
}

function versionOf({ parameters }: MediaRange): string | undefined {
  return parameters.get('version');
}

/** What GET answers with; undefined for what is stored in the default form. @throws DavError 406 */
export function represent(bytes: Uint8Array, { headers }: Pick<Req, 'headers'>): Representation | undefined {
  const form = negotiate(headers['accept']);
  const shown = writeForm(bytes, form, 406);
  if (form === DEFAULT_FORM && shown === bytes) return undefined;
  const usual = form === 'jcard' ? {} : { usual: true as const };
  return { contentType: CONTENT_TYPES[form], bytes: shown, ...usual };
}

/**
 * A card, or the properties asked for, in a form. Bytes that can't be read as a card stay as they are.
 * @throws DavError of that status where no jCard can be made of them
 */
export function writeForm(
  bytes: Uint8Array,
  form: CardForm,
  status: 406 | 415,
  props: readonly SelectedProp[] = [],
): Uint8Array {
  const whole = toVersion(bytes, form === 'jcard' ? '4.0' : form);
  const wanted = props.length > 0 ? selectAddressData(whole, props) : whole;
  if (form !== 'jcard') return wanted;
  try {
    return Buffer.from(JSON.stringify(toJCard(wanted)));
  } catch (error) {
    if (error instanceof InvalidData)
      throw unconvertible(status, `no jCard can be made of it: ${error.message}`);
    throw error;
  }
}

function unconvertible(status: 406 | 415, message: string): DavError {
  return refuse({ ...preconditions.supportedAddressDataConversion, status }, message);
}
