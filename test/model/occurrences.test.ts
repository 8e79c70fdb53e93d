import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { property, readCalendar } from '../../src/model/component.ts';
import { formatUtc } from '../../src/model/date-value.ts';
import { calendarFacts } from '../../src/model/facts.ts';
import { ianaZone } from '../../src/model/iana-zone.ts';
import { InvalidData } from '../../src/model/invalid.ts';
import { occurrencesOf } from '../../src/model/occurrences.ts';
import { seriesOf } from '../../src/model/series.ts';
import { Work } from '../../src/model/work.ts';
import { UTC, type Zone } from '../../src/model/zone.ts';
import { zonesOf } from '../../src/model/zones.ts';
import { corpusAbsent, corpusFiles } from './corpus.ts';
import { calendarOf, componentOf, eventOf, utc } from './ics.ts';

/** `start` or `start/end` of each occurrence in a window, with the SUMMARY where there is one; in order. */
function list(bytes: Uint8Array, from: string, to: string, floating: Zone = UTC): string[] {
  const calendar = readCalendar(bytes);
  const series = seriesOf(calendar, zonesOf(calendar, floating));
  const found = [
    ...occurrencesOf(series, { from: utc(from), to: utc(to) - 1 }, new Work({ steps: 100_000 })),
  ];
  return found
    .sort((a, b) => a.startsAt - b.startsAt)
    .map(({ component, startsAt, endsAt }) => {
      const end = endsAt > startsAt ? `/${formatUtc(endsAt)}` : '';
      const summary = property(component, 'SUMMARY')?.value;
      return `${formatUtc(startsAt)}${end}${summary === undefined ? '' : ` ${summary}`}`;
    });
}

describe('occurrencesOf: one component', () => {
  const cases: [what: string, lines: string[], window: [string, string], expected: string[]][] = [
    [
      'happens once',
      ['DTSTART:20240501T100000Z', 'DTEND:20240501T110000Z'],
      ['20240501', '20240502'],
      ['20240501T100000Z/20240501T110000Z'],
    ],
    ['does not happen outside of the window', ['DTSTART:20240501T100000Z'], ['20240502', '20240503'], []],
    [
      'is in its zone',
      ['DTSTART;TZID=Europe/Paris:20240501T100000', 'DURATION:PT1H'],
      ['20240501', '20240502'],
      ['20240501T080000Z/20240501T090000Z'],
    ],
    [
      'ends in another zone',
      ['DTSTART;TZID=Pacific/Auckland:20240501T100000', 'DTEND;TZID=America/Los_Angeles:20240501T050000'],
      ['20240430', '20240502'],
      ['20240430T220000Z/20240501T120000Z'],
    ],
    [
      'without an end is a point in time',
      ['DTSTART:20240501T100000Z'],
      ['20240501', '20240502'],
      ['20240501T100000Z'],
    ],
    [
      'that ends before it begins is a point in time',
      ['DTSTART:20240501T100000Z', 'DTEND:20240501T090000Z'],
      ['20240501', '20240502'],
      ['20240501T100000Z'],
    ],
    [
      'of a date lasts a day',
      ['DTSTART;VALUE=DATE:20240501'],
      ['20240501', '20240502'],
      ['20240501T000000Z/20240502T000000Z'],
    ],
    [
      'of a date that ends on it lasts a day',
      ['DTSTART;VALUE=DATE:20240501', 'DTEND;VALUE=DATE:20240501'],
      ['20240501', '20240502'],
      ['20240501T000000Z/20240502T000000Z'],
    ],
    [
      'lasts whole days',
      ['DTSTART;VALUE=DATE:20240501', 'DURATION:P3D'],
      ['20240503', '20240504'],
      ['20240501T000000Z/20240504T000000Z'],
    ],
    ['without DTSTART does not happen', ['SUMMARY:x'], ['19700101', '20700101'], []],
    [
      'recurs daily',
      ['DTSTART:20240501T100000Z', 'RRULE:FREQ=DAILY'],
      ['20340501', '20340503'],
      ['20340501T100000Z', '20340502T100000Z'],
    ],
    [
      'recurs at the same time by the clock',
      ['DTSTART;TZID=Europe/Paris:20240330T100000', 'RRULE:FREQ=DAILY;COUNT=3'],
      ['20240301', '20240501'],
      ['20240330T090000Z', '20240331T080000Z', '20240401T080000Z'],
    ],
    [
      'recurs at a skipped time with the offset from before',
      ['DTSTART;TZID=Europe/Paris:20240330T023000', 'RRULE:FREQ=DAILY;COUNT=3'],
      ['20240301', '20240501'],
      ['20240330T013000Z', '20240331T013000Z', '20240401T003000Z'],
    ],
    [
      'happens once where clocks skip from one of its times to another',
      ['DTSTART;TZID=Europe/Paris:20240331T013000', 'RRULE:FREQ=MINUTELY;INTERVAL=30;COUNT=6'],
      ['20240331', '20240401'],
      ['20240331T003000Z', '20240331T010000Z', '20240331T013000Z', '20240331T020000Z'],
    ],
    [
      'recurs at the first of two equal times',
      ['DTSTART;TZID=Europe/Paris:20241026T023000', 'RRULE:FREQ=DAILY;COUNT=3'],
      ['20241001', '20241101'],
      ['20241026T003000Z', '20241027T003000Z', '20241028T013000Z'],
    ],
    [
      'keeps its exact length of DTEND where clocks change',
      [
        'DTSTART;TZID=Europe/Paris:20240329T220000',
        'DTEND;TZID=Europe/Paris:20240330T040000',
        'RRULE:FREQ=DAILY;COUNT=2',
      ],
      ['20240301', '20240501'],
      ['20240329T210000Z/20240330T030000Z', '20240330T210000Z/20240331T030000Z'],
    ],
    [
      'keeps its days of DURATION where clocks change',
      ['DTSTART;TZID=Europe/Paris:20240329T120000', 'DURATION:P1D', 'RRULE:FREQ=DAILY;COUNT=2'],
      ['20240301', '20240501'],
      ['20240329T110000Z/20240330T110000Z', '20240330T110000Z/20240331T100000Z'],
    ],
    [
      'keeps its hours of DURATION where clocks change',
      ['DTSTART;TZID=Europe/Paris:20240329T120000', 'DURATION:PT24H', 'RRULE:FREQ=DAILY;COUNT=2'],
      ['20240301', '20240501'],
      ['20240329T110000Z/20240330T110000Z', '20240330T110000Z/20240331T110000Z'],
    ],
    [
      'ends with UNTIL in UTC',
      [
        'DTSTART;TZID=America/New_York:19970902T090000',
        'RRULE:FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z',
      ],
      ['19970901', '19970905'],
      ['19970902T130000Z', '19970902T160000Z'],
    ],
    [
      'ends with the day of an UNTIL that is a date',
      ['DTSTART;TZID=Europe/Paris:20240501T233000', 'RRULE:FREQ=DAILY;UNTIL=20240502'],
      ['20240501', '20240601'],
      ['20240501T213000Z', '20240502T213000Z'],
    ],
    [
      'of dates ends with the date of an UNTIL that is a time',
      ['DTSTART;VALUE=DATE:20240501', 'RRULE:FREQ=DAILY;UNTIL=20240502T220000Z'],
      ['20240501', '20240601'],
      ['20240501T000000Z/20240502T000000Z', '20240502T000000Z/20240503T000000Z'],
    ],
    [
      'leaves out EXDATE of any zone',
      [
        'DTSTART;TZID=Europe/Paris:20240501T100000',
        'RRULE:FREQ=DAILY;COUNT=5',
        'EXDATE;TZID=Europe/Paris:20240501T100000',
        'EXDATE:20240502T080000Z,20240503T080000Z',
        'EXDATE;TZID=America/New_York:20240504T040000',
      ],
      ['20240501', '20240601'],
      ['20240505T080000Z'],
    ],
    [
      'leaves out the day of an EXDATE that is a date',
      ['DTSTART;TZID=Asia/Tokyo:20240501T080000', 'RRULE:FREQ=DAILY;COUNT=3', 'EXDATE;VALUE=DATE:20240502'],
      ['20240401', '20240601'],
      ['20240430T230000Z', '20240502T230000Z'],
    ],
    [
      'of dates leaves out the day of an EXDATE that is a time',
      ['DTSTART;VALUE=DATE:20240501', 'RRULE:FREQ=DAILY;COUNT=3', 'EXDATE:20240502T000000Z'],
      ['20240401', '20240601'],
      ['20240501T000000Z/20240502T000000Z', '20240503T000000Z/20240504T000000Z'],
    ],
    [
      'reads a floating EXDATE in the zone of DTSTART',
      ['DTSTART;TZID=Asia/Tokyo:20240501T080000', 'RRULE:FREQ=DAILY;COUNT=2', 'EXDATE:20240502T080000'],
      ['20240401', '20240601'],
      ['20240430T230000Z'],
    ],
    [
      'may have no occurrence at all',
      ['DTSTART:20240501T100000Z', 'RRULE:FREQ=DAILY;COUNT=1', 'EXDATE:20240501T100000Z'],
      ['20240401', '20240601'],
      [],
    ],
    [
      'happens at RDATEs too, once each',
      [
        'DTSTART:20240501T100000Z',
        'RRULE:FREQ=DAILY;COUNT=2',
        'RDATE:20240502T100000Z,20240510T120000Z',
        'RDATE:20240510T120000Z',
      ],
      ['20240501', '20240601'],
      ['20240501T100000Z', '20240502T100000Z', '20240510T120000Z'],
    ],
    [
      'happens at RDATEs that are periods',
      [
        'DTSTART:20240501T100000Z',
        'DURATION:PT1H',
        'RDATE;VALUE=PERIOD:20240502T100000Z/20240502T130000Z,20240503T100000Z/PT30M',
      ],
      ['20240502', '20240601'],
      ['20240502T100000Z/20240502T130000Z', '20240503T100000Z/20240503T103000Z'],
    ],
    [
      'has an RDATE before its DTSTART',
      ['DTSTART:20240501T100000Z', 'RDATE:20240101T100000Z'],
      ['20240101', '20240102'],
      ['20240101T100000Z'],
    ],
    [
      'counts a DTSTART that its rule does not make',
      ['DTSTART:20240501T100000Z', 'RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3'],
      ['20240401', '20240601'],
      ['20240501T100000Z', '20240506T100000Z', '20240513T100000Z'],
    ],
    [
      'of dates ignores times in its rule',
      ['DTSTART;VALUE=DATE:20240501', 'RRULE:FREQ=DAILY;BYHOUR=9;BYMINUTE=1,2;COUNT=2'],
      ['20240401', '20240601'],
      ['20240501T000000Z/20240502T000000Z', '20240502T000000Z/20240503T000000Z'],
    ],
    [
      'of dates has no hours',
      ['DTSTART;VALUE=DATE:20240501', 'RRULE:FREQ=HOURLY'],
      ['20240401', '20240601'],
      ['20240501T000000Z/20240502T000000Z'],
    ],
    [
      'with a rule that is none happens once',
      ['DTSTART:20240501T100000Z', 'RRULE:FREQ=SOMETIMES'],
      ['20240401', '20240601'],
      ['20240501T100000Z'],
    ],
    [
      'joins several rules',
      ['DTSTART:20240501T100000Z', 'RRULE:FREQ=DAILY;COUNT=2', 'RRULE:FREQ=WEEKLY;COUNT=2'],
      ['20240401', '20240601'],
      ['20240501T100000Z', '20240502T100000Z', '20240508T100000Z'],
    ],
    [
      'reaches into the window with a long occurrence',
      ['DTSTART:20240501T100000Z', 'DURATION:P40D', 'RRULE:FREQ=YEARLY'],
      ['20300609', '20300610'],
      ['20300501T100000Z/20300610T100000Z'],
    ],
    [
      'is in an unknown zone, so in the floating one',
      ['DTSTART;TZID=Nowhere:20240501T100000'],
      ['20240501', '20240502'],
      ['20240501T100000Z'],
    ],
  ];
  for (const [what, lines, [from, to], expected] of cases) {
    test(what, () => assert.deepEqual(list(eventOf(...lines), from, to), expected));
  }

  test('dates and floating times are read in the floating zone', () => {
    const tokyo = ianaZone('Asia/Tokyo') ?? UTC;
    assert.deepEqual(list(eventOf('DTSTART;VALUE=DATE:20240501'), '20240430', '20240501', tokyo), [
      '20240430T150000Z/20240501T150000Z',
    ]);
    assert.deepEqual(list(eventOf('DTSTART:20240501T080000'), '20240430', '20240501', tokyo), [
      '20240430T230000Z',
    ]);
  });

  test('a task without DTSTART happens when it is due', () => {
    const task = calendarOf(
      ...componentOf('VTODO', 'DUE;TZID=Europe/Paris:20240501T100000', 'RRULE:FREQ=WEEKLY'),
    );
    assert.deepEqual(list(task, '20240508', '20240509'), ['20240508T080000Z']);
  });
});

describe('occurrencesOf: overrides', () => {
  const master = [
    'DTSTART;TZID=Europe/Paris:20240506T100000',
    'DTEND;TZID=Europe/Paris:20240506T110000',
    'RRULE:FREQ=DAILY;COUNT=5',
    'SUMMARY:a',
  ];
  const withOverrides = (...overrides: string[][]): Uint8Array =>
    calendarOf(
      ...componentOf('VEVENT', ...master),
      ...overrides.flatMap((lines) => componentOf('VEVENT', ...lines)),
    );
  const id = (day: string): string => `RECURRENCE-ID;TZID=Europe/Paris:${day}T100000`;

  test('an override takes the place of its occurrence', () => {
    const bytes = withOverrides([
      id('20240507'),
      'DTSTART;TZID=Europe/Paris:20240507T150000',
      'DURATION:PT2H',
      'SUMMARY:b',
    ]);
    assert.deepEqual(list(bytes, '20240507', '20240509'), [
      '20240507T130000Z/20240507T150000Z b',
      '20240508T080000Z/20240508T090000Z a',
    ]);
  });

  test('an override may be moved out of the window and into it', () => {
    const bytes = withOverrides([id('20240507'), 'DTSTART:20240601T100000Z', 'SUMMARY:b']);
    assert.deepEqual(list(bytes, '20240507', '20240508'), []);
    assert.deepEqual(list(bytes, '20240601', '20240602'), ['20240601T100000Z b']);
  });

  const ids = [
    'RECURRENCE-ID:20240507T080000Z',
    'RECURRENCE-ID;VALUE=DATE:20240507',
    'RECURRENCE-ID:20240507T100000',
  ];
  for (const line of ids) {
    test(`${line} names an occurrence`, () => {
      const bytes = withOverrides([line, 'DTSTART:20240507T200000Z', 'SUMMARY:b']);
      assert.deepEqual(list(bytes, '20240507', '20240508'), ['20240507T200000Z b']);
    });
  }

  test('THISANDFUTURE moves what follows, by the clock, until the next one', () => {
    const bytes = withOverrides(
      [
        'RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Paris:20240507T100000',
        'DTSTART;TZID=Europe/Paris:20240507T120000',
        'DURATION:PT3H',
        'SUMMARY:b',
      ],
      [id('20240509'), 'DTSTART;TZID=Europe/Paris:20240509T080000', 'SUMMARY:c'],
      [
        'RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Paris:20240510T100000',
        'DTSTART;TZID=Europe/Paris:20240511T100000',
        'DURATION:PT1H',
        'SUMMARY:d',
      ],
    );
    assert.deepEqual(list(bytes, '20240501', '20240601'), [
      '20240506T080000Z/20240506T090000Z a',
      '20240507T100000Z/20240507T130000Z b',
      '20240508T100000Z/20240508T130000Z b',
      '20240509T060000Z c',
      '20240511T080000Z/20240511T090000Z d',
    ]);
    assert.deepEqual(list(bytes, '20240508', '20240509'), ['20240508T100000Z/20240508T130000Z b']);
  });

  test('THISANDFUTURE that moves by weeks is found where it has moved to', () => {
    const bytes = calendarOf(
      ...componentOf('VEVENT', 'DTSTART:20240501T100000Z', 'RRULE:FREQ=WEEKLY', 'SUMMARY:a'),
      ...componentOf(
        'VEVENT',
        'RECURRENCE-ID;RANGE=THISANDFUTURE:20240508T100000Z',
        'DTSTART:20240610T100000Z',
        'SUMMARY:b',
      ),
    );
    assert.deepEqual(list(bytes, '20300101', '20300108'), ['20300107T100000Z b']);
  });

  test('overrides without a master happen by themselves', () => {
    const bytes = calendarOf(
      ...componentOf('VEVENT', 'RECURRENCE-ID:20240507T080000Z', 'DTSTART:20240507T200000Z'),
    );
    assert.deepEqual(list(bytes, '20240501', '20240601'), ['20240507T200000Z']);
  });

  test('an override of an excluded occurrence still happens', () => {
    const bytes = calendarOf(
      ...componentOf(
        'VEVENT',
        'DTSTART:20240501T100000Z',
        'RRULE:FREQ=DAILY;COUNT=2',
        'EXDATE:20240502T100000Z',
      ),
      ...componentOf('VEVENT', 'RECURRENCE-ID:20240502T100000Z', 'DTSTART:20240503T100000Z'),
    );
    assert.deepEqual(list(bytes, '20240501', '20240601'), ['20240501T100000Z', '20240503T100000Z']);
  });
});

describe('occurrencesOf: the corpus', { skip: corpusAbsent }, () => {
  test('every readable calendar happens in ten years or not, within the bounds of its facts', () => {
    let read = 0;
    for (const { path, name } of corpusFiles('.ics')) {
      const bytes = readFileSync(path);
      try {
        const calendar = readCalendar(bytes);
        const facts = calendarFacts(bytes);
        const window = { from: utc('2010-01-01'), to: utc('2020-01-01') };
        for (const floating of [
          UTC,
          ianaZone('Pacific/Kiritimati') ?? UTC,
          ianaZone('Pacific/Midway') ?? UTC,
        ]) {
          const series = seriesOf(calendar, zonesOf(calendar, floating));
          for (const { startsAt, endsAt } of occurrencesOf(series, window, new Work({ steps: 50_000 }))) {
            assert.ok(startsAt <= endsAt, name);
            assert.ok(facts.start <= startsAt && endsAt <= facts.end, `${name} ${formatUtc(startsAt)}`);
          }
        }
        read += 1;
      } catch (error) {
        if (!(error instanceof InvalidData)) throw error;
      }
    }
    assert.ok(read > 300, `${read} read`);
  });
});
