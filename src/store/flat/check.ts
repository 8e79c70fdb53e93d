import path from 'node:path';
import type { CheckStep } from '../finding.ts';
import { checkFiles, type FileCheckParts } from './check-files.ts';
import { type BrokenFiles, checkHistory } from './check-history.ts';
import { checkObjects, type ObjectCheckParts } from './check-objects.ts';
import { checkState, type StateCheckParts } from './check-state.ts';
import { segmentFile } from './journal.ts';
import { saveCatalog } from './pack.ts';
import type { Retention } from './retention.ts';

export interface CheckParts extends FileCheckParts, StateCheckParts, Omit<ObjectCheckParts, 'broken'> {
  readonly retention: Retention;
}

/**
 * Compares everything the store keeps with everything else, in slices that leave the event loop free.
 * @param repair whether what can be mended is.
 */
export async function* check(parts: CheckParts, repair: boolean): AsyncGenerator<CheckStep> {
  yield* checkFiles(parts, repair);
  const broken: BrokenFiles = {
    segment: 0,
    bases: new Set(),
    pasts: new Set(),
    catalog: false,
    findings: [],
  };
  const release = await parts.retention.hold();
  try {
    yield* checkObjects({ ...parts, broken: (base) => broken.bases.add(base) }, repair);
    const { history } = parts.checkpoint;
    yield* checkHistory({
      ...parts,
      end: parts.journal.position,
      first: history.first,
      bases: history.bases.map(({ base }) => base),
      broken,
    });
    yield* checkState(parts, repair);
  } finally {
    release();
  }
  const repaired = repair ? await mend(parts, broken) : undefined;
  for (const finding of broken.findings) yield { finding: { ...finding, ...(repaired && { repaired }) } };
}

/** Goes on without files that are broken. @returns what was done. */
async function mend(parts: CheckParts, broken: BrokenFiles): Promise<string> {
  const { retention, checkpoint } = parts;
  const { segment, bases, pasts } = broken;
  if (segment > 0) await keepAside(parts, segment);
  if (segment > 0 || bases.size > 0) await retention.replace(segment, bases);
  if (pasts.size > 0) await retention.mendPasts(pasts);
  if (broken.catalog) await saveCatalog(parts, checkpoint.history);
  return 'the rest was written anew, and what is live is all there';
}

const ASIDE = 'damaged';

/** A segment that can't be read as a whole may still tell somebody something. */
async function keepAside({ disk, layout }: CheckParts, segment: number): Promise<void> {
  const file = segmentFile(layout.journal, segment);
  const bytes = await disk.readFile(file);
  if (!bytes) return;
  const folder = path.join(layout.root, ASIDE);
  await disk.mkdir(folder, 0o700);
  await disk.writeFile(path.join(folder, path.basename(file)), bytes, 0o600);
}
