import { Slices } from '../../slices.ts';
import type { Properties } from '../types.ts';
import type { CollectionState } from './catalog.ts';
import type { OpenFile } from './disk.ts';
import { linePieces, parseLines } from './line-pieces.ts';
import type { PendingNames } from './pending.ts';
import { Restoring } from './restoring.ts';

/** A collection's rows as state of format 1 has them: a JSON array a line, with null for what is absent. */
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

/** As `readRows`. @throws SyntaxError */
export async function readRowLines(
  collection: CollectionState,
  file: OpenFile,
  { octets }: { readonly octets: number },
  pending: PendingNames,
): Promise<void> {
  const slices = new Slices();
  const restoring = new Restoring(collection);
  let missing = octets;
  for await (const piece of linePieces(file, octets)) {
    missing -= piece.length;
    for (const row of parseLines(piece) as Row[]) take(collection, row, restoring);
    if (slices.over) await slices.pause();
  }
  if (missing > 0) throw new SyntaxError('rows are missing');
  restoring.end(pending);
}

function take({ members }: CollectionState, row: Row, restoring: Restoring): void {
  if (row.length === 4) {
    const [name, seq, time, waits] = row;
    restoring.gone(name, { seq, time });
    if (waits) restoring.waits(name, waits);
    return;
  }
  const [name, seq, etag, size, created, modified, segment, offset, print, file, properties, waits] = row;
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
  restoring.there(name);
  if (waits) restoring.waits(name, waits);
}
