/** A file that a command reads. */

import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { fileReason } from '../admin/file-reason.ts';
import { Refused } from '../admin/refused.ts';

/** `-` is standard input. @throws Refused */
export async function openInput(file: string): Promise<Readable> {
  if (file === '-') return process.stdin;
  try {
    return (await open(file, 'r')).createReadStream();
  } catch (error) {
    throw new Refused(`can't read "${file}": ${fileReason(error)}`);
  }
}
