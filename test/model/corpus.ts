import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

/** Real-world files of other projects: the corpus beside the checkout. Not part of this project. */
const FOLDER = process.env['DAVD_CORPUS'] ?? resolve(import.meta.dirname, '../../../shared/corpus');

/** Why tests that read the corpus are skipped; false where it is there. */
export const corpusAbsent = existsSync(FOLDER) ? false : `no corpus at ${FOLDER}; set DAVD_CORPUS`;

export interface CorpusFile {
  /** Relative to the corpus. */
  readonly name: string;
  readonly path: string;
}

/** All files of the corpus whose names end in `ending`, in a stable order. */
export function corpusFiles(ending: string): CorpusFile[] {
  if (corpusAbsent) return [];
  return readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path, name: relative(FOLDER, path) }));
}
