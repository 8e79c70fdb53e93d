/** Events and contacts as a household has them: timed, all-day, recurring, with zones, with photos. */

import { randomBytes } from 'node:crypto';
import { lines } from '../objects.ts';

export interface Item {
  readonly uid: string;
  readonly text: string;
}

/** A fifth recurs, a tenth is all-day, some carry their VTIMEZONE. */
export function events(count: number): readonly Item[] {
  return Array.from({ length: count }, (_, i) => ({ uid: `event-${i}@example.com`, text: eventText(i) }));
}

/** vCards 3.0 and 4.0; every fiftieth has a photo of 100 KB. */
export function contacts(count: number): readonly Item[] {
  return Array.from({ length: count }, (_, i) => ({
    uid: `contact-${i}`,
    text: i % 3 === 2 ? card4(i) : card3(i),
  }));
}

function eventText(i: number): string {
  const day = `2026${two((i % 12) + 1)}${two((i % 28) + 1)}`;
  const zoned = i % 4 === 1;
  return lines([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Example Corp.//Example Client//EN',
    ...(zoned ? paris : []),
    'BEGIN:VEVENT',
    `UID:event-${i}@example.com`,
    'DTSTAMP:20260101T000000Z',
    ...when(i, day, zoned),
    `SUMMARY:Événement ${i}\\, réunion 🗓`,
    ...(i % 7 === 0 ? folded(`DESCRIPTION:${'Ordre du jour\\; points à discuter. '.repeat(20)}`) : []),
    ...(i % 9 === 0
      ? ['BEGIN:VALARM', 'ACTION:DISPLAY', 'DESCRIPTION:Reminder', 'TRIGGER:-PT15M', 'END:VALARM']
      : []),
    'END:VEVENT',
    ...(zoned && i % 5 === 1 ? exception(i, day) : []),
    'END:VCALENDAR',
  ]);
}

function when(i: number, day: string, zoned: boolean): readonly string[] {
  const rule =
    i % 5 === 1 ? [`RRULE:FREQ=${['DAILY', 'WEEKLY', 'MONTHLY'][i % 3]};COUNT=${(i % 9) + 2}`] : [];
  if (i % 10 === 5) return [`DTSTART;VALUE=DATE:${day}`, 'DURATION:P1D', ...rule];
  const zone = zoned ? ';TZID=Europe/Paris' : '';
  const utc = zoned ? '' : 'Z';
  return [`DTSTART${zone}:${day}T090000${utc}`, `DTEND${zone}:${day}T100000${utc}`, ...rule];
}

/** The first occurrence of a series, moved by an hour. */
function exception(i: number, day: string): readonly string[] {
  return [
    'BEGIN:VEVENT',
    `UID:event-${i}@example.com`,
    'DTSTAMP:20260101T000000Z',
    `RECURRENCE-ID;TZID=Europe/Paris:${day}T090000`,
    `DTSTART;TZID=Europe/Paris:${day}T100000`,
    `DTEND;TZID=Europe/Paris:${day}T110000`,
    'SUMMARY:Later',
    'END:VEVENT',
  ];
}

function card3(i: number): string {
  return lines([
    'BEGIN:VCARD',
    'VERSION:3.0',
    `UID:contact-${i}`,
    `FN:Renée Dubois ${i}`,
    `N:Dubois ${i};Renée;;;`,
    `EMAIL;TYPE=HOME:renee${i}@example.com`,
    `item1.TEL:+33 1 23 45 67 ${two(i % 100)}`,
    'item1.X-ABLabel:atelier',
    ...(i % 50 === 0 ? folded(`PHOTO;ENCODING=b;TYPE=JPEG:${photo()}`) : []),
    'END:VCARD',
  ]);
}

function card4(i: number): string {
  return lines([
    'BEGIN:VCARD',
    'VERSION:4.0',
    `UID:contact-${i}`,
    `FN:Thunder Bird ${i}`,
    `N:Bird;Thunder ${i};;;`,
    `EMAIL;PREF=1:tb${i}@example.com`,
    ...(i % 50 === 0 ? folded(`PHOTO:data:image/jpeg;base64,${photo()}`) : []),
    'END:VCARD',
  ]);
}

function photo(): string {
  return randomBytes(100_000).toString('base64');
}

/** Long lines in pieces (RFC 5545 §3.1), never inside a letter. */
function folded(line: string): readonly string[] {
  const pieces = line.match(/.{1,60}/gu) ?? [];
  return pieces.map((piece, i) => (i === 0 ? piece : ` ${piece}`));
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}

const paris = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Paris',
  'BEGIN:DAYLIGHT',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'TZNAME:CEST',
  'DTSTART:19700329T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'END:DAYLIGHT',
  'BEGIN:STANDARD',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'TZNAME:CET',
  'DTSTART:19701025T030000',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'END:STANDARD',
  'END:VTIMEZONE',
];
