/** Three engines, each asked in its own way for the occurrences of a case. */

import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DAY } from '../../src/model/civil.ts';
import { readCalendar } from '../../src/model/component.ts';
import { formatDateTime, instantOf, parseDate } from '../../src/model/date-value.ts';
import { occurrencesOf } from '../../src/model/occurrences.ts';
import { seriesOf } from '../../src/model/series.ts';
import { Work } from '../../src/model/work.ts';
import { UTC } from '../../src/model/zone.ts';
import { zonesOf } from '../../src/model/zones.ts';
import type { Case } from './cases.ts';

/** What clocks show, and seconds since 1970 UTC, where dates and floating times are taken for UTC. */
export type Found = readonly [wall: string, instant: number];
/** In order of time; or why there is no answer. */
export type Answer = readonly Found[] | string;

export interface Engine {
  readonly name: string;
  answer(cases: readonly Case[]): Promise<readonly Answer[]>;
}

/** Far more than questions of clients get. */
const STEPS = 20_000_000;
/** Debian's, for which the modules are packaged, whatever else is in PATH. */
const PYTHON = process.env['DAVD_PYTHON'] ?? '/usr/bin/python3';
const MOST_OUTPUT = 2 ** 30;

export const davd: Engine = { name: 'davd', answer: async (cases) => cases.map(occurrences) };
/** https://dateutil.readthedocs.io/: python3-dateutil */
export const dateutil = pythonEngine('dateutil', 'engine_dateutil.py', 'import dateutil.rrule, zoneinfo');
/** https://libical.github.io/libical/: python3-gi, gir1.2-ical-3.0 */
export const libical = pythonEngine(
  'libical',
  'engine_libical.py',
  'import gi; gi.require_version("ICalGLib", "3.0"); from gi.repository import ICalGLib',
);

/** Why the other engines can't be asked; undefined where they can. */
export function enginesAbsent(): string | undefined {
  const missing = [dateutil, libical].filter((engine) => !engine.isThere());
  if (missing.length === 0) return undefined;
  return `no ${missing.map(({ name }) => name).join(' and ')} for ${PYTHON}: install python3-dateutil python3-gi gir1.2-ical-3.0`;
}

/** By the way of every question: from an event with that rule. */
function occurrences({ rule, start, zone, from, to }: Case): Answer {
  const isDate = start.length === 8;
  const value = zone === 'UTC' ? `:${start}Z` : zone === null ? `:${start}` : `;TZID=${zone}:${start}`;
  const dtstart = isDate ? `DTSTART;VALUE=DATE:${start}` : `DTSTART${value}`;
  const lines = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', dtstart, `RRULE:${rule}`, 'END:VEVENT', 'END:VCALENDAR'];
  const calendar = readCalendar(Buffer.from(lines.join('\r\n')));
  const series = seriesOf(calendar, zonesOf(calendar, UTC));
  const instant = (text: string) => {
    const date = parseDate(zone === 'UTC' && !isDate ? `${text}Z` : text, zone);
    return date === null ? Number.NaN : instantOf(date, series.zones);
  };
  // A day more, as the bounds may be skipped by a clock change; the others look at walls, too.
  const window = { from: instant(from) - DAY, to: instant(to) + DAY };
  const [first, last] = [from, to].map((text) => (isDate ? `${text}T000000` : text));
  const work = new Work({ steps: STEPS });
  const found: Found[] = [];
  for (const { start: value, startsAt } of occurrencesOf(series, window, work)) {
    const wall = formatDateTime(value.wall);
    if (wall >= (first ?? '') && wall <= (last ?? '')) found.push([wall, startsAt / 1000]);
  }
  return work.exhausted ? 'the budget is used up' : found;
}

/** `probe` is a program that fails where the engine is not installed. */
function pythonEngine(name: string, driver: string, probe: string): Engine & { isThere(): boolean } {
  const file = fileURLToPath(new URL(driver, import.meta.url));
  return {
    name,
    answer(cases) {
      return new Promise((resolve, reject) => {
        const child = execFile(PYTHON, [file], { maxBuffer: MOST_OUTPUT }, (error, output) => {
          if (error) return reject(error);
          resolve(
            output
              .trimEnd()
              .split('\n')
              .map((line): Answer => JSON.parse(line)),
          );
        });
        child.stdin?.end(cases.map((one) => `${JSON.stringify(one)}\n`).join(''));
      });
    },
    isThere() {
      try {
        execFileSync(PYTHON, ['-c', probe], { stdio: 'ignore' });
        return true;
      } catch {
        return false;
      }
    },
  };
}
