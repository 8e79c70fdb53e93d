import type { Precondition } from '../dav/errors.ts';
import { qname } from '../dav/names.ts';

/** RFC 4791 §5.3.1.1, §5.3.2.1, §7.8–7.10; RFC 7529; RFC 7809 */
export const preconditions = {
  supportedCalendarData: row('supported-calendar-data', 403, '§5.3.2.1'),
  validCalendarData: row('valid-calendar-data', 403, '§5.3.2.1'),
  validCalendarObjectResource: row('valid-calendar-object-resource', 403, '§5.3.2.1'),
  supportedCalendarComponent: row('supported-calendar-component', 403, '§5.3.2.1'),
  noUidConflict: row('no-uid-conflict', 409, '§5.3.2.1'),
  maxResourceSize: row('max-resource-size', 403, '§5.3.2.1'),
  calendarCollectionLocationOk: row('calendar-collection-location-ok', 403, '§5.3.1.1'),
  minDateTime: row('min-date-time', 403, '§5.3.2.1'),
  maxDateTime: row('max-date-time', 403, '§7.8'),
  maxInstances: row('max-instances', 403, '§5.3.2.1'),
  maxAttendeesPerInstance: row('max-attendees-per-instance', 403, '§5.3.2.1'),
  validFilter: row('valid-filter', 403, '§7.8'),
  supportedFilter: row('supported-filter', 403, '§7.8'),
  supportedCollation: row('supported-collation', 403, '§7.5.1'),
  supportedRscale: { name: qname('C', 'supported-rscale'), status: 403, section: 'RFC 7529 §10' },
  validTimezone: { name: qname('C', 'valid-timezone'), status: 403, section: 'RFC 7809 §3.1.5' },
} as const;

function row(local: string, status: number, section: string): Precondition {
  return { name: qname('C', local), status, section: `RFC 4791 ${section}` };
}
