import type { PropertyPatch } from '../../types.ts';
import type { InnerChange } from '../plan.ts';
import type { Sight } from './sight.ts';
import type { Written } from './written.ts';

/** What was written has the UID of a member that may let go of it. */
export interface Conflict {
  readonly written: Written;
  /** Name of the member. */
  readonly holder: string;
}

/** An object as somebody wrote it, unless a client was quicker. */
export function putWritten({ sight, collection, bytes, facts }: Written): InnerChange {
  const before = sight.what === 'changed' ? collection.members.get(sight.name) : undefined;
  return {
    do: 'put',
    collection: sight.collection,
    name: sight.name,
    bytes,
    facts,
    expect: before ? { match: [before.etag] } : { noneMatch: '*' },
  };
}

export function deleteGone({ collection, name }: Sight, etag: string): InnerChange {
  return { do: 'delete', collection, name, expect: { match: [etag] } };
}

/** A file that was renamed, and perhaps edited, is the member it was, moved. @param etag of the source. */
export function moveTo(
  { sight, bytes, facts, etag: now }: Written,
  source: Sight,
  etag: string,
): InnerChange[] {
  const { collection, name } = sight;
  const move: InnerChange = {
    do: 'move',
    collection: source.collection,
    name: source.name,
    to: { collection, name },
    expect: { match: [etag] },
    expectTarget: { noneMatch: '*' },
  };
  return now === etag ? [move] : [move, { do: 'put', collection, name, bytes, facts }];
}

/** Members whose UIDs go round among them: all leave, then all come back as they are now. */
export function swapped(cycle: readonly Conflict[]): InnerChange[] {
  const leave = cycle.map(({ written: { sight, collection } }): InnerChange => {
    const etag = collection.members.get(sight.name)?.etag ?? '';
    return deleteGone(sight, etag);
  });
  const back = cycle.flatMap(({ written: { sight, collection, bytes, facts } }): InnerChange[] => {
    const { collection: id, name } = sight;
    const properties = collection.members.get(name)?.properties;
    const put: InnerChange = { do: 'put', collection: id, name, bytes, facts };
    if (!properties) return [put];
    const set: PropertyPatch = properties;
    return [put, { do: 'patch', target: { of: 'member', collection: id, name }, set }];
  });
  return [...leave, ...back];
}

/** Sorts conflicts into those whose holders wait for each other in turn, and the rest. */
export function cyclesOf(conflicts: readonly Conflict[]): {
  readonly cycles: readonly (readonly Conflict[])[];
  readonly rest: readonly Conflict[];
} {
  const changed = conflicts.filter(({ written }) => written.sight.what === 'changed');
  const byMember = new Map(
    changed.map((conflict) => [memberKey(conflict.written.sight, conflict.written.sight.name), conflict]),
  );
  const cycles: Conflict[][] = [];
  const seen = new Set<Conflict>();
  for (const first of changed) {
    const path: Conflict[] = [];
    let next: Conflict | undefined = first;
    while (next && !seen.has(next)) {
      seen.add(next);
      path.push(next);
      next = byMember.get(memberKey(next.written.sight, next.holder));
    }
    const start = next ? path.indexOf(next) : -1;
    if (start >= 0) cycles.push(path.slice(start));
  }
  const inCycles = new Set(cycles.flat());
  return { cycles, rest: conflicts.filter((conflict) => !inCycles.has(conflict)) };
}

function memberKey({ collection }: Sight, name: string): string {
  return `${collection}/${name}`;
}
