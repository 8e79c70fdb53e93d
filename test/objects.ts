/** Calendar and address objects for tests, with the line ends of RFC 5545. */

export interface EventOptions {
  readonly summary?: string;
  /** Octets of text to add, to make a large one. */
  readonly padding?: number;
}

export function event(uid: string, { summary = 'Meeting', padding = 0 }: EventOptions = {}): string {
  return lines([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Example Corp.//Example Client//EN',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260503T100000Z',
    'DTEND:20260503T110000Z',
    `SUMMARY:${summary}`,
    ...(padding > 0 ? [`DESCRIPTION:${'x'.repeat(padding)}`] : []),
    'END:VEVENT',
    'END:VCALENDAR',
  ]);
}

export function card(uid: string, more: readonly string[] = []): string {
  return lines([
    'BEGIN:VCARD',
    'VERSION:3.0',
    `UID:${uid}`,
    'FN:Renée Dubois',
    'N:Dubois;Renée;;;',
    ...more,
    'END:VCARD',
  ]);
}

export function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\r\n`).join('');
}
