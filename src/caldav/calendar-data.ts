import { qname } from '../dav/names.ts';
import { type PropertyRow, property } from '../dav/protocol.ts';

/** RFC 4791 §9.6: the object as text inside a property. */
export const calendarData: PropertyRow = property(
  qname('C', 'calendar-data'),
  ['calendar-object'],
  async (object, x) => {
    const bytes = object.bytes ?? (await x.access.content(object))?.bytes;
    return bytes && Buffer.from(bytes).toString();
  },
  { data: true },
);
