import type { Properties } from '../types.ts';
import type { CollectionState } from './catalog.ts';
import type { Slices } from './slices.ts';

/**
 * A collection's saved state: one JSON array a line, the last line of a name counts.
 *
 *     [name, seq, etag, size, created, modified, segment, offset, print, file or null, properties or null]   a member
 *     [name, seq, time]                                                                                     a tombstone
 */
type MemberRow = [
  name: string,
  seq: number,
  etag: string,
  size: number,
  created: number,
  modified: number,
  segment: number,
  offset: number,
  print: number,
  file: string | null,
  properties: Properties | null,
];
type GoneRow = [name: string, seq: number, time: number];
type Row = MemberRow | GoneRow;

/** Print of a file that this store has not yet written, or not yet safely: what stands there may be older. */
export const PENDING = -1;

/** @returns undefined where nothing is known of the name. */
export function rowOf({ members, log }: CollectionState, name: string, pending: boolean): string | undefined {
  const state = members.get(name);
  if (!state) {
    const gone = log.tombstone(name);
    return gone && `${JSON.stringify([name, gone.seq, gone.time] satisfies GoneRow)}\n`;
  }
  const { seq, etag, size, created, modified, at, file = null, properties = null } = state;
  const print = pending ? PENDING : members.printOf(name);
  const row: MemberRow = [name, seq, etag, size, created, modified, at[0], at[1], print, file, properties];
  return `${JSON.stringify(row)}\n`;
}

const PARSED_AT_ONCE = 1000;

/**
 * Fills a collection from its saved rows.
 * @throws SyntaxError where they are not rows.
 */
export async function readRows(collection: CollectionState, octets: Buffer, slices: Slices): Promise<number> {
  const rows = new Map<string, Row>();
  let lines = 0;
  for (const part of parsedParts(octets)) {
    for (const row of part) rows.set(row[0], row);
    lines += part.length;
    if (slices.over) await slices.pause();
  }
  const sorted = [...rows.values()].sort((a, b) => a[1] - b[1]);
  for (const row of sorted) {
    takeRow(collection, row);
    if (slices.over) await slices.pause();
  }
  return lines;
}

function takeRow({ members, log }: CollectionState, row: Row): void {
  if (row.length === 3) {
    const [name, seq, time] = row;
    if (seq > log.floor) log.bury(seq, name, time);
    return;
  }
  const [name, seq, etag, size, created, modified, segment, offset, print, file, properties] = row;
  members.set(name, {
    seq,
    etag,
    size,
    created,
    modified,
    at: [segment, offset],
    facts: undefined,
    ...(file !== null && { file }),
    ...(properties !== null && { properties }),
  });
  members.setPrint(name, print);
  log.there(seq, name);
}

/** Parsing a thousand lines at once is several times faster than one by one. */
function* parsedParts(octets: Buffer): Generator<Row[]> {
  let start = 0;
  while (start < octets.length) {
    let end = start;
    for (let lines = 0; lines < PARSED_AT_ONCE && end < octets.length; lines++) {
      const newline = octets.indexOf(0x0a, end);
      if (newline < 0) throw new SyntaxError('the last row has no end');
      end = newline + 1;
    }
    yield JSON.parse(`[${octets.toString('utf8', start, end - 1).replaceAll('\n', ',')}]`);
    start = end;
  }
}
