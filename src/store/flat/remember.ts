import { Slices } from '../../slices.ts';
import { readBase } from './base.ts';
import type { Disk } from './disk.ts';
import type { CommitRecord, Entry } from './entries.ts';
import { StoreError } from './error.ts';
import { segmentFile } from './journal.ts';
import type { PastCommit, PastEntry, PastVersion } from './past.ts';
import { decodeRecord } from './record.ts';

/** What is to be remembered of the past. */
export interface Memory {
  /** Whether a commit goes on telling what it did. @param body where its body stood */
  tells(entry: Entry, body: number): boolean;
  /** Whether a version's bytes are kept. */
  keeps(version: PastVersion): boolean;
}

export const EVERYTHING: Memory = { tells: () => true, keeps: () => true };

/** What is left of the past in a memory. A commit that has nothing to tell any more is forgotten. */
export async function* remembered(
  entries: AsyncIterable<PastEntry>,
  { tells, keeps }: Memory,
): AsyncGenerator<PastEntry> {
  for await (const entry of entries) {
    if (!('record' in entry)) {
      if (keeps(entry)) yield entry;
      continue;
    }
    const { record, body } = entry;
    const changes = record.changes.filter((change) => tells(change, body));
    if (changes.length > 0) yield { record: { ...record, changes }, body };
  }
}

/** What a base file has, as versions that stood all the time. @param left ms since 1970 UTC, when it left */
export async function* basePast(
  disk: Disk,
  folder: string,
  base: number,
  left: number,
): AsyncGenerator<PastEntry> {
  try {
    for await (const { entry, bytes, place } of readBase(disk, folder, base)) {
      const { in: collection, name, etag, size, modified } = entry;
      const [, offset] = place;
      yield { in: collection, name, etag, size, offset, stood: left - modified, last: true, bytes };
    }
  } catch (error) {
    // What can't be read is not remembered.
    if (!(error instanceof StoreError)) throw error;
  }
}

/**
 * Everything a segment says, in its order.
 * @param ended ms since 1970 UTC, when the next one was begun.
 */
export async function* segmentPast(
  disk: Disk,
  folder: string,
  segment: number,
  ended: number,
): AsyncGenerator<PastEntry> {
  const octets = Buffer.from((await disk.readFile(segmentFile(folder, segment))) ?? []);
  const slices = new Slices();
  const replaced = await replacements(octets, slices);
  let version = 0;
  for (const commit of commitsOf(octets)) {
    yield commit;
    for (const own of versionsOf(commit)) {
      const { offset, size } = own;
      const until = replaced.get(version++);
      const life = until === undefined ? ({ last: true } as const) : {};
      const stood = (until ?? ended) - commit.record.time;
      yield { ...own, stood, ...life, bytes: octets.subarray(offset, offset + size) };
    }
    if (slices.over) await slices.pause();
  }
}

function* commitsOf(octets: Buffer): Generator<PastCommit> {
  const first = decodeRecord(octets, 0);
  for (let raw = first && decodeRecord(octets, first.end); raw; raw = decodeRecord(octets, raw.end)) {
    yield { record: raw.value as CommitRecord, body: raw.body };
  }
}

/** Versions whose bytes stand in the commit's own body, each once. */
function* versionsOf({ record, body }: PastCommit): Generator<Omit<PastVersion, 'stood'>> {
  let end = 0;
  for (const entry of record.changes) {
    if ((entry.set !== 'member' && entry.set !== 'found') || typeof entry.at !== 'number') continue;
    const { in: collection, name, etag, size, at } = entry;
    if (at < end) continue;
    end = at + size;
    yield { in: collection, name, etag, size, offset: body + at };
  }
}

/** When versions were replaced or removed within their segment, ms since 1970 UTC, by their number in it. */
async function replacements(octets: Buffer, slices: Slices): Promise<ReadonlyMap<number, number>> {
  const replaced = new Map<number, number>();
  const standing = new Map<string, number>();
  let version = 0;
  for (const commit of commitsOf(octets)) {
    const { time, changes } = commit.record;
    for (const key of changes.flatMap(replacedBy)) {
      const before = standing.get(key);
      if (before !== undefined) replaced.set(before, time);
      standing.delete(key);
    }
    for (const { in: collection, name } of versionsOf(commit))
      standing.set(`${collection}/${name}`, version++);
    if (slices.over) await slices.pause();
  }
  return replaced;
}

function replacedBy(entry: Entry): readonly string[] {
  return entry.set === 'member' || entry.set === 'gone' ? [`${entry.in}/${entry.name}`] : [];
}
