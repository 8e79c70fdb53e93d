import type { SpanPart, Spans } from '../../model/spans.ts';
import type { Zone } from '../../model/zone.ts';
import { namedZone } from '../../model/zone-names.ts';
import { Slices } from '../../slices.ts';

/** Spans of one object. */
export interface Entry {
  readonly spans: Spans;
  /** The zone in which floating times were read; null where there are none. */
  readonly zone: Zone | null;
}

/**
 * How an entry is written, but for its numbers: JSON has no infinity, null stands for it; and null for lists of
 * `count` numbers, which come from the end of the file.
 */
interface Line {
  readonly etag: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly zone: string | null;
  readonly exact: boolean;
  readonly parts: readonly SpanPart[];
  readonly count: number;
  readonly lengths: number | null;
  readonly partOf: number | null;
}

interface Head {
  readonly occurrences: string;
  /** How many numbers there are. */
  readonly numbers: number;
}

const OCTETS = Float64Array.BYTES_PER_ELEMENT;
/** Octets of lines that are parsed together: a fraction of a millisecond. */
const AT_ONCE = 16_384;

/**
 * The index of a calendar as bytes: a line of JSON as its head, one for each object, and then the numbers of all in that
 * order, as they are in memory (little-endian wherever davd runs), so that reading them costs nothing.
 */
export async function writeKept(
  version: string,
  entries: Iterable<readonly [string, Entry]>,
): Promise<Uint8Array> {
  const slices = new Slices();
  const lines: string[] = [];
  const numbers: Uint8Array[] = [];
  for (const [etag, entry] of [...entries]) {
    const line = lineOf(etag, entry);
    if (!line) continue;
    lines.push(`${JSON.stringify(line)}\n`);
    for (const list of [entry.spans.starts, entry.spans.lengths, entry.spans.partOf]) {
      if (typeof list !== 'number')
        numbers.push(new Uint8Array(list.buffer, list.byteOffset, list.byteLength));
    }
    if (slices.over) await slices.pause();
  }
  const octets = numbers.reduce((sum, list) => sum + list.length, 0);
  const head: Head = { occurrences: version, numbers: octets / OCTETS };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n${lines.join('')}`), ...numbers]);
}

/** What `writeKept` wrote; a damaged file has no entries. */
export async function readKept(bytes: Uint8Array): Promise<{ version: string; entries: [string, Entry][] }> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headEnd = file.indexOf(10);
  const head = headOf(file.toString('utf8', 0, Math.max(0, headEnd)));
  const linesEnd = file.length - head.numbers * OCTETS;
  if (headEnd < 0 || linesEnd <= headEnd) return { version: head.occurrences, entries: [] };
  // A copy begins where numbers may begin.
  const numbers = new Numbers(new Float64Array(new Uint8Array(file.subarray(linesEnd)).buffer));
  const slices = new Slices();
  const entries: [string, Entry][] = [];
  let at = headEnd + 1;
  while (at < linesEnd) {
    const end = file.indexOf(10, Math.min(at + AT_ONCE, linesEnd - 1));
    const lines = end < 0 ? undefined : parse(`[${file.toString('utf8', at, end).replaceAll('\n', ',')}]`);
    if (!Array.isArray(lines)) break;
    for (const line of lines as Line[]) {
      const entry = entryOf(line, numbers);
      if (entry) entries.push(entry);
    }
    at = end + 1;
    if (slices.over) await slices.pause();
  }
  return { version: head.occurrences, entries: at === linesEnd && numbers.atEnd ? entries : [] };
}

/** Numbers that are taken one list after the other. */
class Numbers {
  readonly #all: Float64Array;
  #at = 0;

  constructor(all: Float64Array) {
    this.#all = all;
  }

  get atEnd(): boolean {
    return this.#at === this.#all.length;
  }

  take(count: number): Float64Array {
    this.#at += count;
    return this.#all.subarray(this.#at - count, this.#at);
  }
}

/** undefined where the zone has no name by which it would be found again. */
function lineOf(etag: string, { spans, zone }: Entry): Line | undefined {
  if (zone !== null && namedZone(zone.name) !== zone) return undefined;
  const { stretch, parts, starts, lengths, partOf, exact } = spans;
  const finite = (bound: number) => (Number.isFinite(bound) ? bound : null);
  return {
    etag,
    from: finite(stretch.from),
    to: finite(stretch.to),
    zone: zone?.name ?? null,
    exact,
    parts,
    count: starts.length,
    lengths: typeof lengths === 'number' ? lengths : null,
    partOf: typeof partOf === 'number' ? partOf : null,
  };
}

function entryOf(line: Line, numbers: Numbers): [string, Entry] | undefined {
  const { etag, exact, parts, count } = line;
  const spans = {
    stretch: { from: line.from ?? -Infinity, to: line.to ?? Infinity },
    parts,
    starts: numbers.take(count),
    lengths: line.lengths ?? numbers.take(count),
    partOf: line.partOf ?? numbers.take(count),
    floats: line.zone !== null,
    exact,
  };
  const zone = line.zone === null ? null : namedZone(line.zone);
  return line.zone !== null && zone === null ? undefined : [etag, { spans, zone }];
}

function headOf(text: string): Head {
  const head = parse(text);
  if (typeof head !== 'object' || head === null || !('occurrences' in head) || !('numbers' in head)) {
    return { occurrences: '', numbers: 0 };
  }
  return { occurrences: String(head.occurrences), numbers: Number(head.numbers) || 0 };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
