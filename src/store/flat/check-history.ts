import path from 'node:path';
import { Slices } from '../../slices.ts';
import type { CheckStep, Finding } from '../finding.ts';
import { baseFile, baseOf, readBase } from './base.ts';
import { type Catalog, placeOf } from './catalog.ts';
import { type Disk, sizesIn } from './disk.ts';
import type { FoundEntry, MemberEntry } from './entries.ts';
import { StoreError } from './error.ts';
import { segmentFile, segmentOf, withoutRoom } from './journal.ts';
import type { Layout } from './layout.ts';
import { pastEntries, pastFile, readPastIndex, type Source, sourceOf } from './past.ts';
import { CATALOG_FILE } from './rebuild.ts';
import { etagOfAny } from './record.ts';
import { walkSegment } from './segment-commits.ts';
import { readIndex } from './state-index.ts';

/** What a check found that the journal area can't go on with. */
export interface BrokenFiles {
  /** Segments up to this one have to go; 0: none. */
  segment: number;
  readonly bases: Set<number>;
  /** Sources of which what is remembered can't be read. */
  readonly pasts: Set<Source>;
  /** The list beside the base files. */
  catalog: boolean;
  /** What is to be told of them, once it is known whether they were mended. */
  readonly findings: Finding[];
}

export interface HistoryCheckParts {
  readonly disk: Disk;
  readonly layout: Layout;
  readonly catalog: Catalog;
  /** Up to where segments are checked, and the first one that counts. */
  readonly end: { readonly segment: number; readonly offset: number };
  readonly first: number;
  readonly bases: readonly number[];
  readonly broken: BrokenFiles;
}

/** Reads all records, base files and remembered pasts. Nothing of them may go meanwhile. */
export async function* checkHistory(parts: HistoryCheckParts): AsyncGenerator<CheckStep> {
  const { disk, layout, end, first } = parts;
  const files = [...(await sizesIn(disk, layout.journal))];
  const of = files.reduce((sum, [, octets]) => sum + octets, 0);
  let done = 0;
  let sum: string | undefined;
  for (const [name, octets] of files.sort(([a], [b]) => (a < b ? -1 : 1))) {
    yield { progress: { what: 'history', done, of } };
    const segment = segmentOf(name);
    const base = baseOf(name);
    const past = sourceOf(name);
    if (segment !== undefined && segment >= first && segment <= end.segment) {
      const check = new SegmentCheck(parts, segment);
      for (const finding of await check.run(sum)) yield { finding };
      sum = check.sum;
    } else if (base !== undefined && parts.bases.includes(base)) await checkBase(parts, base);
    else if (past !== undefined) await checkPast(parts, past);
    else if (name === CATALOG_FILE) await checkCatalog(parts);
    done += octets;
  }
  for (const base of parts.bases) {
    if (files.some(([name]) => baseOf(name) === base)) continue;
    parts.broken.bases.add(base);
    parts.broken.findings.push(damaged(parts, baseFile(layout.journal, base), 'the file is gone'));
  }
}

class SegmentCheck {
  /** Of its last record, where it is whole. */
  sum: string | undefined;
  readonly #parts: HistoryCheckParts;
  readonly #segment: number;
  readonly #found: Finding[] = [];

  constructor(parts: HistoryCheckParts, segment: number) {
    this.#parts = parts;
    this.#segment = segment;
  }

  /** @param previous sum at the end of the segment before, where that is whole. */
  async run(previous: string | undefined): Promise<readonly Finding[]> {
    const { disk, layout, end } = this.#parts;
    const file = segmentFile(layout.journal, this.#segment);
    const all = Buffer.from((await disk.readFile(file)) ?? []);
    const octets = this.#segment === end.segment ? all.subarray(0, end.offset) : withoutRoom(all);
    const walked = await walkSegment(octets, this.#segment, async (record, { body }) => {
      for (const entry of record.changes)
        await this.#version(octets, entry as MemberEntry, body, record.time);
    });
    const whole = walked?.end === octets.length && (previous === undefined || walked.previous === previous);
    if (whole) this.sum = walked.sum;
    else this.#broken(file, walked?.end ?? 0);
    return this.#found;
  }

  /** Bytes that are nobody's now, but of the history. */
  async #version(octets: Buffer, entry: MemberEntry | FoundEntry, body: number, time: number): Promise<void> {
    if ((entry.set !== 'member' && entry.set !== 'found') || typeof entry.at !== 'number') return;
    const [, offset] = placeOf(entry.at, { segment: this.#segment, body });
    if ((await etagOfAny(octets.subarray(offset, offset + entry.size))) === entry.etag) return;
    const collection = this.#parts.catalog.collections.get(entry.in);
    const live = collection?.members.get(entry.name);
    // The check of the objects has told it.
    if (live?.etag === entry.etag && live.at[0] === this.#segment && live.at[1] === offset) return;
    const when = new Date(time).toISOString();
    const folder = collection?.record.folder ?? entry.in;
    this.#found.push(
      damaged(
        this.#parts,
        segmentFile(this.#parts.layout.journal, this.#segment),
        `a version of "${folder}/${entry.name}" from ${when} has lost its bytes, and can't be had back`,
      ),
    );
  }

  #broken(file: string, offset: number): void {
    const { broken } = this.#parts;
    broken.segment = Math.max(broken.segment, this.#segment);
    const what = `octet ${offset} on is damaged: what happened from there on is not known`;
    broken.findings.push(damaged(this.#parts, file, what));
  }
}

async function checkBase(parts: HistoryCheckParts, base: number): Promise<void> {
  const { disk, layout, broken } = parts;
  const slices = new Slices();
  try {
    for await (const { entry, bytes } of readBase(disk, layout.journal, base)) {
      // The frame's own sum tells of its octets; that each is what it says is told by the etag.
      if ((await etagOfAny(bytes)) !== entry.etag) throw new StoreError('damaged', 'an object is another');
      if (slices.over) await slices.pause();
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    broken.bases.add(base);
    broken.findings.push(damaged(parts, baseFile(layout.journal, base), 'it is damaged'));
  }
}

async function checkPast(parts: HistoryCheckParts, source: Source): Promise<void> {
  const { disk, layout, broken } = parts;
  const slices = new Slices();
  try {
    const index = await readPastIndex(disk, layout.journal, source);
    if (!index) throw new Error('no index');
    for await (const entry of pastEntries(disk, layout.journal, index)) {
      if ('bytes' in entry && (await etagOfAny(entry.bytes)) !== entry.etag) throw new Error('other bytes');
      if (slices.over) await slices.pause();
    }
  } catch {
    broken.pasts.add(source);
    const what = 'it is damaged: a part of the history is not known any more';
    broken.findings.push(damaged(parts, pastFile(layout.journal, source), what));
  }
}

async function checkCatalog(parts: HistoryCheckParts): Promise<void> {
  const { disk, layout, broken } = parts;
  const file = path.join(layout.journal, CATALOG_FILE);
  const octets = await disk.readFile(file);
  if (!octets || (await readIndex(Buffer.from(octets)))) return;
  broken.catalog = true;
  const what = 'it is damaged: without state/ nothing could be made of the base files';
  broken.findings.push(damaged(parts, file, what));
}

function damaged({ layout }: HistoryCheckParts, file: string, what: string): Finding {
  return { kind: 'damaged', where: path.relative(layout.root, file), what };
}
