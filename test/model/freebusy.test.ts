import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { readCalendar } from '../../src/model/component.ts';
import { formatUtc } from '../../src/model/date-value.ts';
import { type Busy, busyTimes, mergeBusy, writeFreeBusy } from '../../src/model/freebusy.ts';
import { ianaZone } from '../../src/model/iana-zone.ts';
import type { TimeRange } from '../../src/model/time-range.ts';
import { UTC } from '../../src/model/zone.ts';
import { calendarOf, componentOf, eventOf, utc } from './ics.ts';
import { appendixB } from './rfc4791.ts';

const range = (start: string, end: string): TimeRange => ({ start: utc(start), end: utc(end) });
const MAY = range('20240501', '20240601');

const shown = (busy: readonly Busy[]): string[] =>
  busy.map(({ start, end, type }) => `${type} ${formatUtc(start)}/${formatUtc(end)}`);

describe('busyTimes (RFC 4791 §7.10)', () => {
  const cases: [what: string, lines: string[], expected: string[]][] = [
    [
      'an event',
      ['DTSTART:20240501T100000Z', 'DTEND:20240501T110000Z'],
      ['BUSY 20240501T100000Z/20240501T110000Z'],
    ],
    [
      'a tentative one',
      ['DTSTART:20240501T100000Z', 'DURATION:PT1H', 'STATUS:tentative'],
      ['BUSY-TENTATIVE 20240501T100000Z/20240501T110000Z'],
    ],
    ['a cancelled one', ['DTSTART:20240501T100000Z', 'DURATION:PT1H', 'STATUS:CANCELLED'], []],
    ['a transparent one', ['DTSTART:20240501T100000Z', 'DURATION:PT1H', 'TRANSP:TRANSPARENT'], []],
    [
      'an opaque one',
      ['DTSTART:20240501T100000Z', 'DURATION:PT1H', 'TRANSP:OPAQUE', 'STATUS:CONFIRMED'],
      ['BUSY 20240501T100000Z/20240501T110000Z'],
    ],
    ['a point in time', ['DTSTART:20240501T100000Z'], []],
    [
      'what reaches in and out is cut',
      ['DTSTART:20240401T100000Z', 'DTEND:20240701T100000Z'],
      ['BUSY 20240501T000000Z/20240601T000000Z'],
    ],
    ['what only touches', ['DTSTART:20240430T100000Z', 'DTEND:20240501T000000Z'], []],
    [
      'every occurrence',
      ['DTSTART:20240401T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY;INTERVAL=4'],
      ['BUSY 20240527T100000Z/20240527T110000Z'],
    ],
  ];
  for (const [what, lines, expected] of cases) {
    test(what, () => assert.deepEqual(shown(busyTimes(eventOf(...lines), MAY, UTC)), expected));
  }

  test('an override is asked by itself', () => {
    const bytes = calendarOf(
      ...componentOf('VEVENT', 'DTSTART:20240501T100000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=2'),
      ...componentOf(
        'VEVENT',
        'RECURRENCE-ID:20240502T100000Z',
        'DTSTART:20240502T100000Z',
        'DURATION:PT1H',
        'STATUS:CANCELLED',
      ),
    );
    assert.deepEqual(shown(busyTimes(bytes, MAY, UTC)), ['BUSY 20240501T100000Z/20240501T110000Z']);
  });

  test('stored free-busy counts, but not what is free in it', () => {
    const bytes = calendarOf(
      ...componentOf(
        'VFREEBUSY',
        'FREEBUSY:20240501T100000Z/PT1H,20240401T100000Z/PT1H',
        'FREEBUSY;FBTYPE=FREE:20240502T100000Z/PT1H',
        'FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20240503T100000Z/PT1H',
        'FREEBUSY;FBTYPE=X-OTHER:20240504T100000Z/PT1H',
      ),
    );
    assert.deepEqual(shown(busyTimes(bytes, MAY, UTC)), [
      'BUSY 20240501T100000Z/20240501T110000Z',
      'BUSY-UNAVAILABLE 20240503T100000Z/20240503T110000Z',
      'BUSY 20240504T100000Z/20240504T110000Z',
    ]);
  });

  test('a date is busy by the clock of the floating zone', () => {
    const tokyo = ianaZone('Asia/Tokyo') ?? UTC;
    assert.deepEqual(shown(busyTimes(eventOf('DTSTART;VALUE=DATE:20240502'), MAY, tokyo)), [
      'BUSY 20240501T150000Z/20240502T150000Z',
    ]);
  });

  test('tasks and unreadable bytes take no time', () => {
    assert.deepEqual(
      busyTimes(calendarOf(...componentOf('VTODO', 'DTSTART:20240501T100000Z', 'DURATION:PT1H')), MAY, UTC),
      [],
    );
    assert.deepEqual(busyTimes(Buffer.from('x'), MAY, UTC), []);
  });
});

describe('mergeBusy', () => {
  test('makes one of what overlaps or touches, type by type', () => {
    const busy = (start: number, end: number, type: Busy['type'] = 'BUSY'): Busy => ({ start, end, type });
    assert.deepEqual(
      mergeBusy([busy(5, 6), busy(1, 3), busy(2, 4), busy(4, 4.5), busy(1, 2), busy(2, 9, 'BUSY-TENTATIVE')]),
      [busy(1, 4.5), busy(5, 6), busy(2, 9, 'BUSY-TENTATIVE')],
    );
    assert.deepEqual(mergeBusy([]), []);
  });
});

describe('writeFreeBusy', () => {
  test('gives what RFC 4791 §7.10.1 answers', () => {
    const asked = range('20060104T140000Z', '20060105T220000Z');
    // Without the VFREEBUSY of Appendix B, which the RFC's answer does not count either.
    const objects = [...appendixB].filter(([number]) => number !== 8);
    const busy = objects.flatMap(([, bytes]) => busyTimes(bytes, asked, UTC));
    const reply = {
      range: asked,
      stamp: utc('20050125T090000Z'),
      prodId: '-//Example Corp.//CalDAV Server//EN',
    };
    assert.deepEqual(writeFreeBusy(busy, reply).split('\r\n'), [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Example Corp.//CalDAV Server//EN',
      'BEGIN:VFREEBUSY',
      'DTSTAMP:20050125T090000Z',
      'DTSTART:20060104T140000Z',
      'DTEND:20060105T220000Z',
      'FREEBUSY;FBTYPE=BUSY:20060104T190000Z/20060104T200000Z,20060105T170000Z/200',
      ' 60105T180000Z',
      'FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060104T150000Z/20060104T160000Z',
      'END:VFREEBUSY',
      'END:VCALENDAR',
      '',
    ]);
  });

  test('is a calendar, also where nothing is busy', () => {
    const text = writeFreeBusy([], { range: MAY, stamp: 0, prodId: 'a;b', uid: 'c,d' });
    assert.equal(readCalendar(Buffer.from(text)).root.components[0]?.name, 'VFREEBUSY');
    assert.ok(text.includes('PRODID:a\\;b\r\n') && text.includes('UID:c\\,d\r\n'));
  });
});
