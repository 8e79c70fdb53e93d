import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type CheckedObject,
  calendarFacts,
  checkCalendarObject,
  type Facts,
} from '../../src/model/calendar-object.ts';
import { InvalidData } from '../../src/model/invalid.ts';
import { corpusAbsent, corpusFiles } from './corpus.ts';
import { calendarOf, componentOf, eventOf, utc } from './ics.ts';
import { check } from './random.ts';

const DAY = 86_400_000;

describe('checkCalendarObject: takes', () => {
  const taken: [what: string, bytes: Uint8Array, components: string[]][] = [
    ['an event', eventOf('DTSTART:20240501T100000Z'), ['VEVENT']],
    ['a task without dates', calendarOf(...componentOf('VTODO')), ['VTODO']],
    [
      'LF line ends',
      Buffer.from(eventOf('DTSTART:20240501T100000Z').toString().replaceAll('\r\n', '\n')),
      ['VEVENT'],
    ],
    ['a byte order mark and blank lines', Buffer.from(`\ufeff${eventOf('SUMMARY:x')}\r\n\r\n`), ['VEVENT']],
    [
      'no VERSION and PRODID',
      Buffer.from('BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR'),
      ['VEVENT'],
    ],
    [
      'lower case',
      Buffer.from('begin:vcalendar\nbegin:vevent\nuid:1\nend:vevent\nend:vcalendar\n'),
      ['VEVENT'],
    ],
    [
      'a time zone beside the event',
      calendarOf('BEGIN:VTIMEZONE', 'TZID:x', 'END:VTIMEZONE', ...componentOf('VEVENT')),
      ['VEVENT'],
    ],
    ['a time zone that is not there', eventOf('DTSTART;TZID=Nowhere:20240501T100000'), ['VEVENT']],
    [
      'overrides',
      calendarOf(...componentOf('VEVENT'), ...componentOf('VEVENT', 'RECURRENCE-ID:20240501T100000Z')),
      ['VEVENT'],
    ],
    ['what nobody knows', eventOf('X-A;X-B="c":d', 'BEGIN:X-INNER', 'X-E:f', 'END:X-INNER'), ['VEVENT']],
    [
      'availability',
      calendarOf(...componentOf('VAVAILABILITY', 'BEGIN:AVAILABLE', 'END:AVAILABLE')),
      ['VAVAILABILITY'],
    ],
    ['a rule that is none', eventOf('DTSTART:20240501T100000Z', 'RRULE:FREQ=SOMETIMES'), ['VEVENT']],
  ];
  for (const [what, bytes, components] of taken) {
    test(what, () => assert.deepEqual(checkCalendarObject(bytes).components, components));
  }
});

describe('checkCalendarObject: refuses', () => {
  const refused: [sentence: string, rule: InvalidData['rule'], bytes: Uint8Array][] = [
    ['line 1 does not begin a calendar: the content is empty', 'data', Buffer.from('')],
    ['line 1 has no colon: "hello"', 'data', Buffer.from('hello')],
    ['line 1 begins VCARD, where VCALENDAR has to begin', 'data', Buffer.from('BEGIN:VCARD\nEND:VCARD')],
    ['line 1 has VERSION outside of VCALENDAR', 'data', Buffer.from('VERSION:2.0')],
    [
      'line 9 has END:VCALENDAR, but BEGIN:VEVENT of line 4 has no END yet',
      'data',
      Buffer.from(calendarOf('BEGIN:VEVENT', 'UID:1', 'DTSTAMP:x', 'DTSTART:20240501', 'SUMMARY:x')),
    ],
    ['line 2 has BEGIN:VEVENT without END', 'data', Buffer.from('BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n')],
    ['line 1 has BEGIN:VCALENDAR without END', 'data', Buffer.from('BEGIN:VCALENDAR\nVERSION:2.0\n')],
    [
      'line 2 has END:VEVENT, but BEGIN:VCALENDAR of line 1 has no END yet',
      'data',
      Buffer.from('BEGIN:VCALENDAR\nEND:VEVENT'),
    ],
    ['line 2 has BEGIN without the name of a component', 'data', Buffer.from('BEGIN:VCALENDAR\nBEGIN:\n')],
    ['line 3 has X outside of VCALENDAR', 'data', Buffer.from('BEGIN:VCALENDAR\nEND:VCALENDAR\nX:y')],
    [
      'line 3 begins a second calendar',
      'object',
      Buffer.from('BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCALENDAR'),
    ],
    ['line 7 has DTSTART that is no date: "20240230"', 'data', eventOf('DTSTART;VALUE=DATE:20240230')],
    ['line 7 has RECURRENCE-ID that is no date: ""', 'data', eventOf('RECURRENCE-ID:')],
    ['line 7 has a second UID in VEVENT of line 4', 'data', eventOf('UID:2@example.com')],
    [
      'line 2 has VERSION 1.0, where iCalendar has 2.0',
      'version',
      Buffer.from('BEGIN:VCALENDAR\nVERSION:1.0\nEND:VCALENDAR'),
    ],
    [
      'line 1 begins a calendar with nothing in it but time zones',
      'object',
      calendarOf('BEGIN:VTIMEZONE', 'TZID:x', 'END:VTIMEZONE'),
    ],
    [
      'line 4 has METHOD: a scheduling message is no calendar object',
      'object',
      calendarOf('METHOD:REQUEST', ...componentOf('VEVENT')),
    ],
    ['line 4 has VEVENT without UID', 'object', calendarOf('BEGIN:VEVENT', 'END:VEVENT')],
    ['line 5 has VEVENT without UID', 'object', calendarOf('BEGIN:VEVENT', 'UID:', 'END:VEVENT')],
    [
      'line 9 has another UID than line 5: an object has components of one UID',
      'object',
      calendarOf(...componentOf('VEVENT'), 'BEGIN:VEVENT', 'UID:2@example.com', 'END:VEVENT'),
    ],
    [
      'line 8 begins VTODO, but line 4 VEVENT: an object has components of one type',
      'object',
      calendarOf(...componentOf('VEVENT'), ...componentOf('VTODO')),
    ],
    [
      'line 17 begins a component 16 levels deep',
      'data',
      Buffer.from(`BEGIN:VCALENDAR\n${'BEGIN:X\n'.repeat(100)}`),
    ],
  ];
  for (const [sentence, rule, bytes] of refused) {
    test(`${rule}: ${sentence}`, () => {
      assert.throws(
        () => checkCalendarObject(bytes),
        (error) => {
          assert.ok(error instanceof InvalidData, String(error));
          assert.deepEqual([error.rule, error.message], [rule, sentence]);
          return true;
        },
      );
    });
  }
});

describe('calendarFacts', () => {
  const facts = (bytes: Uint8Array): Facts => calendarFacts(bytes);

  test('tell UID, component and whether it recurs', () => {
    const { uid, component, recurring } = facts(eventOf('DTSTART:20240501T100000Z', 'RRULE:FREQ=DAILY'));
    assert.deepEqual(
      { uid, component, recurring },
      { uid: '1@example.com', component: 'VEVENT', recurring: true },
    );
    assert.equal(facts(calendarOf('BEGIN:VEVENT', 'UID:a\\,b', 'END:VEVENT')).uid, 'a,b');
  });

  test('are empty and unbounded for unreadable bytes', () => {
    assert.deepEqual(facts(Buffer.from('x')), {
      uid: null,
      component: '',
      start: -Infinity,
      end: Infinity,
      recurring: false,
    });
    assert.deepEqual(facts(calendarOf()), {
      uid: null,
      component: '',
      start: -Infinity,
      end: Infinity,
      recurring: false,
    });
  });

  test('are the same that the check gives', () => {
    const bytes = eventOf('DTSTART:20240501T100000Z');
    assert.deepEqual(checkCalendarObject(bytes).facts, calendarFacts(bytes));
  });

  const SECOND = 1000;
  const bounds: [what: string, bytes: Uint8Array, start: number, end: number][] = [
    [
      'of UTC are exact to a second',
      eventOf('DTSTART:20240501T100000Z', 'DTEND:20240501T110000Z'),
      utc('20240501T100000Z') - SECOND,
      utc('20240501T110000Z') + SECOND,
    ],
    [
      'of a zone hold in every zone',
      eventOf('DTSTART;TZID=Europe/Paris:20240501T100000', 'DURATION:PT1H'),
      utc('20240501T100000Z') - DAY,
      utc('20240501T110000Z') + DAY,
    ],
    ['of dates hold in every zone', eventOf('DTSTART;VALUE=DATE:20240501'), utc('20240430'), utc('20240503')],
    ['without dates are open', eventOf('SUMMARY:x'), -Infinity, Infinity],
    [
      'of an endless rule are open',
      eventOf('DTSTART:20240501T100000Z', 'RRULE:FREQ=DAILY'),
      utc('20240501T100000Z') - SECOND,
      Infinity,
    ],
    [
      'of a rule that is not understood are open',
      eventOf('DTSTART:20240501T100000Z', 'RRULE:RSCALE=RUSSIAN;FREQ=YEARLY'),
      utc('20240501T100000Z') - SECOND,
      Infinity,
    ],
    [
      'of COUNT end with the last',
      eventOf('DTSTART:20240501T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=10'),
      utc('20240501T100000Z') - SECOND,
      utc('20240510T110000Z') + SECOND,
    ],
    [
      'of a COUNT that takes too long are open',
      eventOf('DTSTART:20240501T100000Z', 'RRULE:FREQ=DAILY;COUNT=999999;BYHOUR=1,2'),
      utc('20240501T100000Z') - SECOND,
      Infinity,
    ],
    [
      'of UNTIL end with it',
      eventOf('DTSTART:20240501T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;UNTIL=20240510T120000Z'),
      utc('20240501T100000Z') - SECOND,
      utc('20240510T130000Z') + SECOND,
    ],
    [
      'reach to the last RDATE',
      eventOf('DTSTART:20240501T100000Z', 'RDATE;VALUE=PERIOD:20250101T100000Z/PT2H'),
      utc('20240501T100000Z') - 3 * DAY,
      utc('20250101T120000Z') + 3 * DAY,
    ],
    [
      'reach to overrides on either side',
      calendarOf(
        ...componentOf('VEVENT', 'DTSTART:20240501T100000Z', 'RRULE:FREQ=DAILY;COUNT=3'),
        ...componentOf('VEVENT', 'RECURRENCE-ID:20240502T100000Z', 'DTSTART:20240401T100000Z'),
        ...componentOf(
          'VEVENT',
          'RECURRENCE-ID:20240503T100000Z',
          'DTSTART:20240601T100000Z',
          'DURATION:PT1H',
        ),
      ),
      utc('20240401T100000Z') - SECOND,
      utc('20240601T110000Z') + SECOND,
    ],
    [
      'of a task that is only due',
      calendarOf(...componentOf('VTODO', 'DUE:20240501T100000Z')),
      utc('20240501T100000Z') - SECOND,
      utc('20240501T100000Z') + SECOND,
    ],
    [
      'of a task that was only created are open at the end',
      calendarOf(...componentOf('VTODO', 'CREATED:20240501T100000Z')),
      utc('20240501T100000Z') - DAY,
      Infinity,
    ],
    [
      'of a completed task',
      calendarOf(...componentOf('VTODO', 'CREATED:20240501T100000Z', 'COMPLETED:20240601T100000Z')),
      utc('20240501T100000Z') - DAY,
      utc('20240601T100000Z') + DAY,
    ],
    ['of a task without dates are open', calendarOf(...componentOf('VTODO')), -Infinity, Infinity],
    [
      'of free-busy reach to its periods',
      calendarOf(...componentOf('VFREEBUSY', 'FREEBUSY:20240501T100000Z/PT1H,20240601T100000Z/PT1H')),
      utc('20240501T100000Z') - DAY,
      utc('20240601T110000Z') + DAY,
    ],
  ];
  for (const [what, bytes, start, end] of bounds) {
    test(`bounds ${what}`, () => {
      const found = facts(bytes);
      assert.deepEqual([found.start, found.end], [start, end]);
    });
  }
});

describe('checkCalendarObject: the corpus', { skip: corpusAbsent }, () => {
  /** Truly broken: not UTF-8, or lines that lost their beginning or their colon. */
  const broken =
    /1106817412\.ics|issue_61_time_zone_error\.ics|issue_201_test_matrix\.ics|\/invalid\/|calcard/;

  test('takes every valid calendar that is one object, and knows others for iCalendar', () => {
    for (const { path, name } of corpusFiles('.ics')) {
      if (broken.test(name) || name.endsWith('recur-errors.ics')) continue;
      try {
        checkCalendarObject(readFileSync(path));
      } catch (error) {
        assert.ok(error instanceof InvalidData && error.rule === 'object', `${name}: ${error}`);
      }
    }
  });

  test('refuses the broken ones with a sentence', () => {
    for (const { path, name } of corpusFiles('.ics')) {
      try {
        checkCalendarObject(readFileSync(path));
      } catch (error) {
        assert.ok(error instanceof InvalidData, `${name}: ${error}`);
        assert.match(error.message, /^line \d+ \w/);
      }
    }
  });
});

describe('checkCalendarObject: any input', () => {
  const LINES = [
    'BEGIN:VEVENT',
    'END:VEVENT',
    'BEGIN:VALARM',
    'END:VALARM',
    'BEGIN:VTIMEZONE',
    'UID:1',
    'UID:2',
    'DTSTART:20240501T100000Z',
    'DTSTART;TZID=Europe/Paris:20240230T100000',
    'DTEND;VALUE=DATE:20240501',
    'DURATION:-P9999999D',
    'DURATION:P999999999W',
    'RRULE:FREQ=DAILY;COUNT=3',
    'RRULE:FREQ=SECONDLY;COUNT=999999999;BYSETPOS=-366',
    'RRULE:FREQ=YEARLY;BYDAY=53MO;UNTIL=00000101',
    'RDATE;VALUE=PERIOD:20240501T100000Z/P999999999W,x/y',
    'EXDATE:99991231,00010101T000000',
    'RECURRENCE-ID;RANGE=THISANDFUTURE:20240501',
    'RECURRENCE-ID:99991231T235959',
    'FREEBUSY:20240501T100000Z/PT1H',
    'X;Y="',
    ' folded',
    '',
  ];
  const built = fc
    .array(fc.constantFrom(...LINES), { maxLength: 20 })
    .map((lines) =>
      Buffer.from(['BEGIN:VCALENDAR', 'BEGIN:VEVENT', ...lines, 'END:VEVENT', 'END:VCALENDAR'].join('\r\n')),
    );
  const seeds = corpusFiles('.ics')
    .map(({ path }) => readFileSync(path))
    .filter(({ length }) => length < 5000);
  /** A real file with some octets overwritten, and cut off. */
  const mutated = fc
    .tuple(
      fc.constantFrom(...(seeds.length > 0 ? seeds : [eventOf('DTSTART:20240501T100000Z')])),
      fc.array(
        fc.tuple(fc.nat(), fc.constantFrom(...Buffer.from(':;=,"\r\n \\0129TZBEGIND\0\xff', 'latin1'))),
        { maxLength: 6 },
      ),
      fc.option(fc.nat(), { freq: 5 }),
    )
    .map(([seed, changes, cut]) => {
      const bytes = Buffer.from(seed);
      for (const [at, octet] of changes) bytes[at % bytes.length] = octet;
      return cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
    });

  test('is taken, or refused with a sentence that names a line', (t) => {
    check(
      fc.property(fc.oneof(built, mutated), (bytes) => {
        let checked: CheckedObject | null = null;
        try {
          checked = checkCalendarObject(bytes);
        } catch (error) {
          assert.ok(error instanceof InvalidData, error instanceof Error ? error.stack : String(error));
          assert.match(error.message, /^line \d+ /);
        }
        const facts = calendarFacts(bytes);
        if (checked !== null) assert.deepEqual(facts, checked.facts);
        assert.ok(!Number.isNaN(facts.start) && !Number.isNaN(facts.end));
      }),
      { short: 1000, long: 50_000 },
      (message) => t.diagnostic(message),
    );
  });
});
