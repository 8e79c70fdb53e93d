import { refuse } from '../dav/errors.ts';
import { hrefs, xml } from '../dav/markup.ts';
import { qname } from '../dav/names.ts';
import { homeSet } from '../dav/properties/principal.ts';
import { storedProperty } from '../dav/properties/stored.ts';
import { type Exchange, type PropertyRow, property } from '../dav/protocol.ts';
import { collectionTypes } from '../dav/resource.ts';
import { childrenOf, type Element } from '../dav/xml.ts';
import { LIMITS } from '../model/calendar-limits.ts';
import { SCALES } from '../model/calendar-scale.ts';
import { formatUtc } from '../model/date-value.ts';
import { COLLATIONS } from '../model/text-match.ts';
import type { PropertyName, User } from '../store/types.ts';
import { calendarData, supportedCalendarData } from './calendar-data.ts';
import type { Evaluator } from './evaluation/evaluator.ts';
import type { OccurrenceIndex } from './occurrences/occurrence-index.ts';
import { preconditions } from './preconditions.ts';
import { timezoneProperties } from './timezone.ts';

const C = (local: string): PropertyName => qname('C', local);

/** RFC 4791 §5.2: of calendars */
const ofCalendars: readonly PropertyRow[] = [
  storedProperty(C('calendar-description'), ['calendar']),
  ...timezoneProperties,
  property(
    C('supported-calendar-component-set'),
    ['calendar'],
    (r) => r.collection.components.map((name) => xml`<C:comp name="${name}"/>`),
    { set: (value, at) => ({ components: componentSet(value, at) }) },
  ),
  property(C('supported-calendar-data'), ['calendar'], () => supportedCalendarData),
  property(C('max-resource-size'), ['calendar'], (_, x) => x.limits.objectBytes.calendar),
  property(C('min-date-time'), ['calendar'], () => formatUtc(LIMITS.minDateTime)),
  property(C('max-date-time'), ['calendar'], () => formatUtc(LIMITS.maxDateTime)),
  property(C('max-instances'), ['calendar'], () => LIMITS.maxInstances),
  property(C('max-attendees-per-instance'), ['calendar'], () => LIMITS.maxAttendeesPerInstance),
  property(C('supported-collation-set'), ['home', 'calendar', 'calendar-object'], (r) =>
    r.type === 'home' && r.home.kind !== 'calendar'
      ? undefined
      : COLLATIONS.map((name) => xml`<C:supported-collation>${name}</C:supported-collation>`),
  ),
  // RFC 7529 §10.1
  property(C('supported-rscale-set'), ['home', 'calendar'], (r) =>
    r.type === 'home' && r.home.kind !== 'calendar'
      ? undefined
      : SCALES.map((name) => xml`<C:supported-rscale>${name}</C:supported-rscale>`),
  ),
  // RFC 6638 §9.1; clients ask for it without any scheduling, and opaque is what they assume.
  storedProperty(C('schedule-calendar-transp'), ['calendar'], { otherwise: () => xml`<C:opaque/>` }),
  storedProperty(qname('IC', 'calendar-color'), ['calendar'], { otherwise: (r) => colorOf(r.collection.id) }),
];

/** RFC 4791 §6.2, RFC 6638 §2.4: of principals; Apple's and Mozilla's clients ask any first URL. */
const ofPrincipals: readonly PropertyRow[] = [
  property(C('calendar-home-set'), collectionTypes, (r, x) => homeSet(r, 'calendar', x), {
    searchable: 'Calendar home',
  }),
  property(C('calendar-user-address-set'), ['principal'], (r, x) => hrefs(userAddresses(r.user, x)), {
    searchable: 'Calendar user address',
  }),
  property(C('calendar-user-type'), ['principal'], () => 'INDIVIDUAL'),
];

export const properties = (index: OccurrenceIndex, evaluator: Evaluator): readonly PropertyRow[] => [
  ...ofCalendars,
  ...ofPrincipals,
  calendarData(index, evaluator),
];

/** A user without an e-mail address still gets a `mailto:`, since Apple's clients refuse to work without one. */
function userAddresses(user: User, x: Exchange): readonly string[] {
  const addresses =
    user.addresses.length > 0
      ? user.addresses
      : [user.name.includes('@') ? user.name : `${user.name}@localhost`];
  return [...addresses.map((address) => `mailto:${address}`), x.href({ type: 'principal', user: user.name })];
}

/** RFC 4791 §5.2.3: given when the calendar is made; unknown names (kdav sends VCALENDAR) are passed over. */
function componentSet(value: Element | null, at: 'creation' | 'patch'): readonly string[] {
  if (!value || at === 'patch')
    throw refuse(403, 'the component set of a calendar can only be given when it is made');
  const names = childrenOf(value, C('comp')).map((comp) => (comp.attributes['name'] ?? '').toUpperCase());
  const known = names.filter((name) => componentNames.includes(name));
  if (names.length > 0 && known.length === 0) {
    throw refuse(
      preconditions.supportedCalendarComponent,
      `none of ${names.join(', ')} can be stored in a calendar`,
    );
  }
  return known.length > 0 ? known : componentNames;
}

export const componentNames: readonly string[] = [
  'VEVENT',
  'VTODO',
  'VJOURNAL',
  'VFREEBUSY',
  'VAVAILABILITY',
];

const palette = [
  '#1B7FCCFF',
  '#2E9E5BFF',
  '#D9822BFF',
  '#B4437AFF',
  '#6C5FC7FF',
  '#3A9CA6FF',
  '#C0504DFF',
  '#7A8F2AFF',
];

/** Clients give a calendar without a colour a random one, each its own: this one is the same everywhere. */
function colorOf(id: string): string {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) >>> 0;
  return palette[sum % palette.length] as string;
}
