import type { Slices } from '../../slices.ts';
import type { Properties } from '../types.ts';
import type { CollectionState } from './catalog.ts';
import type { PendingNames } from './pending.ts';

/**
 * A collection's saved state: one JSON array a line, the last line of a name counts.
 *
 *     a member     [name, seq, etag, size, created, modified, segment, offset, print, file, properties, pending]
 *     a tombstone  [name, seq, time, pending]
 *
 * What is absent is null. `pending`: the file is still to be written or removed, or that is not safe yet, and it may hold
 * versions with these etags.
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
  pending: readonly string[] | null,
];
type GoneRow = [name: string, seq: number, time: number, pending: readonly string[] | null];
type Row = MemberRow | GoneRow;

/** Print of a file that was written, but not safely: after a crash something older may stand there. */
export const UNSAFE = -1;

/**
 * @param pending etags of what may stand in a file that is still to be written.
 * @param unsafe the file is written, but not yet safe.
 * @returns undefined where nothing is known of the name.
 */
export function rowOf(
  { members, log }: CollectionState,
  name: string,
  pending: ReadonlySet<string> | undefined,
  unsafe: boolean,
): string | undefined {
  const waits = pending ? [...pending] : null;
  const state = members.get(name);
  if (!state) {
    const gone = log.tombstone(name);
    return gone && `${JSON.stringify([name, gone.seq, gone.time, waits] satisfies GoneRow)}\n`;
  }
  const { seq, etag, size, created, modified, at, file = null, properties = null } = state;
  const print = unsafe ? UNSAFE : members.printOf(name);
  const row: MemberRow = [
    name,
    seq,
    etag,
    size,
    created,
    modified,
    at[0],
    at[1],
    print,
    file,
    properties,
    waits,
  ];
  return `${JSON.stringify(row)}\n`;
}

const PARSED_AT_ONCE = 1000;

/**
 * Fills a collection from its saved rows.
 * @param pending gets the members whose files are still to be written.
 * @throws SyntaxError where they are not rows.
 */
export async function readRows(
  collection: CollectionState,
  octets: Buffer,
  pending: PendingNames,
  slices: Slices,
): Promise<void> {
  const rows = new Map<string, Row>();
  for (const part of parsedParts(octets)) {
    for (const row of part) rows.set(row[0], row);
    if (slices.over) await slices.pause();
  }
  const sorted = [...rows.values()].sort((a, b) => a[1] - b[1]);
  for (const row of sorted) {
    takeRow(collection, row);
    const waits = row.at(-1);
    if (Array.isArray(waits)) pending.add(collection.record.id, row[0], waits);
    if (slices.over) await slices.pause();
  }
}

function takeRow({ members, log }: CollectionState, row: Row): void {
  if (row.length === 4) {
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
