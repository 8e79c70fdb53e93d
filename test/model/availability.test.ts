import assert from 'node:assert/strict';
import { test } from 'node:test';
import { availabilities, unavailableTimes } from '../../src/model/availability.ts';
import { ianaZone } from '../../src/model/iana-zone.ts';
import { UTC } from '../../src/model/zone.ts';

const range = { start: Date.parse('2011-11-06T00:00:00Z'), end: Date.parse('2011-11-09T00:00:00Z') };

function times(...components: string[]): string[] {
  const all = components.flatMap((lines) => {
    const text = `BEGIN:VCALENDAR\nBEGIN:VAVAILABILITY\nUID:x\n${lines}\nEND:VAVAILABILITY\nEND:VCALENDAR\n`;
    return availabilities(Buffer.from(text), range, ianaZone('America/Montreal') ?? UTC);
  });
  const iso = (instant: number) => new Date(instant).toISOString().slice(8, 16);
  return unavailableTimes(all)
    .sort((a, b) => a.start - b.start)
    .map(({ start, end, type }) => `${iso(start)} ${iso(end)} ${type}`);
}

/** RFC 7953 appendix A: Monday to Friday from 9 to 6. */
const office = `DTSTART:20111002T000000Z
DTEND:20111202T000000Z
BEGIN:AVAILABLE
UID:y
DTSTART;TZID=America/Montreal:20111002T090000
DTEND;TZID=America/Montreal:20111002T180000
RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR
END:AVAILABLE`;

test('what is not available is busy, here from 6 pm to 9 am and on Sunday', () => {
  assert.deepEqual(times(office), [
    '06T00:00 07T14:00 BUSY-UNAVAILABLE',
    '07T23:00 08T14:00 BUSY-UNAVAILABLE',
    '08T23:00 09T00:00 BUSY-UNAVAILABLE',
  ]);
});

test('an availability of higher priority speaks for its time alone', () => {
  const travelling = 'PRIORITY:1\nBUSYTYPE:BUSY\nDTSTART:20111107T000000Z\nDTEND:20111108T000000Z';
  assert.deepEqual(times(travelling, office), [
    '06T00:00 07T00:00 BUSY-UNAVAILABLE',
    '07T00:00 08T00:00 BUSY',
    '08T00:00 08T14:00 BUSY-UNAVAILABLE',
    '08T23:00 09T00:00 BUSY-UNAVAILABLE',
  ]);
});

test('an override of an available time counts instead of it', () => {
  const late = office.replace(
    'END:AVAILABLE',
    'END:AVAILABLE\nBEGIN:AVAILABLE\nUID:y\nRECURRENCE-ID;TZID=America/Montreal:20111107T090000\nDTSTART;TZID=America/Montreal:20111107T120000\nDTEND;TZID=America/Montreal:20111107T180000\nEND:AVAILABLE',
  );
  assert.equal(times(late)[0], '06T00:00 07T17:00 BUSY-UNAVAILABLE');
});

test('without start and end it is always so, and what is elsewhere counts nothing', () => {
  assert.deepEqual(times('SUMMARY:never'), ['06T00:00 09T00:00 BUSY-UNAVAILABLE']);
  assert.deepEqual(times('DTSTART:20200101T000000Z'), []);
  assert.deepEqual(availabilities(Buffer.from('no calendar'), range, UTC), []);
});
