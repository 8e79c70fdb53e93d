/** A backup made by a process of its own, so that the server it is of goes on undisturbed. */

import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { text } from 'node:stream/consumers';
import type { BackupOutcome } from '../admin/backup.ts';
import type { BackupTimerOptions } from '../admin/backup-timer.ts';
import { executable } from './executable.ts';

/** Runs `davd backup` for a data folder. */
export function backUpInChild(data: string): BackupTimerOptions['backUp'] {
  return async (file, signal) => {
    signal.throwIfAborted();
    const child = spawn(executable(), ['backup', file, '--data', data, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = (): boolean => child.kill('SIGTERM');
    signal.addEventListener('abort', stop);
    try {
      const ended = new Promise<void>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', () => resolve());
      });
      stepBack(child.pid);
      const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
      signal.throwIfAborted();
      if (out === '') throw new Error(sentenceIn(err));
      const { lost }: BackupOutcome = JSON.parse(out);
      return lost;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };
}

/** Requests go first. */
function stepBack(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It ended, or the system doesn't allow it.
  }
}

function sentenceIn(err: string): string {
  const last = err.trimEnd().split('\n').at(-1) ?? '';
  return last.replace(/^davd: /, '') || 'it ended without a word';
}
