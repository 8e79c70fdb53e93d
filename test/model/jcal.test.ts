import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidData } from '../../src/model/invalid.ts';
import { fromJCal, toJCal } from '../../src/model/jcal.ts';

/** RFC 7265 appendix B.1 */
const text = [
  'BEGIN:VCALENDAR',
  'CALSCALE:GREGORIAN',
  'PRODID:-//Example Inc.//Example Calendar//EN',
  'VERSION:2.0',
  'BEGIN:VEVENT',
  'DTSTAMP:20080205T191224Z',
  'DTSTART;VALUE=DATE:20081006',
  'SUMMARY:Planning meeting',
  'UID:4088E990AD89CB3DBB484909',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n');

const jcal = [
  'vcalendar',
  [
    ['calscale', {}, 'text', 'GREGORIAN'],
    ['prodid', {}, 'text', '-//Example Inc.//Example Calendar//EN'],
    ['version', {}, 'text', '2.0'],
  ],
  [
    [
      'vevent',
      [
        ['dtstamp', {}, 'date-time', '2008-02-05T19:12:24Z'],
        ['dtstart', {}, 'date', '2008-10-06'],
        ['summary', {}, 'text', 'Planning meeting'],
        ['uid', {}, 'text', '4088E990AD89CB3DBB484909'],
      ],
      [],
    ],
  ],
];

test('the example of RFC 7265 appendix B.1, there and back', () => {
  assert.deepEqual(JSON.parse(toJCal(text)), jcal);
  assert.equal(fromJCal(JSON.stringify(jcal)), text);
});

test('a recurring event with a zone comes back as it was', () => {
  const recurring = text.replace(
    'SUMMARY:',
    'RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO,WE\r\nEXDATE;TZID=Europe/Berlin:20240101T100000\r\nCATEGORIES:a,b\r\nX-ODD:1\r\nSUMMARY;LANGUAGE=en:',
  );
  const there = toJCal(recurring);
  assert.equal(toJCal(fromJCal(there)), there);
});

for (const [name, json] of [
  ['no JSON', '{'],
  ['no jCal', '{}'],
  ['a card', '["vcard",[],[]]'],
  ['properties that are none', '["vcalendar",[1],[]]'],
  ['a number as a summary', JSON.stringify(jcal).replace('"Planning meeting"', '{"a":1}')],
] as const) {
  test(`refused: ${name}`, () => {
    assert.throws(() => fromJCal(json), InvalidData);
  });
}

test('what is very large is not converted', () => {
  assert.throws(() => toJCal(text.replace('Planning', 'x'.repeat(300_000))), /too large/);
  const large = JSON.stringify(jcal).replace('Planning', 'x'.repeat(300_000));
  assert.throws(() => fromJCal(large), /send it as text\/calendar/);
});

test('what is no iCalendar has no jCal', () => {
  assert.throws(() => toJCal('BEGIN:VCALENDAR\r\nnonsense\r\nEND:VCALENDAR\r\n'), InvalidData);
});
