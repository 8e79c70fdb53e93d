import { readFileSync } from 'node:fs';
import { type Component, property, readCalendar } from '../../src/model/component.ts';
import { formatUtc } from '../../src/model/date-value.ts';
import { occurrencesOf } from '../../src/model/occurrences.ts';
import { seriesOf } from '../../src/model/series.ts';
import { Work } from '../../src/model/work.ts';
import { UTC } from '../../src/model/zone.ts';
import { zonesOf } from '../../src/model/zones.ts';

/** Starts (UTC, to the minute) and summaries of all that happens in a file between two times, each UID an object. */
export function happenings(path: string, from: number, to: number): { start: string; summary: string }[] {
  const calendar = readCalendar(readFileSync(path));
  const { root } = calendar;
  const zones = root.components.filter(({ name }) => name === 'VTIMEZONE');
  const objects = new Map<string, Component[]>();
  for (const component of root.components) {
    if (component.name === 'VTIMEZONE') continue;
    const uid = property(component, 'UID')?.value ?? `line ${component.line}`;
    const key = `${component.name} ${uid}`;
    objects.set(key, [...(objects.get(key) ?? []), component]);
  }
  const found: { start: string; summary: string }[] = [];
  for (const components of objects.values()) {
    const object = { source: calendar.source, root: { ...root, components: [...zones, ...components] } };
    const series = seriesOf(object, zonesOf(object, UTC));
    for (const { component, startsAt } of occurrencesOf(
      series,
      { from, to },
      new Work({ steps: 1_000_000 }),
    )) {
      if (startsAt < from) continue;
      const summary = property(component, 'SUMMARY')?.value ?? '';
      found.push({ start: formatUtc(startsAt).replace(/00Z$/, 'Z'), summary });
    }
  }
  return found.sort((a, b) => (a.start < b.start ? -1 : 1));
}
