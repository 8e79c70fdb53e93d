import type { Precondition } from '../dav/errors.ts';
import { qname } from '../dav/names.ts';

/** RFC 4791 §5.3.1.1, §5.3.2.1, §7.8–7.10 */
export const preconditions = {
  supportedCalendarData: row('supported-calendar-data', 403, '§5.3.2.1'),
  validCalendarData: row('valid-calendar-data', 403, '§5.3.2.1'),
  validCalendarObjectResource: row('valid-calendar-object-resource', 403, '§5.3.2.1'),
  supportedCalendarComponent: row('supported-calendar-component', 403, '§5.3.2.1'),
  noUidConflict: row('no-uid-conflict', 409, '§5.3.2.1'),
  maxResourceSize: row('max-resource-size', 403, '§5.3.2.1'),
  calendarCollectionLocationOk: row('calendar-collection-location-ok', 403, '§5.3.1.1'),
  validFilter: row('valid-filter', 403, '§7.8'),
  supportedFilter: row('supported-filter', 403, '§7.8'),
  supportedCollation: row('supported-collation', 403, '§7.5.1'),
} as const;

function row(local: string, status: number, section: string): Precondition {
  return { name: qname('C', local), status, section: `RFC 4791 ${section}` };
}
