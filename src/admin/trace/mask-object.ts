/** Calendar and address objects without what they say: their shape, times and identities stay. */

import { maskText, type Pseudonyms } from './mask-text.ts';

/** Properties whose values are of the format, not of the person. */
const KEPT = new Set(
  `ACTION BEGIN CALSCALE CLASS COMPLETED CREATED DTEND DTSTAMP DTSTART DUE DURATION END EXDATE FREEBUSY
   KIND LAST-MODIFIED METHOD PERCENT-COMPLETE PRIORITY RDATE RECURRENCE-ID REPEAT REV RRULE SEQUENCE STATUS TRANSP TRIGGER
   TZID TZNAME TZOFFSETFROM TZOFFSETTO VERSION X-ABSHOWAS X-APPLE-CALENDAR-COLOR X-LIC-LOCATION
   X-MICROSOFT-CDO-BUSYSTATUS`.split(/\s+/),
);
const IDENTITIES = new Set(['UID', 'RELATED-TO', 'MEMBER', 'X-ADDRESSBOOKSERVER-MEMBER']);
const KEPT_PARAMETERS = new Set(
  `CHARSET CUTYPE ENCODING FBTYPE FMTTYPE LANGUAGE PARTSTAT PREF RANGE RELATED RELTYPE ROLE RSVP TYPE TZID VALUE`.split(
    ' ',
  ),
);

/** The lines come unfolded. */
export function maskObject(text: string, uids: Pseudonyms): string {
  const lines = text.replace(/\r?\n[ \t]/g, '').split(/\r?\n/);
  return lines.map((line) => maskLine(line, uids)).join('\n');
}

function maskLine(line: string, uids: Pseudonyms): string {
  const [head = '', name = '', parameters = ''] = /^([^:;]*)((?:;(?:"[^"]*"|[^":])*)?):/.exec(line) ?? [];
  if (head === '') return maskText(line);
  const value = line.slice(head.length);
  const bare = (name.split('.').at(-1) ?? '').toUpperCase();
  return `${name}${maskParameters(parameters)}:${maskValue(bare, value, uids)}`;
}

function maskParameters(parameters: string): string {
  return parameters.replace(
    /;([^=;]+)(?:=((?:"[^"]*"|[^";])*))?/g,
    (whole: string, name: string, value: string | undefined) =>
      value === undefined || KEPT_PARAMETERS.has(name.toUpperCase()) ? whole : `;${name}=${maskText(value)}`,
  );
}

function maskValue(name: string, value: string, uids: Pseudonyms): string {
  if (KEPT.has(name)) return value;
  if (IDENTITIES.has(name)) return uids.of(value.replace(/^urn:uuid:/i, ''));
  // What is embedded is only long; a little of it does.
  if (/^(?:data:|[A-Za-z0-9+/=]{200,}$)/.test(value)) return 'AAAA';
  const [scheme = ''] = /^(?:mailto:|https?:\/\/|tel:|urn:uuid:)/i.exec(value) ?? [];
  return scheme + maskText(value.slice(scheme.length));
}
