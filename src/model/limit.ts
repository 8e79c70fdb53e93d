import { madeLine } from './calendar-write.ts';
import type { Calendar, Component } from './component.ts';
import type { ContentLine } from './contentline.ts';
import { instantOf, parsePeriod, tzidOf } from './date-value.ts';
import { type Override, type Series, seriesOf } from './series.ts';
import { spanOverlaps, type TimeRange } from './time-range.ts';
import { endOf } from './timing.ts';
import type { Zone } from './zone.ts';
import { type Zones, zonesOf } from './zones.ts';

/**
 * The object without the overrides that do not concern the range: whose occurrence neither overlaps it now nor would
 * if it had not been overridden (RFC 4791 §9.6.6).
 */
export function limitRecurrenceSet(calendar: Calendar, range: TimeRange, floating: Zone): Calendar {
  const series = seriesOf(calendar, zonesOf(calendar, floating));
  const idle = new Set(
    series.overrides
      .filter((override) => !concerns(override, range, series))
      .map(({ component }) => component),
  );
  return withComponents(calendar, (component) => (idle.has(component) ? [] : [component]));
}

function concerns(
  { timing, id, idInstant, andFuture }: Override,
  range: TimeRange,
  { masters, zones }: Series,
): boolean {
  if (andFuture) return range.end > idInstant;
  const length = masters[0]?.timing?.length ?? 0;
  if (spanOverlaps(idInstant, endOf(id, length, zones), range)) return true;
  if (timing === null) return false;
  return spanOverlaps(instantOf(timing.start, zones), endOf(timing.start, timing.length, zones), range);
}

/** The object with only those periods of FREEBUSY that overlap the range (RFC 4791 §9.6.7). */
export function limitFreeBusySet(calendar: Calendar, range: TimeRange, floating: Zone): Calendar {
  const zones = zonesOf(calendar, floating);
  return withComponents(calendar, (component) => {
    if (component.name !== 'VFREEBUSY') return [component];
    const properties = component.properties.flatMap((line) =>
      line.name === 'FREEBUSY' ? (limitPeriods(line, range, zones) ?? []) : [line],
    );
    return [{ ...component, properties }];
  });
}

/** null where nothing is left. */
function limitPeriods(line: ContentLine, range: TimeRange, zones: Zones): ContentLine | null {
  const texts = line.value.split(',');
  const kept = texts.filter((text) => {
    const period = parsePeriod(text, tzidOf(line));
    if (period === null) return false;
    const endsAt =
      period.end === null ? endOf(period.start, period.duration ?? 0, zones) : instantOf(period.end, zones);
    return spanOverlaps(instantOf(period.start, zones), endsAt, range);
  });
  if (kept.length === texts.length) return line;
  return kept.length === 0 ? null : madeLine(line.name, line.params, kept.join(','));
}

function withComponents(calendar: Calendar, change: (component: Component) => Component[]): Calendar {
  const { source, root } = calendar;
  return { source, root: { ...root, components: root.components.flatMap(change) } };
}
