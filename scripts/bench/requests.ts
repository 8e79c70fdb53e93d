/** The requests of the benchmark, as phones and desktops send them. */

import { message } from './connection.ts';
import type { Range } from './data/events.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Paths of one server's home and of the collections that are measured. */
export interface Places {
  readonly calendarHome: string;
  readonly calendar: string;
  readonly addressBook: string;
}

const NAMESPACES =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav" xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"';
const PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Makes the requests of one login. */
export class Requests {
  readonly #headers: { readonly authorization: string; readonly host: string };

  constructor({ user, password }: Login, host = '127.0.0.1') {
    this.#headers = {
      host,
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    };
  }

  get(path: string): Buffer {
    return message('GET', path, this.#headers);
  }

  delete(path: string): Buffer {
    return message('DELETE', path, this.#headers);
  }

  put(path: string, text: string, condition: Record<string, string> = {}): Buffer {
    const type = path.endsWith('.vcf') ? 'text/vcard' : 'text/calendar';
    const headers = { ...this.#headers, 'content-type': `${type}; charset=utf-8`, ...condition };
    return message('PUT', path, headers, text);
  }

  makeCalendar(path: string): Buffer {
    return message('MKCALENDAR', path, this.#headers);
  }

  /** RFC 5689 */
  makeAddressBook(path: string): Buffer {
    const type = '<D:resourcetype><D:collection/><CR:addressbook/></D:resourcetype>';
    return this.#xml('MKCOL', path, '0', `D:mkcol`, `<D:set><D:prop>${type}</D:prop></D:set>`);
  }

  propfind(path: string, depth: '0' | '1', properties: string): Buffer {
    return this.#xml('PROPFIND', path, depth, 'D:propfind', `<D:prop>${properties}</D:prop>`);
  }

  /** What a calendar program asks every few minutes, for one calendar. */
  poll(calendar: string): Buffer {
    return this.propfind(calendar, '0', '<CS:getctag/><D:sync-token/>');
  }

  /** The same for all calendars at once (iOS, macOS). */
  pollHome(home: string): Buffer {
    return this.propfind(
      home,
      '1',
      '<D:resourcetype/><D:displayname/><CS:getctag/><D:sync-token/><D:current-user-privilege-set/><C:supported-calendar-component-set/><A:calendar-color/><A:calendar-order/>',
    );
  }

  syncCollection(path: string, token: string): Buffer {
    const content = `<D:sync-token>${token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>`;
    return this.#xml('REPORT', path, '1', 'D:sync-collection', content);
  }

  multiget(calendar: string, names: readonly string[]): Buffer {
    const hrefs = names.map((name) => `<D:href>${calendar}${name}</D:href>`).join('');
    const content = `<D:prop><D:getetag/><C:calendar-data/></D:prop>${hrefs}`;
    return this.#xml('REPORT', calendar, '1', 'C:calendar-multiget', content);
  }

  calendarQuery(calendar: string, range: Range, expand = false): Buffer {
    const times = `start="${stamp(range.start)}" end="${stamp(range.end)}"`;
    const data = expand
      ? `<C:calendar-data><C:expand ${times}/></C:calendar-data>`
      : '<D:getetag/><C:calendar-data/>';
    const filter = `<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range ${times}/></C:comp-filter></C:comp-filter>`;
    const content = `<D:prop>${data}</D:prop><C:filter>${filter}</C:filter>`;
    return this.#xml('REPORT', calendar, '1', 'C:calendar-query', content);
  }

  freeBusy(calendar: string, range: Range): Buffer {
    const content = `<C:time-range start="${stamp(range.start)}" end="${stamp(range.end)}"/>`;
    return this.#xml('REPORT', calendar, '1', 'C:free-busy-query', content);
  }

  /** Cards that have a text somewhere in one of the properties. */
  contains(book: string, properties: readonly string[], text: string): Buffer {
    const filters = properties.map(
      (name) =>
        `<CR:prop-filter name="${name}"><CR:text-match collation="i;unicode-casemap" match-type="contains">${text}</CR:text-match></CR:prop-filter>`,
    );
    const content = `<D:prop><D:getetag/><CR:address-data/></D:prop><CR:filter test="anyof">${filters.join('')}</CR:filter>`;
    return this.#xml('REPORT', book, '1', 'CR:addressbook-query', content);
  }

  #xml(method: string, path: string, depth: '0' | '1', root: string, content: string): Buffer {
    const headers = { ...this.#headers, depth, 'content-type': 'application/xml; charset=utf-8' };
    return message(method, path, headers, `${PROLOG}<${root} ${NAMESPACES}>${content}</${root}>`);
  }
}

/** A UTC time of iCalendar. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
}
