import { qname } from '../dav/names.ts';
import type { WholeCollection } from '../dav/protocol.ts';
import { storedText } from '../dav/xml.ts';
import { colorName } from '../model/color-names.ts';
import { escapeText } from '../model/text-value.ts';
import { type CalendarProperty, wholeCalendar } from '../model/whole-calendar.ts';
import type { Collection, PropertyName } from '../store/types.ts';

/** A calendar as one file, for programs that subscribe to it or import it. */
export const exportCalendar: WholeCollection = {
  contentType: 'text/calendar; charset=utf-8',
  write: (collection, objects) => wholeCalendar(propertiesOf(collection), objects),
};

/** RFC 7986 §5, and the names that programs knew before it. */
function propertiesOf(collection: Collection): readonly CalendarProperty[] {
  const text = (name: PropertyName) => storedText(collection.properties[name])?.trim() || undefined;
  const displayName = escapeText(text(qname('D', 'displayname')) ?? collection.name);
  const description = text(qname('C', 'calendar-description'));
  const color = text(qname('IC', 'calendar-color'));
  const zone = text(qname('C', 'calendar-timezone-id'));
  const made = [
    ['PRODID', '-//davd//davd//EN'],
    ['NAME', displayName],
    ['X-WR-CALNAME', displayName],
    ['DESCRIPTION', description && escapeText(description)],
    ['X-WR-CALDESC', description && escapeText(description)],
    ['COLOR', color && colorName(color)],
    ['X-APPLE-CALENDAR-COLOR', color?.startsWith('#') ? color : undefined],
    ['X-WR-TIMEZONE', zone],
  ] as const;
  return made.flatMap(([name, value]) => (value ? [{ name, value }] : []));
}
