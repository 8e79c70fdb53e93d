import { withAllTimezones, withoutKnownTimezones } from './calendar-timezones.ts';
import { madeLine, writeCalendar } from './calendar-write.ts';
import { type Calendar, type Component, readCalendar } from './component.ts';
import { type ExpandLimits, expandCalendar } from './expand.ts';
import { limitFreeBusySet, limitRecurrenceSet } from './limit.ts';
import type { Spans } from './spans.ts';
import type { TimeRange } from './time-range.ts';
import type { Zone } from './zone.ts';

/** Which parts of a component are wanted (RFC 4791 §9.6.1). Names are in upper case. */
export interface CompSelection {
  readonly name: string;
  readonly props: readonly PropSelection[] | 'all';
  readonly comps: readonly CompSelection[] | 'all';
}

export interface PropSelection {
  readonly name: string;
  /** Without the value (RFC 4791 §9.6.4). */
  readonly noValue: boolean;
}

/** What a `calendar-data` element asks for (RFC 4791 §9.6); with nothing set, the object as it is. */
export interface WantedData {
  readonly comp?: CompSelection;
  readonly expand?: TimeRange;
  readonly limitRecurrenceSet?: TimeRange;
  readonly limitFreeBusySet?: TimeRange;
  /** Definitions of all zones that are used, or none of those that everybody knows (RFC 7809 §3.1.3). */
  readonly timezones?: 'all' | 'unknown';
  /** For `expand`: exact spans of its range, where they are known. */
  readonly spans?: Spans | undefined;
}

/**
 * The part of a calendar object that is wanted, as text with CRLF line ends.
 * @param floating where dates and floating times are read: the zone of the query or of the calendar
 * @throws InvalidData if the bytes can't be read; then there are only the bytes themselves to give
 * @throws TooMuch if expanding makes too much of it
 */
export function calendarData(
  bytes: Uint8Array,
  wanted: WantedData,
  floating: Zone,
  limits?: ExpandLimits,
): string {
  let calendar = readCalendar(bytes);
  if (wanted.expand) calendar = expandCalendar(calendar, wanted.expand, floating, limits, wanted.spans);
  if (wanted.limitRecurrenceSet) calendar = limitRecurrenceSet(calendar, wanted.limitRecurrenceSet, floating);
  if (wanted.limitFreeBusySet) calendar = limitFreeBusySet(calendar, wanted.limitFreeBusySet, floating);
  if (wanted.timezones === 'all') calendar = withAllTimezones(calendar);
  if (wanted.timezones === 'unknown') calendar = withoutKnownTimezones(calendar);
  if (wanted.comp) calendar = selectData(calendar, wanted.comp);
  return writeCalendar(calendar);
}

function selectData({ source, root }: Calendar, selection: CompSelection): Calendar {
  return { source, root: select(root, selection) };
}

function select(component: Component, { props, comps }: CompSelection): Component {
  return {
    ...component,
    properties: props === 'all' ? component.properties : selectProperties(component, props),
    components: comps === 'all' ? component.components : selectComponents(component, comps),
  };
}

function selectProperties(component: Component, wanted: readonly PropSelection[]): Component['properties'] {
  return component.properties.flatMap((line) => {
    const selection = wanted.find(({ name }) => name === line.name);
    if (selection === undefined) return [];
    return selection.noValue ? [madeLine(line.name, line.params, '')] : [line];
  });
}

function selectComponents(component: Component, wanted: readonly CompSelection[]): Component[] {
  return component.components.flatMap((child) => {
    const selection = wanted.find(({ name }) => name === child.name);
    return selection === undefined ? [] : [select(child, selection)];
  });
}
