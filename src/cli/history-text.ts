/** The past in sentences. */

import type { Doer } from '../admin/past/authors.ts';
import type { HistoryOutcome, PastRow } from '../admin/past/history.ts';
import type { MarkSummary } from '../admin/past/marks.ts';
import { shortClient } from './device-text.ts';
import { showCount, showTime } from './show.ts';
import { table } from './table.ts';

export function historyText({ rows, more, timeZone, begins }: HistoryOutcome): string {
  const end = begins === null ? '' : `The history goes back to ${showTime(begins, '', timeZone)}.`;
  if (rows.length === 0) return ['Nothing was changed.', end].filter(Boolean).join(' ');
  const shown = table([
    ['TIME', 'WHO', 'WITH', 'WHAT', 'CHANGE'],
    ...rows.map((row) => [
      showTime(row.time, '', timeZone),
      row.user || '-',
      withText(row),
      rowText(row),
      row.id,
    ]),
  ]);
  return [shown, ...(more ? ['There are older ones: --limit shows more.'] : end ? [end] : [])].join('\n');
}

export function marksText(marks: readonly MarkSummary[]): string {
  if (marks.length === 0) return 'There are no marks: no client has deleted or rewritten much at once.';
  return table([
    ['MARK', 'SINCE', 'WHO', 'WITH', 'DELETED', 'REWRITTEN', 'OF', ''],
    ...marks.map((mark) => [
      mark.name,
      showTime(mark.since),
      mark.user || '-',
      withText(mark),
      mark.deleted,
      mark.rewritten,
      mark.of,
      mark.resolved ?? 'open',
    ]),
  ]);
}

/** A device, else the program that was used. */
export function withText({ device, client }: Doer): string {
  return device || shortClient(client) || 'davd';
}

const KINDS: Readonly<Record<string, string>> = {
  VEVENT: 'event',
  VTODO: 'task',
  VJOURNAL: 'journal entry',
  VFREEBUSY: 'free-busy',
  VAVAILABILITY: 'availability',
  VCARD: 'contact',
  calendar: 'calendar',
  addressbook: 'address book',
  user: 'user',
};

/** `event "Dentist" of 12 May 2026 (alice/calendars/default/a.ics)` */
export function thingText({
  kind,
  title,
  date,
  path,
}: Pick<PastRow, 'kind' | 'title' | 'date' | 'path'>): string {
  const word = KINDS[kind] ?? 'item';
  if (kind === 'user' || kind === 'calendar' || kind === 'addressbook') return `${word} ${path}`;
  const named = title === '' ? word : `${word} "${title}"`;
  return `${named}${date === null ? '' : ` of ${dateText(date)}`} (${path})`;
}

function rowText(row: PastRow): string {
  const { what, from, to, parts = [], items, after, before } = row;
  const thing = thingText(row);
  const count = items === undefined ? '' : ` with ${showCount(items, 'item')}`;
  switch (what) {
    case 'moved':
      return `moved ${thingText({ ...row, path: from ?? row.path })} to ${to}`;
    case 'renamed':
      return `renamed ${thingText({ ...row, path: from ?? row.path })} to ${to}`;
    case 'overtaken':
      return `kept what was written on disk to ${thing}, where a client was quicker`;
    case 'changed': {
      if (parts.length > 0) return `changed ${parts.join(', ')} of ${thing}`;
      return before && before.etag === after?.etag ? `changed properties of ${thing}` : `changed ${thing}`;
    }
    default:
      return `${what} ${thing}${count}`;
  }
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** @param date `YYYY-MM-DD` */
function dateText(date: string): string {
  const [year, month, day] = date.split('-').map(Number);
  return `${day} ${MONTHS[(month ?? 1) - 1]} ${year}`;
}
