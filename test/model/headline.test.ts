import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headlineOf } from '../../src/model/headline.ts';
import { lines } from '../objects.ts';

const ZONE = [
  'BEGIN:VTIMEZONE',
  'TZID:X',
  'BEGIN:STANDARD',
  'DTSTART:19701025T030000',
  'END:STANDARD',
  'END:VTIMEZONE',
];
const ALARM = ['BEGIN:VALARM', 'SUMMARY:Wake up', 'END:VALARM'];

function calendar(...content: string[]): Buffer {
  return Buffer.from(lines(['BEGIN:VCALENDAR', 'VERSION:2.0', ...content, 'END:VCALENDAR']));
}

describe('headlineOf', () => {
  it('is what the first component says, not its zone or alarm', () => {
    const event = [
      'BEGIN:VEVENT',
      ...ALARM,
      'DTSTART;TZID=X:20260512T090000',
      'UID:a',
      'SUMMARY:Dentist\\, 2nd',
      'END:VEVENT',
    ];
    const later = ['BEGIN:VEVENT', 'DTSTART:20270101', 'SUMMARY:Later', 'END:VEVENT'];
    assert.deepEqual(headlineOf(calendar(...ZONE, ...event, ...later)), {
      component: 'VEVENT',
      title: 'Dentist, 2nd',
      date: '2026-05-12',
      uid: 'a',
    });
  });

  it('of a task is when it is due', () => {
    assert.deepEqual(headlineOf(calendar('BEGIN:VTODO', 'DUE;VALUE=DATE:20260101', 'END:VTODO')), {
      component: 'VTODO',
      title: '',
      date: '2026-01-01',
      uid: null,
    });
  });

  it('of a card is its name', () => {
    const card = Buffer.from(lines(['BEGIN:VCARD', 'VERSION:4.0', 'FN:Ann', 'SUMMARY:no', 'END:VCARD']));
    assert.deepEqual(headlineOf(card), { component: 'VCARD', title: 'Ann', date: null, uid: null });
  });

  it('of what can not be read is empty', () => {
    for (const text of ['', 'nonsense', '\0\0', 'BEGIN:VEVENT\r\nSUMMARY']) {
      assert.equal(headlineOf(Buffer.from(text)).title, '');
    }
  });
});
