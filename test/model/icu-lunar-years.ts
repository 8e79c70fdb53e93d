import type { ScaleMonth } from '../../src/model/calendar-scale.ts';
import { DAY, dayOf } from '../../src/model/civil.ts';

/** A year of the Chinese or Korean calendar as ICU tells it. @param name of RSCALE */
export function icuLunarYear(name: string, year: number): readonly ScaleMonth[] {
  const format = new Intl.DateTimeFormat('en', {
    calendar: name.toLowerCase(),
    timeZone: 'UTC',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  });
  const read = (day: number) =>
    new Map<string, string>(format.formatToParts(day * DAY).map(({ type, value }) => [type, value]));
  const months: ScaleMonth[] = [];
  let begun: { code: number; first: number } | undefined;
  // A year begins between 20 January and 22 February, and has at most 385 days.
  for (let day = dayOf(year, 1, 19); day < dayOf(year, 1, 19) + 425; day++) {
    const values = read(day);
    if (values.get('day') !== '1') continue;
    if (begun) months.push({ ...begun, length: day - begun.first });
    const month = values.get('month') ?? '';
    const code = Number.parseInt(month, 10) + (month.endsWith('bis') ? 0.5 : 0);
    begun = Number(values.get('relatedYear')) === year ? { code, first: day } : undefined;
  }
  return months;
}
