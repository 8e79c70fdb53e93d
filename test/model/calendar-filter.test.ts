import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import {
  type CompFilter,
  calendarMatcher,
  type ParamFilter,
  type PropFilter,
  type TimeRange,
} from '../../src/model/calendar-filter.ts';
import { ianaZone } from '../../src/model/iana-zone.ts';
import type { TextMatch } from '../../src/model/text-match.ts';
import { TooMuch } from '../../src/model/work.ts';
import { UTC, type Zone } from '../../src/model/zone.ts';
import { calendarOf, componentOf, eventOf, utc } from './ics.ts';
import { appendixB } from './rfc4791.ts';

const range = (start: string, end: string): TimeRange => ({
  start: start === '' ? -Infinity : utc(start),
  end: end === '' ? Infinity : utc(end),
});
const comp = (name: string, more: Partial<CompFilter> = {}): CompFilter => ({
  name,
  isNotDefined: false,
  props: [],
  comps: [],
  ...more,
});
const prop = (name: string, more: Partial<PropFilter> = {}): PropFilter => ({
  name,
  isNotDefined: false,
  params: [],
  ...more,
});
const param = (name: string, more: Partial<ParamFilter> = {}): ParamFilter => ({
  name,
  isNotDefined: false,
  ...more,
});
const text = (asked: string, more: Partial<TextMatch> = {}): TextMatch => ({
  text: asked,
  collation: 'i;ascii-casemap',
  type: 'contains',
  negate: false,
  ...more,
});
const inside = (...comps: CompFilter[]): CompFilter => comp('VCALENDAR', { comps });
const NOT_THERE = { isNotDefined: true };

function matches(filter: CompFilter, bytes: Uint8Array, floating: Zone = UTC): boolean {
  return calendarMatcher(filter, floating)(bytes);
}

describe('calendarMatcher: the examples of RFC 4791 §7.8 over Appendix B', () => {
  const examples: [section: string, filter: CompFilter, expected: number[]][] = [
    [
      '7.8.1 events by time range',
      inside(comp('VEVENT', { timeRange: range('20060104T000000Z', '20060105T000000Z') })),
      [2, 3],
    ],
    [
      '7.8.4 free-busy by time range',
      inside(comp('VFREEBUSY', { timeRange: range('20060102T000000Z', '20060103T000000Z') })),
      [8],
    ],
    [
      '7.8.5 tasks by alarm time range',
      inside(
        comp('VTODO', {
          comps: [comp('VALARM', { timeRange: range('20060106T100000Z', '20060107T100000Z') })],
        }),
      ),
      [5],
    ],
    [
      '7.8.6 an event by its UID',
      inside(
        comp('VEVENT', {
          props: [
            prop('UID', {
              textMatch: text('DC6C50A017428C5216A2F1CD@example.com', { collation: 'i;octet' }),
            }),
          ],
        }),
      ),
      [3],
    ],
    [
      '7.8.7 events by PARTSTAT',
      inside(
        comp('VEVENT', {
          props: [
            prop('ATTENDEE', {
              textMatch: text('mailto:lisa@example.com'),
              params: [param('PARTSTAT', { textMatch: text('NEEDS-ACTION') })],
            }),
          ],
        }),
      ),
      [3],
    ],
    ['7.8.8 events only', inside(comp('VEVENT')), [1, 2, 3]],
    [
      '7.8.9 all pending tasks',
      inside(
        comp('VTODO', {
          props: [
            prop('COMPLETED', NOT_THERE),
            prop('STATUS', { textMatch: text('CANCELLED', { negate: true }) }),
          ],
        }),
      ),
      [4, 5],
    ],
  ];
  for (const [section, filter, expected] of examples) {
    test(section, () => {
      const found = [...appendixB].filter(([, bytes]) => matches(filter, bytes)).map(([number]) => number);
      assert.deepEqual(found, expected);
    });
  }
});

describe('calendarMatcher: components', () => {
  const event = eventOf('DTSTART:20240501T100000Z', 'SUMMARY:Lunch');
  const alarmed = eventOf('DTSTART:20240501T100000Z', 'BEGIN:VALARM', 'TRIGGER:-PT5M', 'END:VALARM');
  const cases: [what: string, filter: CompFilter, bytes: Uint8Array, expected: boolean][] = [
    ['VCALENDAR alone is in everything', comp('VCALENDAR'), event, true],
    ['another name is not', comp('VCARD'), event, false],
    ['an event is no task', inside(comp('VTODO')), event, false],
    ['a task is not defined', inside(comp('VTODO', NOT_THERE)), event, true],
    ['an event is not not defined', inside(comp('VEVENT', NOT_THERE)), event, false],
    ['all filters must match', inside(comp('VEVENT'), comp('VTODO')), event, false],
    ['an alarm is there', inside(comp('VEVENT', { comps: [comp('VALARM')] })), alarmed, true],
    ['an alarm is not there', inside(comp('VEVENT', { comps: [comp('VALARM')] })), event, false],
    ['events without alarm', inside(comp('VEVENT', { comps: [comp('VALARM', NOT_THERE)] })), event, true],
    [
      'events without alarm, but it has one',
      inside(comp('VEVENT', { comps: [comp('VALARM', NOT_THERE)] })),
      alarmed,
      false,
    ],
    ['an alarm is nowhere else', inside(comp('VALARM')), alarmed, false],
    ['unreadable bytes match nothing', comp('VCALENDAR'), Buffer.from('x'), false],
    ['an open start', inside(comp('VEVENT', { timeRange: range('', '20240501T100000Z') })), event, false],
    ['an open end', inside(comp('VEVENT', { timeRange: range('20240501T100000Z', '') })), event, true],
  ];
  for (const [what, filter, bytes, expected] of cases) {
    test(what, () => assert.equal(matches(filter, bytes), expected));
  }

  test('time and properties must be those of one component', () => {
    const series = calendarOf(
      ...componentOf('VEVENT', 'DTSTART:20240501T100000Z', 'RRULE:FREQ=DAILY', 'SUMMARY:Stand-up'),
      ...componentOf('VEVENT', 'RECURRENCE-ID:20240502T100000Z', 'DTSTART:20240502T120000Z', 'SUMMARY:Lunch'),
    );
    const lunch = (day: string, next: string): CompFilter =>
      inside(
        comp('VEVENT', {
          timeRange: range(day, next),
          props: [prop('SUMMARY', { textMatch: text('lunch') })],
        }),
      );
    assert.equal(matches(lunch('20240502', '20240503'), series), true);
    assert.equal(matches(lunch('20240503', '20240504'), series), false);
  });

  test('floating times are in the zone that is given', () => {
    const floating = eventOf('DTSTART:20240501T080000');
    const filter = inside(comp('VEVENT', { timeRange: range('20240430', '20240501') }));
    assert.equal(matches(filter, floating), false);
    assert.equal(matches(filter, floating, ianaZone('Asia/Tokyo') ?? UTC), true);
  });
});

describe('calendarMatcher: properties and parameters', () => {
  const event = eventOf(
    'DTSTART;TZID=Europe/Paris:20240501T100000',
    'SUMMARY:Déjeuner\\, Grande Salle',
    'CATEGORIES:A,B',
    'CATEGORIES:C',
    'ATTENDEE;CN="Bob; B.";ROLE=CHAIR,X:mailto:bob@example.com',
    'ATTENDEE:mailto:eve@example.com',
    'CREATED:20240401T000000Z',
    'X-DAY;VALUE=DATE:20240401',
    'X-EMPTY:',
  );
  const cases: [what: string, filter: PropFilter, expected: boolean][] = [
    ['a property is there', prop('SUMMARY'), true],
    ['a property is not there', prop('LOCATION'), false],
    ['a property is not defined', prop('LOCATION', NOT_THERE), true],
    ['a property is not not defined', prop('SUMMARY', NOT_THERE), false],
    ['an empty property is there', prop('X-EMPTY'), true],
    ['text is unescaped', prop('SUMMARY', { textMatch: text('ner, gra') }), true],
    ['ASCII case is folded', prop('SUMMARY', { textMatch: text('GRANDE') }), true],
    ['ASCII case alone', prop('SUMMARY', { textMatch: text('DÉJ') }), false],
    [
      'case of all letters is folded',
      prop('SUMMARY', { textMatch: text('DÉJ', { collation: 'i;unicode-casemap' }) }),
      true,
    ],
    [
      'octets are not folded',
      prop('SUMMARY', { textMatch: text('grande', { collation: 'i;octet' }) }),
      false,
    ],
    ['negated', prop('SUMMARY', { textMatch: text('grande', { negate: true }) }), false],
    ['negated, of what is not there', prop('LOCATION', { textMatch: text('x', { negate: true }) }), false],
    ['empty text is in everything', prop('X-EMPTY', { textMatch: text('') }), true],
    ['one of several properties', prop('CATEGORIES', { textMatch: text('c') }), true],
    ['a parameter is there', prop('ATTENDEE', { params: [param('CN')] }), true],
    ['a parameter is not there', prop('CREATED', { params: [param('CN')] }), false],
    ['a parameter is not defined', prop('ATTENDEE', { params: [param('CN', NOT_THERE)] }), true],
    ['a parameter is not not defined', prop('DTSTART', { params: [param('TZID', NOT_THERE)] }), false],
    [
      'the text of a parameter',
      prop('ATTENDEE', { params: [param('CN', { textMatch: text('bob; b') })] }),
      true,
    ],
    [
      'one of several values of a parameter',
      prop('ATTENDEE', { params: [param('ROLE', { textMatch: text('x') })] }),
      true,
    ],
    [
      'text and parameter must be those of one property',
      prop('ATTENDEE', { textMatch: text('eve'), params: [param('ROLE')] }),
      false,
    ],
    ['the time of a property', prop('CREATED', { timeRange: range('20240401', '20240402') }), true],
    ['the time of a property outside', prop('CREATED', { timeRange: range('20240331', '20240401') }), false],
    [
      'the zoned time of a property',
      prop('DTSTART', { timeRange: range('20240501T080000Z', '20240501T080001Z') }),
      true,
    ],
    ['the date of a property', prop('X-DAY', { timeRange: range('20240401T230000Z', '20240402') }), true],
    ['the time of what has none', prop('SUMMARY', { timeRange: range('', '20240402') }), false],
  ];
  for (const [what, filter, expected] of cases) {
    test(what, () => assert.equal(matches(inside(comp('VEVENT', { props: [filter] })), event), expected));
  }
});

/** Whether it matches; undefined where telling takes too much. */
function foundIn(...asked: Parameters<typeof matches>): boolean | undefined {
  try {
    return matches(...asked);
  } catch (error) {
    if (error instanceof TooMuch) return undefined;
    throw error;
  }
}

describe('calendarMatcher: hostile objects', () => {
  const forEver = { timeRange: range('20300101', '') };
  const rules = [
    'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=SECONDLY;INTERVAL=86400;BYHOUR=3',
    'FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6',
    `FREQ=YEARLY;BYSETPOS=366;BYHOUR=${Array.from({ length: 24 }, (_, i) => i)};BYMONTH=2;BYMONTHDAY=30`,
    'FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2',
  ];
  for (const rule of rules) {
    test(`${rule} does not match, as far as one can tell, and ends`, () => {
      const bytes = eventOf('DTSTART:20240101T100000Z', `RRULE:${rule}`);
      assert.ok(!foundIn(inside(comp('VEVENT', forEver)), bytes));
    });
  }

  test('a series of which every occurrence is excluded ends', () => {
    const days = Array.from(
      { length: 31 },
      (_, index) => `EXDATE;VALUE=DATE:202401${String(index + 1).padStart(2, '0')}`,
    );
    const bytes = eventOf('DTSTART:20240101T000000Z', 'RRULE:FREQ=SECONDLY', ...days);
    assert.ok(!foundIn(inside(comp('VEVENT', { timeRange: range('20240101', '20240201') })), bytes));
  });

  test('thousands of overrides, each for all that follow, end', () => {
    const overrides = Array.from({ length: 3000 }, (_, index) => {
      const day = `20${String(10 + (index % 80))}01${String(1 + (index % 28)).padStart(2, '0')}`;
      return componentOf(
        'VEVENT',
        `RECURRENCE-ID;RANGE=THISANDFUTURE:${day}T100000Z`,
        `DTSTART:${day}T110000Z`,
      );
    });
    const master = componentOf('VEVENT', 'DTSTART:20240101T000000Z', 'RRULE:FREQ=SECONDLY');
    const filter = inside(comp('VEVENT', { timeRange: range('19000101', '19010101') }));
    assert.ok(!foundIn(filter, calendarOf(...master, ...overrides.flat())));
  });
});
