import { qname } from '../../dav/names.ts';
import { report } from '../../dav/protocol.ts';
import { multiget } from '../../dav/reports/multiget.ts';

/** RFC 4791 §7.9 */
export const calendarMultiget = report(
  qname('C', 'calendar-multiget'),
  ['home', 'calendar', 'calendar-object'],
  multiget,
);
