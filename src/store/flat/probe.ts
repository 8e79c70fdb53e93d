import path from 'node:path';
import type { Disk } from './disk.ts';

/** Whether a folder takes two spellings of a letter for one: upper and lower case, or one character and two. */
export async function isCaseless(disk: Disk, folder: string): Promise<boolean> {
  const written = path.join(folder, '.davd-Pr\u00f6be.new');
  const others = ['.davd-pr\u00f6be.new', '.davd-Pro\u0308be.new'].map((name) => path.join(folder, name));
  await disk.writeFile(written, new Uint8Array());
  try {
    for (const other of others) if (await disk.stat(other)) return true;
    return false;
  } finally {
    await disk.unlink(written);
  }
}
