import path from 'node:path';
import type { Disk } from './disk.ts';
import { isFull } from './journal.ts';

/** Whether a folder takes two spellings of a letter for one: upper and lower case, or one character and two. */
export async function isCaseless(disk: Disk, folder: string): Promise<boolean> {
  const written = path.join(folder, '.davd-Pr\u00f6be.new');
  const others = ['.davd-pr\u00f6be.new', '.davd-Pro\u0308be.new'].map((name) => path.join(folder, name));
  try {
    await disk.writeFile(written, new Uint8Array());
    for (const other of others) if (await disk.stat(other)) return true;
    return false;
  } catch (error) {
    // A full disk is opened to read and to delete: no new names come.
    if (!isFull(error)) throw error;
    return false;
  } finally {
    await disk.unlink(written);
  }
}
