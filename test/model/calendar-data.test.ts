import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type CompSelection, calendarData } from '../../src/model/calendar-data.ts';
import { property, readCalendar } from '../../src/model/component.ts';
import { InvalidData } from '../../src/model/invalid.ts';
import { spansOf, spansWithin } from '../../src/model/spans.ts';
import type { TimeRange } from '../../src/model/time-range.ts';
import { TooMuch } from '../../src/model/work.ts';
import { UTC } from '../../src/model/zone.ts';
import { corpusAbsent, corpusFiles } from './corpus.ts';
import { calendarOf, componentOf, eventOf, utc } from './ics.ts';
import { objectB } from './rfc4791.ts';

const range = (start: string, end: string): TimeRange => ({ start: utc(start), end: utc(end) });

/** Lines between PRODID and the end of the calendar. */
function inner(text: string): string[] {
  const lines = text.split('\r\n');
  return lines.slice(lines.findIndex((line) => line.startsWith('PRODID')) + 1, -2);
}

const expanded = (bytes: Uint8Array, start: string, end: string): string[] =>
  inner(calendarData(bytes, { expand: range(start, end) }, UTC));

describe('calendarData', () => {
  test('gives the object as it is where nothing is asked', () => {
    for (const number of [1, 2, 3, 5, 8]) {
      assert.equal(calendarData(objectB(number), {}, UTC), objectB(number).toString());
    }
  });

  test('keeps folds and odd spellings, and makes line ends CRLF', () => {
    const odd = 'begin:vcalendar\nX-Long:some\n  text\nx-a;B="c":d\\;é\nend:vcalendar';
    const expected = 'BEGIN:VCALENDAR\r\nX-Long:some\r\n  text\r\nx-a;B="c":d\\;é\r\nEND:VCALENDAR\r\n';
    assert.equal(calendarData(Buffer.from(odd), {}, UTC), expected);
  });

  test('unfolds a line that is folded within a character', () => {
    const odd = Buffer.from('BEGIN:VCALENDAR\r\nx-a:caf\u00c3\r\n \u00a9\r\nEND:VCALENDAR\r\n', 'latin1');
    assert.equal(calendarData(odd, {}, UTC), 'BEGIN:VCALENDAR\r\nX-A:caf\u00e9\r\nEND:VCALENDAR\r\n');
  });

  test('beside such a line, others stay as they are written', () => {
    const odd = Buffer.from(
      'BEGIN:VCALENDAR\r\nx-b;C="d":e\r\nx-a:caf\u00c3\r\n \u00a9\r\nx-long:some\r\n  text\r\nEND:VCALENDAR\r\n',
      'latin1',
    );
    const expected = ['x-b;C="d":e', 'X-A:caf\u00e9', 'x-long:some', '  text'].join('\r\n');
    assert.equal(calendarData(odd, {}, UTC), `BEGIN:VCALENDAR\r\n${expected}\r\nEND:VCALENDAR\r\n`);
  });

  test('throws for what is no calendar', () => {
    assert.throws(() => calendarData(Buffer.from('x'), {}, UTC), InvalidData);
  });
});

describe('calendarData: parts (RFC 4791 §9.6.1)', () => {
  const all = { props: 'all', comps: 'all' } as const;
  const wanted = (...names: string[]) => names.map((name) => ({ name, noValue: false }));

  test('gives what §7.8.1 asks for', () => {
    const comp: CompSelection = {
      name: 'VCALENDAR',
      props: wanted('VERSION'),
      comps: [
        {
          name: 'VEVENT',
          props: wanted(
            'SUMMARY',
            'UID',
            'DTSTART',
            'DTEND',
            'DURATION',
            'RRULE',
            'RDATE',
            'EXRULE',
            'EXDATE',
            'RECURRENCE-ID',
          ),
          comps: [],
        },
        { name: 'VTIMEZONE', ...all },
      ],
    };
    const lines = calendarData(objectB(3), { comp }, UTC).split('\r\n');
    assert.deepEqual(lines.slice(0, 4), [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'BEGIN:VTIMEZONE',
      'LAST-MODIFIED:20040110T032845Z',
    ]);
    assert.deepEqual(lines.slice(lines.indexOf('BEGIN:VEVENT')), [
      'BEGIN:VEVENT',
      'DTSTART;TZID=US/Eastern:20060104T100000',
      'DURATION:PT1H',
      'SUMMARY:Event #3',
      'UID:DC6C50A017428C5216A2F1CD@example.com',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ]);
  });

  test('leaves values out', () => {
    const comp: CompSelection = {
      name: 'VCALENDAR',
      props: [],
      comps: [{ name: 'VEVENT', props: [{ name: 'DTSTART', noValue: true }], comps: 'all' }],
    };
    assert.deepEqual(
      calendarData(eventOf('DTSTART;TZID=Europe/Paris:20240501T100000'), { comp }, UTC).split('\r\n'),
      ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'DTSTART;TZID=Europe/Paris:', 'END:VEVENT', 'END:VCALENDAR', ''],
    );
  });
});

describe('calendarData: expand (RFC 4791 §9.6.5)', () => {
  test('gives what §7.8.3 answers', () => {
    assert.deepEqual(expanded(objectB(2), '20060103T000000Z', '20060105T000000Z'), [
      'BEGIN:VEVENT',
      'DTSTAMP:20060206T001121Z',
      'DTSTART:20060103T170000Z',
      'DURATION:PT1H',
      'SUMMARY:Event #2',
      'UID:00959BC664CA650E933C892C@example.com',
      'RECURRENCE-ID:20060103T170000Z',
      'END:VEVENT',
      'BEGIN:VEVENT',
      'DTSTAMP:20060206T001121Z',
      'DTSTART:20060104T190000Z',
      'DURATION:PT1H',
      'SUMMARY:Event #2 bis',
      'UID:00959BC664CA650E933C892C@example.com',
      'RECURRENCE-ID:20060104T170000Z',
      'END:VEVENT',
    ]);
    const single = expanded(objectB(3), '20060103T000000Z', '20060105T000000Z');
    assert.ok(single.includes('DTSTART:20060104T150000Z'));
    assert.ok(!single.some((line) => line.startsWith('RECURRENCE-ID') || line.includes('TZ')));
  });

  /** The lines that say when, of each component. */
  const cases: [what: string, lines: string[], window: [string, string], expected: string[]][] = [
    [
      'dates stay dates',
      [
        'DTSTART;VALUE=DATE:20240501',
        'DTEND;VALUE=DATE:20240503',
        'RRULE:FREQ=WEEKLY',
        'EXDATE;VALUE=DATE:20240508',
      ],
      ['20240502', '20240516'],
      [
        'DTSTART;VALUE=DATE:20240501 DTEND;VALUE=DATE:20240503 RECURRENCE-ID;VALUE=DATE:20240501',
        'DTSTART;VALUE=DATE:20240515 DTEND;VALUE=DATE:20240517 RECURRENCE-ID;VALUE=DATE:20240515',
      ],
    ],
    [
      'floating times stay floating',
      ['DTSTART:20240501T100000', 'DTEND:20240501T110000', 'RRULE:FREQ=DAILY'],
      ['20240502', '20240503'],
      ['DTSTART:20240502T100000 DTEND:20240502T110000 RECURRENCE-ID:20240502T100000'],
    ],
    [
      'an end in another zone becomes UTC',
      [
        'DTSTART;TZID=Europe/Paris:20240330T100000',
        'DTEND;TZID=America/New_York:20240330T070000',
        'RRULE:FREQ=DAILY',
      ],
      ['20240331', '20240401'],
      ['DTSTART:20240331T080000Z DTEND:20240331T100000Z RECURRENCE-ID:20240331T080000Z'],
    ],
    [
      'an RDATE that is a period has its own end',
      ['DTSTART:20240501T100000Z', 'DURATION:PT1H', 'RDATE;VALUE=PERIOD:20240502T100000Z/PT3H'],
      ['20240501', '20240503'],
      [
        'DTSTART:20240501T100000Z DURATION:PT1H RECURRENCE-ID:20240501T100000Z',
        'DTSTART:20240502T100000Z DTEND:20240502T130000Z RECURRENCE-ID:20240502T100000Z',
      ],
    ],
    [
      'what does not recur has no RECURRENCE-ID',
      ['DTSTART;TZID=Europe/Paris:20240501T100000'],
      ['20240501', '20240502'],
      ['DTSTART:20240501T080000Z'],
    ],
    ['what lies outside is left out', ['DTSTART:20240501T100000Z'], ['20240502', '20240503'], []],
  ];
  for (const [what, lines, [start, end], expected] of cases) {
    test(what, () => {
      const components = expanded(eventOf(...lines), start, end)
        .join('\r\n')
        .split('END:VEVENT')
        .slice(0, -1);
      const dates = components.map((text) =>
        text
          .split('\r\n')
          .filter((line) => /^(?:DTSTART|DTEND|DURATION|RECURRENCE-ID)/.test(line))
          .join(' '),
      );
      assert.deepEqual(dates, expected);
    });
  }

  for (const [length, expected] of [
    ['DURATION:P1D', ['DTSTART:20240330T110000Z', 'DTEND:20240331T100000Z']],
    ['DURATION:PT24H', ['DTSTART:20240330T110000Z', 'DURATION:PT24H']],
    ['DTEND;TZID=Europe/Berlin:20240328T120000', ['DTSTART:20240330T110000Z', 'DTEND:20240331T110000Z']],
  ] as const) {
    test(`a length of ${length} across a clock change ends when it does`, () => {
      const bytes = eventOf('DTSTART;TZID=Europe/Berlin:20240327T120000', length, 'RRULE:FREQ=DAILY');
      const window = { from: utc('20240301'), to: utc('20240501') };
      const asked = { start: utc('20240330T200000Z'), end: utc('20240330T210000Z') };
      const spans = spansOf(bytes, window, UTC) ?? undefined;
      for (const wanted of [
        { expand: asked },
        { expand: asked, spans: spans && spansWithin(spans, asked) },
      ]) {
        const lines = inner(calendarData(bytes, wanted, UTC));
        assert.deepEqual(
          lines.filter((line) => /^(?:DTSTART|DTEND|DURATION)/.test(line)),
          expected,
        );
      }
    });
  }

  test('tasks are expanded by what is due', () => {
    const task = calendarOf(
      ...componentOf('VTODO', 'DUE;TZID=Europe/Paris:20240501T100000', 'RRULE:FREQ=WEEKLY'),
    );
    const lines = expanded(task, '20240508', '20240509');
    assert.ok(lines.includes('DUE:20240508T080000Z') && lines.includes('RECURRENCE-ID:20240508T080000Z'));
    assert.ok(!lines.some((line) => line.startsWith('RRULE')));
  });

  test('alarms and unknown properties stay; a TZID of theirs becomes UTC', () => {
    const lines = expanded(
      eventOf(
        'DTSTART:20240501T100000Z',
        'X-A;TZID=Europe/Paris:20240501T100000',
        'X-B:c',
        'BEGIN:VALARM',
        'TRIGGER:-PT5M',
        'END:VALARM',
      ),
      '20240501',
      '20240502',
    );
    for (const line of ['X-A:20240501T080000Z', 'X-B:c', 'BEGIN:VALARM', 'TRIGGER:-PT5M'])
      assert.ok(lines.includes(line), line);
  });

  test('occurrences come in order of time', () => {
    const bytes = calendarOf(
      ...componentOf('VEVENT', 'DTSTART:20240501T100000Z', 'RRULE:FREQ=DAILY;COUNT=3'),
      ...componentOf('VEVENT', 'RECURRENCE-ID:20240502T100000Z', 'DTSTART:20240510T100000Z'),
    );
    const starts = expanded(bytes, '20240501', '20240601').filter((line) => line.startsWith('DTSTART'));
    assert.deepEqual(starts, [
      'DTSTART:20240501T100000Z',
      'DTSTART:20240503T100000Z',
      'DTSTART:20240510T100000Z',
    ]);
  });

  const endless: [what: string, rule: string, size: number][] = [
    ['occurrences', 'FREQ=SECONDLY', 1],
    ['octets', 'FREQ=HOURLY', 100_000],
  ];
  for (const [what, rule, size] of endless) {
    test(`refuses to expand to too many ${what}`, () => {
      const bytes = eventOf('DTSTART:20240101T000000Z', `RRULE:${rule}`, `X-A:${'x'.repeat(size)}`);
      assert.throws(() => expanded(bytes, '20240101', '20250101'), TooMuch);
    });
  }

  test('ten years of every readable calendar are calendars again', { skip: corpusAbsent }, () => {
    for (const { path, name } of corpusFiles('.ics')) {
      const bytes = readFileSync(path);
      if (bytes.length > 200_000) continue;
      try {
        readCalendar(bytes);
      } catch {
        continue;
      }
      const text = calendarData(bytes, { expand: range('20100101', '20200101') }, UTC);
      const again = readCalendar(Buffer.from(text)).root;
      for (const component of again.components) {
        assert.notEqual(component.name, 'VTIMEZONE', name);
        if (/^V(?:EVENT|TODO|JOURNAL)$/.test(component.name))
          assert.equal(property(component, 'RRULE'), undefined, name);
      }
    }
  });
});

describe('calendarData: limits', () => {
  test('limit-recurrence-set gives what §7.8.2 answers', () => {
    const wanted = { limitRecurrenceSet: range('20060103T000000Z', '20060105T000000Z') };
    const lines = inner(calendarData(objectB(2), wanted, UTC));
    assert.deepEqual(
      lines.filter((line) => line.startsWith('SUMMARY')),
      ['SUMMARY:Event #2', 'SUMMARY:Event #2 bis'],
    );
    assert.ok(lines.includes('BEGIN:VTIMEZONE'));
  });

  test('limit-recurrence-set keeps overrides that were or are in the range, or speak for it', () => {
    const override = (id: string, start: string, summary: string): string[] =>
      componentOf('VEVENT', `RECURRENCE-ID${id}`, `DTSTART:${start}`, `SUMMARY:${summary}`);
    const bytes = calendarOf(
      ...componentOf(
        'VEVENT',
        'DTSTART:20240501T100000Z',
        'DURATION:PT1H',
        'RRULE:FREQ=DAILY',
        'SUMMARY:master',
      ),
      ...override(':20240502T100000Z', '20240601T100000Z', 'out'),
      ...override(':20240601T100000Z', '20240502T100000Z', 'in'),
      ...override(':20240701T100000Z', '20240701T110000Z', 'elsewhere'),
      ...override(';RANGE=THISANDFUTURE:20240501T100000Z', '20240501T120000Z', 'future'),
      ...override(';RANGE=THISANDFUTURE:20240701T100000Z', '20240701T120000Z', 'later'),
    );
    const text = calendarData(bytes, { limitRecurrenceSet: range('20240502', '20240503') }, UTC);
    const kept = inner(text)
      .filter((line) => line.startsWith('SUMMARY'))
      .map((line) => line.slice(8));
    assert.deepEqual(kept, ['master', 'out', 'in', 'future']);
  });

  test('limit-freebusy-set gives what §7.8.4 answers', () => {
    const wanted = { limitFreeBusySet: range('20060102T000000Z', '20060103T000000Z') };
    const lines = inner(calendarData(objectB(8), wanted, UTC)).filter((line) => line.startsWith('FREEBUSY'));
    assert.deepEqual(lines, ['FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060102T100000Z/20060102T120000Z']);
  });

  test('limit-freebusy-set takes a list apart', () => {
    const bytes = calendarOf(
      ...componentOf('VFREEBUSY', 'FREEBUSY;FBTYPE=BUSY:20240501T100000Z/PT1H,20240502T100000Z/PT1H,x'),
    );
    const lines = inner(calendarData(bytes, { limitFreeBusySet: range('20240502', '20240503') }, UTC));
    assert.ok(lines.includes('FREEBUSY;FBTYPE=BUSY:20240502T100000Z/PT1H'));
  });

  test('a limit and parts go together', () => {
    const comp: CompSelection = {
      name: 'VCALENDAR',
      props: [],
      comps: [{ name: 'VEVENT', props: [{ name: 'SUMMARY', noValue: false }], comps: [] }],
    };
    const text = calendarData(
      objectB(2),
      { comp, expand: range('20060103T000000Z', '20060105T000000Z') },
      UTC,
    );
    assert.deepEqual(text.match(/SUMMARY:.*(?=\r)/g), ['SUMMARY:Event #2', 'SUMMARY:Event #2 bis']);
  });
});
