import type { Kind } from '../../store/types.ts';
import { hrefs, type Xml, xml } from '../markup.ts';
import { qname } from '../names.ts';
import { type Exchange, type PropertyRow, property } from '../protocol.ts';
import type { Granted } from '../resource.ts';

/** CalendarServer's properties of principals that Apple's clients and DAVx5 read. */
export const principalProperties: readonly PropertyRow[] = [
  property(
    qname('CS', 'email-address-set'),
    ['principal'],
    (r) => r.user.addresses.map((address) => xml`<CS:email-address>${address}</CS:email-address>`),
    { searchable: 'E-mail address' },
  ),
  // Nobody acts for somebody else here yet (caldav-proxy §5): empty groups, so that clients stop asking.
  property(qname('CS', 'calendar-proxy-read-for'), ['principal'], () => []),
  property(qname('CS', 'calendar-proxy-write-for'), ['principal'], () => []),
];

/** Where the calendars or address books of the current user are; other users' homes are nobody else's business. */
export function homeSet(resource: Granted, kind: Kind, x: Exchange): readonly Xml[] | undefined {
  if (resource.type === 'principal' && resource.user.id !== x.user.id) return undefined;
  return hrefs([x.href({ type: 'home', kind, user: x.user.name })]);
}
