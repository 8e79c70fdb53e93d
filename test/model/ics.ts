import { Buffer } from 'node:buffer';

/** A calendar around the given lines, with CRLF. */
export function calendarOf(...lines: string[]): Buffer {
  const all = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Example Corp.//CalDAV Client//EN', ...lines];
  return Buffer.from([...all, 'END:VCALENDAR', ''].join('\r\n'));
}

/** Lines of a component with a UID. */
export function componentOf(name: string, ...lines: string[]): string[] {
  return [`BEGIN:${name}`, 'UID:1@example.com', 'DTSTAMP:20240101T000000Z', ...lines, `END:${name}`];
}

/** A calendar with one VEVENT. */
export function eventOf(...lines: string[]): Buffer {
  return calendarOf(...componentOf('VEVENT', ...lines));
}

/** ms UTC of `2024-05-01T10:00:00Z`, `20240501T100000Z` or the date alone. */
export function utc(text: string): number {
  const at = Date.parse(
    text.replace(
      /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z)?$/,
      (_, y, m, d, h = '00', i = '00', s = '00') => `${y}-${m}-${d}T${h}:${i}:${s}Z`,
    ),
  );
  if (Number.isNaN(at)) throw new Error(`no date: "${text}"`);
  return at;
}
