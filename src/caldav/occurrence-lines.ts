import type { SpanPart, Spans } from '../model/spans.ts';
import type { Zone } from '../model/zone.ts';
import { namedZone } from '../model/zone-names.ts';
import { Slices } from '../slices.ts';

/** Spans of one object. */
export interface Entry {
  readonly spans: Spans;
  /** The zone in which floating times were read; null where there are none. */
  readonly zone: Zone | null;
}

/** [etag, from, to, zone, parts, times]; JSON has no infinity, null stands for it. */
type Line = [string, number | null, number | null, string | null, SpanPart[], number[]];

/** The index of a calendar as bytes: a line for its version, then one for each object. */
export async function writeEntries(
  version: string,
  entries: Iterable<readonly [string, Entry]>,
): Promise<Uint8Array> {
  const slices = new Slices();
  const chunks = [Buffer.from(`${JSON.stringify({ occurrences: version })}\n`)];
  for (const [etag, entry] of [...entries]) {
    const line = lineOf(etag, entry);
    if (line) chunks.push(Buffer.from(`${JSON.stringify(line)}\n`));
    if (slices.over) await slices.pause();
  }
  return Buffer.concat(chunks);
}

/** What `writeEntries` wrote; lines that are damaged are passed over. */
export async function readEntries(
  bytes: Uint8Array,
): Promise<{ version: string; entries: [string, Entry][] }> {
  const slices = new Slices();
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: [string, Entry][] = [];
  let version = '';
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf(10, from);
    if (end < 0) break;
    const line = parse(text.toString('utf8', from, end));
    if (from === 0) version = versionIn(line);
    else if (Array.isArray(line)) entries.push(...entryOf(line as Line));
    from = end + 1;
    if (slices.over) await slices.pause();
  }
  return { version, entries };
}

/** undefined where the zone has no name by which it would be found again. */
function lineOf(etag: string, { spans, zone }: Entry): Line | undefined {
  if (zone !== null && namedZone(zone.name) !== zone) return undefined;
  const { stretch, parts, times } = spans;
  const finite = (bound: number) => (Number.isFinite(bound) ? bound : null);
  return [etag, finite(stretch.from), finite(stretch.to), zone?.name ?? null, [...parts], [...times]];
}

function entryOf([etag, from, to, name, parts, times]: Line): [string, Entry][] {
  const zone = name === null ? null : namedZone(name);
  if (!Array.isArray(parts) || !Array.isArray(times) || (name !== null && zone === null)) return [];
  const stretch = { from: from ?? -Infinity, to: to ?? Infinity };
  return [[etag, { spans: { stretch, parts, times, floats: zone !== null }, zone }]];
}

function versionIn(line: unknown): string {
  return typeof line === 'object' && line !== null && 'occurrences' in line ? String(line.occurrences) : '';
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
