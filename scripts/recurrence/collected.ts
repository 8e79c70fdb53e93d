import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatDate, formatDateTime, parseDate } from '../../src/model/date-value.ts';
import { ianaZone } from '../../src/model/iana-zone.ts';
import type { Case } from './cases.ts';

const YEARS = 366 * 86_400_000 * 10;
const COMPONENT = /BEGIN:(VEVENT|VTODO|VJOURNAL)[\s\S]*?END:\1/g;
const START = /^DTSTART((?:;[^:\r\n]*)?):(\d{8}(?:T\d{6}Z?)?)\r?$/m;
const RULE = /^RRULE[^:\r\n]*:(\S+)\r?$/gm;
const SAVED = /^RRULE:(.+)\nDTSTART:(\S+)$/gm;

/** The rules of all calendar files and of libical's list of rules below a folder, each over ten years, each once. */
export function collectedCases(folder: string): Case[] {
  const cases = new Map<string, Case>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.ics$|^icalrecur_test\.txt$/.test(entry.name)) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8').replace(/\r?\n[ \t]/g, '');
    const found = entry.name.endsWith('.txt')
      ? listed(text)
      : [...text.matchAll(COMPONENT)].flatMap(([part]) => rulesOf(part));
    for (const [rule, start, zone] of found) {
      const one = caseOf(rule, start, zone, entry.name);
      if (one !== undefined) cases.set(`${rule} ${start} ${zone}`, one);
    }
  }
  return [...cases.values()];
}

type Written = readonly [rule: string, start: string, zone: string | null];

function listed(text: string): Written[] {
  return [...text.matchAll(SAVED)].map(([, rule = '', start = '']) => [rule, start, null]);
}

function rulesOf(component: string): Written[] {
  const [, params = '', start] = START.exec(component) ?? [];
  const zone = /TZID="?([^;":]+)/.exec(params)?.[1] ?? null;
  return start === undefined ? [] : [...component.matchAll(RULE)].map(([, rule = '']) => [rule, start, zone]);
}

/** undefined where another engine can't be asked: a zone of the file's own. */
function caseOf(rule: string, written: string, tzid: string | null, origin: string): Case | undefined {
  const start = parseDate(written, null);
  if (start === null || (tzid !== null && ianaZone(tzid) === null)) return undefined;
  const form = start.form === 'date' ? formatDate : formatDateTime;
  const zone = start.form === 'utc' ? 'UTC' : start.form === 'date' ? null : tzid;
  const to = form(start.wall + YEARS);
  return { rule, start: form(start.wall), zone, from: form(start.wall), to, origin };
}
