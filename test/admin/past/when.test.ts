import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readWhen, zoneFor } from '../../../src/admin/past/when.ts';

/** A Friday, 10:30 in Paris. */
const NOW = Date.parse('2026-11-27T09:30:15Z');
const PARIS = zoneFor('Europe/Paris');

const READ: Readonly<Record<string, string>> = {
  now: '2026-11-27T09:30:15Z',
  '10 minutes ago': '2026-11-27T09:20:15Z',
  '1 hour ago': '2026-11-27T08:30:15Z',
  'An hour ago': '2026-11-27T08:30:15Z',
  'half an hour ago': '2026-11-27T09:00:15Z',
  '90s': '2026-11-27T09:28:45Z',
  '2h': '2026-11-27T07:30:15Z',
  ' 2  days ago ': '2026-11-25T09:30:15Z',
  '3d': '2026-11-24T09:30:15Z',
  '5 weeks ago': '2026-10-23T08:30:15Z',
  'a month ago': '2026-10-27T09:30:15Z',
  '9 months ago': '2026-02-27T09:30:15Z',
  '2 years ago': '2024-11-27T09:30:15Z',
  'yesterday 18:00': '2026-11-26T17:00:00Z',
  'yesterday at 6 pm': '2026-11-26T17:00:00Z',
  'yesterday, 12am': '2026-11-25T23:00:00Z',
  'yesterday noon': '2026-11-26T11:00:00Z',
  yesterday: '2026-11-25T23:00:00Z',
  today: '2026-11-26T23:00:00Z',
  '9:30': '2026-11-27T08:30:00Z',
  'thursday 9:30': '2026-11-26T08:30:00Z',
  friday: '2026-11-19T23:00:00Z',
  'last Monday': '2026-11-22T23:00:00Z',
  'Wed 23:59:59': '2026-11-25T22:59:59Z',
  '12 May': '2026-05-11T22:00:00Z',
  '12 May 9:30': '2026-05-12T07:30:00Z',
  'May 12, 2025 9:30 am': '2025-05-12T07:30:00Z',
  '28 november': '2025-11-27T23:00:00Z',
  '1. Sept. 2026': '2026-08-31T22:00:00Z',
  '2026-11-27': '2026-11-26T23:00:00Z',
  '2026-11-27 10:00': '2026-11-27T09:00:00Z',
  '2026-11-27T10:00:05': '2026-11-27T09:00:05Z',
  '2026-11-27T09:00Z': '2026-11-27T09:00:00Z',
  '2026-11-27T09:00:00.5+05:30': '2026-11-27T03:30:00.5Z',
  // The clocks went forward at 2:00; back at 3:00, which came twice.
  '2026-03-29 2:30': '2026-03-29T01:30:00Z',
  '2026-10-25 2:30': '2026-10-25T00:30:00Z',
};

const REFUSED = [
  '',
  'soon',
  '5 minuts ago',
  'half a year ago',
  '10',
  '12.5.2026',
  '12/5/2026',
  '30 February',
  '2026-13-01',
  '2026-11-27 25:00',
  '13 pm',
  'yesterday evening',
  'may',
  'yesterday 18:00 or so',
  'monthday',
];

describe('readWhen', () => {
  for (const [text, time] of Object.entries(READ)) {
    it(`"${text}" is ${time}`, () => {
      const read = new Date(readWhen(text, NOW, PARIS)).toISOString();
      assert.equal(read, new Date(time).toISOString());
    });
  }
  for (const text of REFUSED) {
    it(`"${text}" is refused`, () => assert.throws(() => readWhen(text, NOW, PARIS), /is no time: write/));
  }
  for (const text of ['10:31', 'today 18:00', '2026-11-28', '2027-01-01T00:00Z']) {
    it(`"${text}" is in the future`, () =>
      assert.throws(() => readWhen(text, NOW, PARIS), /is in the future/));
  }
});
