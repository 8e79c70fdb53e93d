import type { CheckStep } from '../finding.ts';
import { checkFiles, type FileCheckParts } from './check-files.ts';

export type CheckParts = FileCheckParts;

/**
 * Compares everything the store keeps with everything else, in slices that leave the event loop free.
 * @param repair whether what can be mended is.
 */
export async function* check(parts: CheckParts, repair: boolean): AsyncGenerator<CheckStep> {
  yield* checkFiles(parts, repair);
}
