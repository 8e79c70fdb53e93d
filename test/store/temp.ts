import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { initFlatStore } from '../../src/store/flat/open.ts';

/** A new data folder with an empty store, and the way to be rid of it. */
export async function tempStore(): Promise<{ folder: string; end(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'davd-store-'));
  await initFlatStore(folder);
  return { folder, end: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * Copies a data folder as it is, owned by nobody, while a store may be at work in it: a temporary file that is renamed
 * under the copy makes it begin again.
 */
export async function copyData(folder: string, copy: string): Promise<void> {
  const filter = (file: string): boolean => path.basename(file) !== 'lock';
  for (let left = 20; ; left--) {
    try {
      await cp(folder, copy, { recursive: true, filter });
      return;
    } catch (error) {
      if (left === 0 || !(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      await rm(copy, { recursive: true, force: true });
    }
  }
}
