import path from 'node:path';
import { type Disk, replaceDurably } from './disk.ts';
import type { Layout } from './layout.ts';

/** Where the state of an earlier format is kept once a later davd has begun its own. */
export function keptState({ state }: Layout, format: number): string {
  return `${state}.format-${format}`;
}

/** Copies state/ as an earlier davd left it, so that one can go back to that davd. Durable when it resolves. */
export async function keepState(disk: Disk, layout: Layout, format: number): Promise<void> {
  const kept = keptState(layout, format);
  // What an upgrade that was taken back once had left.
  for (const { name } of (await disk.readdir(kept)) ?? []) await disk.unlink(path.join(kept, name));
  await disk.mkdir(kept, 0o700);
  for (const { name, folder } of (await disk.readdir(layout.state)) ?? []) {
    const bytes = folder ? undefined : await disk.readFile(path.join(layout.state, name));
    if (bytes) await replaceDurably(disk, path.join(kept, name), bytes, 0o600);
  }
  await disk.syncFolder(layout.root);
}
