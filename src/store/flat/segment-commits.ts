import { Slices } from '../../slices.ts';
import type { Spot } from './catalog.ts';
import type { CommitRecord } from './entries.ts';
import { decodeRecord, recordsFrom } from './record.ts';

/** What a segment turned out to be. */
export interface Walked {
  /** Sum before its first record. */
  readonly previous: string;
  /** Of its last whole record, and where that ends. */
  readonly sum: string;
  readonly end: number;
}

/**
 * Reads the commits of a segment, each in its turn, as far as the records are whole and follow each other.
 * @returns undefined where not even the first record is whole.
 */
export async function walkSegment(
  octets: Buffer,
  segment: number,
  take: (record: CommitRecord, spot: Spot) => void | Promise<void>,
): Promise<Walked | undefined> {
  const first = decodeRecord(octets, 0);
  if (!first) return undefined;
  const slices = new Slices();
  let { sum, end } = first;
  for (const raw of recordsFrom(octets, first.end, first)) {
    const record = raw.value as CommitRecord;
    await take(record, { time: record.time, segment, body: raw.body });
    ({ sum, end } = raw);
    if (slices.over) await slices.pause();
  }
  return { previous: first.previous, sum, end };
}
