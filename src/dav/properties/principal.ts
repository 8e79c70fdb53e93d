import { xml } from '../markup.ts';
import { qname } from '../names.ts';
import { type PropertyRow, property } from '../protocol.ts';

/** CalendarServer's properties of principals that Apple's clients and DAVx5 read. */
export const principalProperties: readonly PropertyRow[] = [
  property(qname('CS', 'email-address-set'), ['principal'], (r) =>
    r.user.addresses.map((address) => xml`<CS:email-address>${address}</CS:email-address>`),
  ),
  // Nobody acts for somebody else here yet (caldav-proxy §5): empty groups, so that clients stop asking.
  property(qname('CS', 'calendar-proxy-read-for'), ['principal'], () => []),
  property(qname('CS', 'calendar-proxy-write-for'), ['principal'], () => []),
];
