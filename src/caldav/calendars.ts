import type { Exchange } from '../dav/protocol.ts';
import type { Granted, ResourceOf } from '../dav/resource.ts';

type Calendar = Granted<ResourceOf<'calendar'>>;

/**
 * The calendars that a report looks into (RFC 4791 §7.2). Of a home with Depth 0, none; with Depth 1 or infinity, all
 * that are in it. A calendar itself counts with any Depth: Windows and Evolution send 0 and mean the members
 * (sabre-io/dav#727).
 */
export async function* targetedCalendars(
  resource: Granted<ResourceOf<'home' | 'calendar'>>,
  x: Exchange,
): AsyncIterable<Calendar> {
  if (resource.type === 'calendar') yield resource;
  else if ((x.req.headers['depth']?.trim() ?? '0') !== '0') yield* calendarsIn(resource, x);
}

export async function* calendarsIn(home: Granted<ResourceOf<'home'>>, x: Exchange): AsyncIterable<Calendar> {
  for await (const page of x.access.children(home)) {
    for (const child of page) if (child.type === 'calendar') yield child;
  }
}
