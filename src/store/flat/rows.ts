import { Slices } from '../../slices.ts';
import type { Properties } from '../types.ts';
import type { CollectionState } from './catalog.ts';
import type { Tombstone } from './changelog.ts';
import type { OpenFile } from './disk.ts';
import { linePieces, parseLines } from './line-pieces.ts';
import type { MemberTable } from './members.ts';
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

/**
 * Fills a collection from its saved rows, of which there are so many octets.
 * @param pending gets the members whose files are still to be written.
 * @throws SyntaxError where they are not rows, or too few.
 */
export async function readRows(
  collection: CollectionState,
  file: OpenFile,
  octets: number,
  pending: PendingNames,
): Promise<void> {
  const slices = new Slices();
  const rows = new RowReader(collection);
  let missing = octets;
  for await (const piece of linePieces(file, octets)) {
    missing -= piece.length;
    for (const row of parseLines(piece) as Row[]) rows.take(row);
    if (slices.over) await slices.pause();
  }
  if (missing > 0) throw new SyntaxError('rows are missing');
  rows.end(pending);
}

/** Takes rows in the order in which they were saved. */
class RowReader {
  readonly #collection: CollectionState;
  readonly #gone = new Map<string, Tombstone>();
  readonly #waiting = new Map<string, readonly string[]>();

  constructor(collection: CollectionState) {
    this.#collection = collection;
  }

  take(row: Row): void {
    const [name, seq] = row;
    const { members } = this.#collection;
    const waits = row.at(-1);
    if (Array.isArray(waits)) this.#waiting.set(name, waits);
    else if (this.#waiting.size > 0) this.#waiting.delete(name);
    if (row.length === 4) {
      members.remove(name);
      this.#gone.set(name, { seq, time: row[2] });
    } else {
      if (this.#gone.size > 0) this.#gone.delete(name);
      takeMember(members, row);
    }
  }

  end(pending: PendingNames): void {
    const { log, record } = this.#collection;
    const { seq, floor } = log;
    log.restore([...this.#gone].filter(([, tombstone]) => tombstone.seq > floor));
    log.seq = Math.max(seq, log.seq);
    for (const [name, waits] of this.#waiting) pending.add(record.id, name, waits);
  }
}

function takeMember(members: MemberTable, row: MemberRow): void {
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
}
