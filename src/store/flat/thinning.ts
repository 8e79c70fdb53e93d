import type { BusyObject, PastIndex, PastVersion, Source } from './past.ts';

/** What is remembered of a source, and what it takes on the disk. */
export interface Remembered {
  readonly index: PastIndex;
  /** Octets of its file. */
  readonly octets: number;
}

/** Versions to be forgotten, by source. */
export type Forgotten = ReadonlyMap<Source, ReadonlySet<string>>;

/** Names a version within its source. */
export function versionKey({ offset, etag }: Pick<PastVersion, 'offset' | 'etag'>): string {
  return `${offset} ${etag}`;
}

interface Weighed {
  readonly source: Source;
  readonly key: string;
  /** Octets that it takes on the disk, about. */
  readonly weight: number;
  readonly stood: number;
}

/**
 * Chooses what to forget so that about `excess` octets of the disk come free: versions of the objects that take up most,
 * down to an equal share for each, and of one object those that stood the shortest.
 */
export function chooseForgotten(pasts: readonly Remembered[], excess: number): Forgotten {
  const objects = weigh(pasts);
  const share = equalShare(
    objects.map((versions) => versions.reduce((sum, { weight }) => sum + weight, 0)),
    excess,
  );
  const forgotten = new Map<Source, Set<string>>();
  for (const versions of objects) {
    let kept = 0;
    for (const { source, key, weight } of versions.sort((a, b) => b.stood - a.stood)) {
      kept += weight;
      if (kept <= share) continue;
      const keys = forgotten.get(source) ?? new Set();
      forgotten.set(source, keys.add(key));
    }
  }
  return forgotten;
}

function weigh(pasts: readonly Remembered[]): Weighed[][] {
  const objects = new Map<string, Weighed[]>();
  for (const { index, octets } of pasts) {
    const packed = index.bytes > 0 ? Math.min(1, octets / index.bytes) : 1;
    for (const busy of index.busy) {
      const known = objects.get(keyOf(busy)) ?? [];
      objects.set(keyOf(busy), known);
      for (const version of busy.versions) {
        const { source } = index;
        known.push({ source, key: versionKey(version), weight: version.size * packed, stood: version.stood });
      }
    }
  }
  return [...objects.values()];
}

function keyOf({ in: collection, name }: BusyObject): string {
  return `${collection}/${name}`;
}

/** The largest share that, if nobody has more, leaves `excess` less of the sum; 0 where that can't be. */
export function equalShare(sums: readonly number[], excess: number): number {
  const sorted = [...sums].sort((a, b) => b - a);
  let above = 0;
  for (let count = 1; count <= sorted.length; count++) {
    above += sorted[count - 1] ?? 0;
    const share = (above - excess) / count;
    if (share >= (sorted[count] ?? 0)) return share;
  }
  return 0;
}
