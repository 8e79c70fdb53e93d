import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CompFilter, calendarMatcher, type TimeRange } from '../../src/model/calendar-filter.ts';
import { calendarFacts } from '../../src/model/facts.ts';
import { UTC } from '../../src/model/zone.ts';
import { calendarOf, componentOf, utc } from './ics.ts';

/** `a..b` in hours of 1 May 2024, either side open if left out. */
function rangeOf(text: string): TimeRange {
  const [start = '', end = ''] = text.split('..');
  const at = (hour: string, open: number): number =>
    hour === '' ? open : utc('20240501') + Number(hour) * 3_600_000;
  return { start: at(start, -Infinity), end: at(end, Infinity) };
}

function filterOf(name: string, range: TimeRange, inner?: string): CompFilter {
  const nothing = { isNotDefined: false, props: [] };
  const innermost = { name: inner ?? name, ...nothing, timeRange: range, comps: [] };
  const comp = inner === undefined ? innermost : { name, ...nothing, comps: [innermost] };
  return { name: 'VCALENDAR', ...nothing, comps: [comp] };
}

type Row = [what: string, lines: string[], hits: string, misses: string];

const at = (hour: string): string => `20240501T${hour}0000Z`;

/** RFC 4791 §9.9, table by table. Ranges are in hours, separated by blanks. */
const tables: Record<string, Row[]> = {
  VEVENT: [
    [
      'DTEND',
      [`DTSTART:${at('10')}`, `DTEND:${at('12')}`],
      '9..11 11..13 10..12 10.5..11 9..13 ..11 11.. ..',
      '8..10 12..13 ..10 12..',
    ],
    [
      'DURATION',
      [`DTSTART:${at('10')}`, 'DURATION:PT2H'],
      '9..11 11..13 10..12 10.5..11 9..13 ..11 11..',
      '8..10 12..13 ..10 12..',
    ],
    [
      'a DURATION of nothing',
      [`DTSTART:${at('10')}`, 'DURATION:PT0S'],
      '9..11 10..11 10..',
      '8..10 11..12 ..10 11..',
    ],
    ['a time alone', [`DTSTART:${at('10')}`], '9..11 10..11 ..11 10..', '8..10 10.5..12 ..10'],
    ['a date alone', ['DTSTART;VALUE=DATE:20240501'], '9..11 0..1 23..30 ..1 23..', '-5..0 24..25 ..0 24..'],
    [
      'a date with DTEND',
      ['DTSTART;VALUE=DATE:20240501', 'DTEND;VALUE=DATE:20240503'],
      '9..11 47..49 0..1',
      '48..49',
    ],
    ['no DTSTART', [], '', '9..11 ..'],
  ],
  VTODO: [
    [
      'DTSTART and DURATION',
      [`DTSTART:${at('10')}`, 'DURATION:PT2H'],
      '9..11 11..13 12..13 10..12 11..11.5',
      '8..10 12.5..13',
    ],
    [
      'DTSTART and DUE',
      [`DTSTART:${at('10')}`, `DUE:${at('12')}`],
      '9..11 11..13 10..12 11..11.5',
      '8..10 12..13',
    ],
    [
      'DTSTART and DUE at once',
      [`DTSTART:${at('10')}`, `DUE:${at('10')}`],
      '9..11 10..11 9..10',
      '8..9 11..12',
    ],
    ['DTSTART', [`DTSTART:${at('10')}`], '9..11 10..11', '8..10 11..12'],
    ['DUE', [`DUE:${at('10')}`], '9..11 9..10 ..10', '10..11 8..9 10..'],
    [
      'COMPLETED and CREATED',
      [`COMPLETED:${at('12')}`, `CREATED:${at('10')}`],
      '10..11 9..10 12..13 11..11.5',
      '8..9 13..14',
    ],
    ['COMPLETED', [`COMPLETED:${at('10')}`], '9..11 9..10 10..11', '8..9 11..12'],
    ['CREATED', [`CREATED:${at('10')}`], '9..11 100..101 10..', '8..10 8..9'],
    ['nothing', [], '8..9 ..9 9.. ..', ''],
    [
      'DTSTART and DUE, weekly',
      [`DTSTART:${at('10')}`, `DUE:${at('12')}`, 'RRULE:FREQ=DAILY'],
      '33..35 35..37',
      '36..37 32..34',
    ],
    ['DUE, daily', [`DUE:${at('10')}`, 'RRULE:FREQ=DAILY'], '33..34 33..35', '34..35'],
  ],
  VJOURNAL: [
    ['a time', [`DTSTART:${at('10')}`], '9..11 10..11', '8..10 11..12'],
    ['a date', ['DTSTART;VALUE=DATE:20240501'], '9..11 0..1 23..25', '24..25'],
    ['no DTSTART', [], '', '9..11 ..'],
  ],
  VFREEBUSY: [
    [
      'DTSTART and DTEND',
      [`DTSTART:${at('10')}`, `DTEND:${at('12')}`],
      '9..11 12..13 10..12',
      '8..10 13..14',
    ],
    [
      'periods',
      [`FREEBUSY:${at('10')}/PT1H,${at('14')}/${at('15')}`],
      '9..11 14.5..20',
      '8..10 11..14 15..16',
    ],
    ['nothing', [], '', '9..11 ..'],
  ],
  VAVAILABILITY: [
    ['DTSTART and DTEND', [`DTSTART:${at('10')}`, `DTEND:${at('12')}`], '9..11 11..13', '8..10 12..13'],
    ['DTSTART and DURATION', [`DTSTART:${at('10')}`, 'DURATION:PT2H'], '9..11 11..13', '8..10 12..13'],
    ['DTSTART', [`DTSTART:${at('10')}`], '9..11 100..', '8..10'],
    ['nothing', [], '9..11 ..', ''],
  ],
  'X-OTHER': [['a time', [`DTSTART:${at('10')}`], '', '9..11 ..']],
};

for (const [name, rows] of Object.entries(tables)) {
  describe(`time-range of ${name} (RFC 4791 §9.9)`, () => {
    for (const [what, lines, hits, misses] of rows) {
      const bytes = calendarOf(...componentOf(name, ...lines));
      const facts = calendarFacts(bytes);
      for (const [ranges, expected] of [
        [hits, true],
        [misses, false],
      ] as const) {
        for (const text of ranges.split(' ').filter((one) => one !== '')) {
          test(`${what} ${expected ? 'overlaps' : 'does not overlap'} ${text}`, () => {
            const range = rangeOf(text);
            assert.equal(calendarMatcher(filterOf(name, range), UTC)(bytes), expected);
            // What the facts rule out is never asked.
            if (expected) assert.ok(facts.start < range.end && facts.end >= range.start);
          });
        }
      }
    }
  });
}

describe('time-range of VALARM (RFC 4791 §9.9)', () => {
  const alarm = (...lines: string[]): string[] => ['BEGIN:VALARM', 'ACTION:AUDIO', ...lines, 'END:VALARM'];
  const event = [`DTSTART:${at('10')}`, `DTEND:${at('12')}`];
  const rows: [what: string, component: string, lines: string[], hits: string, misses: string][] = [
    ['before the start', 'VEVENT', [...event, ...alarm('TRIGGER:-PT1H')], '9..9.5 8..10', '8..9 9.5..12'],
    [
      'after the start',
      'VEVENT',
      [...event, ...alarm('TRIGGER;RELATED=START:PT30M')],
      '10..11',
      '9..10.5 11..12',
    ],
    [
      'before the end',
      'VEVENT',
      [...event, ...alarm('TRIGGER;RELATED=END:-PT30M')],
      '11.5..12',
      '10..11.5 12..13',
    ],
    ['at a time', 'VEVENT', [...event, ...alarm(`TRIGGER;VALUE=DATE-TIME:${at('03')}`)], '3..4', '4..24'],
    [
      'repeated',
      'VEVENT',
      [...event, ...alarm('TRIGGER:-PT1H', 'REPEAT:3', 'DURATION:PT2H')],
      '9..10 11..12 13..14 15..16',
      '10..11 12..13 17..18',
    ],
    [
      'a fortnight before',
      'VEVENT',
      [...event, ...alarm('TRIGGER:-P14D')],
      '-326..-325',
      '-327..-326 -325..-324',
    ],
    [
      'of one of many occurrences',
      'VEVENT',
      [...event, 'RRULE:FREQ=DAILY', ...alarm('TRIGGER:-PT1H')],
      '33..34 57..58',
      '34..56',
    ],
    [
      'before a task is due',
      'VTODO',
      [`DUE:${at('10')}`, ...alarm('TRIGGER;RELATED=END:-PT1H')],
      '9..10',
      '10..11',
    ],
    ['without trigger', 'VEVENT', [...event, ...alarm()], '', '..'],
    ['of an event without time', 'VEVENT', alarm('TRIGGER:-PT1H'), '', '..'],
  ];
  for (const [what, name, lines, hits, misses] of rows) {
    const bytes = calendarOf(...componentOf(name, ...lines));
    for (const [ranges, expected] of [
      [hits, true],
      [misses, false],
    ] as const) {
      for (const text of ranges.split(' ').filter((one) => one !== '')) {
        test(`${what}: ${expected ? 'goes off' : 'does not go off'} in ${text}`, () => {
          const range = rangeOf(text);
          assert.equal(calendarMatcher(filterOf(name, range, 'VALARM'), UTC)(bytes), expected);
        });
      }
    }
  }

  test('of a series belongs to the component that describes the occurrence', () => {
    const bytes = calendarOf(
      ...componentOf('VEVENT', ...event, 'RRULE:FREQ=DAILY;COUNT=3', ...alarm('TRIGGER:-PT1H')),
      ...componentOf('VEVENT', `RECURRENCE-ID:20240502T100000Z`, 'DTSTART:20240502T200000Z'),
    );
    const goesOff = (text: string): boolean =>
      calendarMatcher(filterOf('VEVENT', rangeOf(text), 'VALARM'), UTC)(bytes);
    assert.deepEqual([goesOff('8..10'), goesOff('24..48'), goesOff('56..58')], [true, false, true]);
  });
});
