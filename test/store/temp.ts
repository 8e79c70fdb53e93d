import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { initFlatStore } from '../../src/store/flat/open.ts';

/** A new data folder with an empty store, and the way to be rid of it. */
export async function tempStore(): Promise<{ folder: string; end(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'davd-store-'));
  await initFlatStore(folder);
  return { folder, end: () => rm(folder, { recursive: true, force: true }) };
}
