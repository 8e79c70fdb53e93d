import type { Moment } from '../types.ts';
import { Catalog } from './catalog.ts';
import type { Disk } from './disk.ts';
import { StoreError } from './error.ts';
import { type Position, segmentFile, segmentOf, withoutRoom } from './journal.ts';
import type { Layout } from './layout.ts';
import { readBases } from './rebuild.ts';
import { walkSegment } from './segment-commits.ts';

/** The moment at a place of the journal up to which everything is durable. */
export function momentAt(store: string, { segment, offset, sum }: Position): Moment {
  return { store, time: Date.now(), place: `${segment}:${offset}:${sum}` };
}

/** undefined where it is no moment of this kind of store. */
export function positionOf({ place }: Moment): Position | undefined {
  const [, segment, offset, sum] = /^(\d{1,10}):(\d{1,15}):([A-Za-z0-9_-]{22})$/.exec(place) ?? [];
  return sum === undefined ? undefined : { segment: Number(segment), offset: Number(offset), sum };
}

/** What the journal area says about a moment. */
export interface PastState {
  readonly catalog: Catalog;
  /** Segments that lead from the base files to it. */
  readonly segments: readonly number[];
}

/**
 * Works out from the journal area alone what there was at a moment that is held. Writes nothing, and can be done by another
 * process than the one that has the store open.
 *
 * @param read told the octets of each segment once it is read.
 * @throws StoreError 'damaged'
 */
export async function readMoment(
  disk: Disk,
  layout: Layout,
  end: Position,
  read: (octets: number) => void = () => undefined,
): Promise<PastState> {
  const base = await readBases(disk, layout);
  const catalog = base?.catalog ?? new Catalog();
  const first = base?.head.history.first ?? 1;
  const segments = await segmentsUpTo(disk, layout, first, end.segment);
  let sum: string | undefined;
  for (const segment of segments) {
    const file = segmentFile(layout.journal, segment);
    const all = Buffer.from((await disk.readFile(file)) ?? []);
    const octets = segment === end.segment ? all.subarray(0, end.offset) : withoutRoom(all);
    const walked = await walkSegment(octets, segment, (record, spot) => catalog.apply(record, spot));
    const chained = sum === undefined || walked?.previous === sum;
    if (!walked || !chained || walked.end < octets.length) throw damaged(file, walked?.end ?? 0);
    sum = walked.sum;
    read(octets.length);
  }
  if (sum !== undefined && sum !== end.sum)
    throw damaged(segmentFile(layout.journal, end.segment), end.offset);
  return { catalog, segments };
}

/** @throws StoreError where one is missing. */
async function segmentsUpTo(disk: Disk, layout: Layout, first: number, last: number): Promise<number[]> {
  const files = (await disk.readdir(layout.journal)) ?? [];
  const segments = files
    .flatMap(({ name }) => segmentOf(name) ?? [])
    .filter((segment) => segment >= first && segment <= last)
    .sort((a, b) => a - b);
  const begin = segments[0] ?? last;
  for (let segment = begin; segment <= last && segment > 0; segment++) {
    if (segments[segment - begin] !== segment) throw damaged(segmentFile(layout.journal, segment), 0);
  }
  return segments;
}

function damaged(file: string, offset: number): StoreError {
  return new StoreError(
    'damaged',
    `reading the journal "${file}": octet ${offset} on is damaged; davd check says more, and davd check --repair goes on without it`,
  );
}
