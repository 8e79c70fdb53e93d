/** A text in the editor of the person at the terminal. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refused } from '../admin/refused.ts';
import { canAsk } from './prompt.ts';
import { WrongUsage } from './wrong-usage.ts';

export interface Edited {
  readonly bytes: Uint8Array;
  /** Where the edit stands, until `forget`. */
  readonly file: string;
  forget(): void;
}

/**
 * Opens `bytes` in $VISUAL or $EDITOR, as a file called `name`.
 * @throws WrongUsage where there is no editor to use; Refused where it fails.
 */
export function editText(bytes: Uint8Array, name: string): Edited {
  const { VISUAL, EDITOR } = process.env;
  const editor = VISUAL || EDITOR;
  if (!editor && !canAsk()) {
    throw new WrongUsage('there is no terminal to edit on: set $EDITOR to a program, or use --stdin');
  }
  const folder = mkdtempSync(join(tmpdir(), 'davd-edit-'));
  const file = join(folder, name);
  writeFileSync(file, bytes, { mode: 0o600 });
  const forget = (): void => rmSync(folder, { recursive: true, force: true });
  const command = `${editor || 'vi'} "$1"`;
  const { status, error } = spawnSync('/bin/sh', ['-c', command, 'sh', file], { stdio: 'inherit' });
  if (status === 0) return { bytes: readFileSync(file), file, forget };
  forget();
  throw new Refused(
    `the editor "${editor || 'vi'}" failed: ${error?.message ?? `exit code ${status}`}; nothing was changed`,
  );
}
