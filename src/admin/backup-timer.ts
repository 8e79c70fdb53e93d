/** Backups that a running server makes of itself, so that nobody needs cron. */

import { join } from 'node:path';
import { durationOf, type Settings } from '../config.ts';
import type { Log } from '../log.ts';
import { backupName, listBackups, removeOldBackups, removeUnfinishedBackups } from './backup-folder.ts';
import { fileReason } from './file-reason.ts';

export interface BackupTimerOptions {
  /** Id of the store. */
  readonly store: string;
  /** As they are now. */
  readonly settings: () => Settings;
  /**
   * Makes a backup.
   * @returns names of files that are not in it because their bytes are lost.
   * @throws Error that says why it can't.
   */
  readonly backUp: (file: string, signal: AbortSignal) => Promise<readonly string[]>;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

export interface BackupTimer {
  /** Why the last attempt failed; undefined if it didn't. */
  readonly failure: string | undefined;
  /** Looks whether one is due, from now on. */
  start(): void;
  /** Begins none any more, and gives up the one at hand. */
  stop(): Promise<void>;
}

/** ms between two looks: settings and clocks change. */
const LOOK = 60_000;
/** ms until one that failed is tried again, at most. */
const AGAIN = 60 * 60_000;

/** Whether one is due is told by what is in the folder, so a restart changes nothing. */
export function openBackupTimer(options: BackupTimerOptions): BackupTimer {
  const { log } = options;
  const stopping = new AbortController();
  let failed: { readonly reason: string; readonly at: number; readonly folder: string } | undefined;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const look = async (): Promise<void> => {
    const { 'backup.dir': folder, 'backup.every': every } = options.settings();
    const patience = Math.min(AGAIN, durationOf(every) ?? AGAIN);
    if (failed?.folder === folder && performance.now() - failed.at < patience) return;
    try {
      await backUpIfDue(options, stopping.signal);
      failed = undefined;
    } catch (error) {
      if (stopping.signal.aborted) return;
      failed = { reason: fileReason(error), at: performance.now(), folder };
      log.warn({ folder, reason: failed.reason }, 'backup failed');
    }
  };
  const next = (): void => {
    running = look().finally(() => {
      if (!stopping.signal.aborted) timer = setTimeout(next, LOOK).unref();
    });
  };
  return {
    start: next,
    get failure() {
      return failed?.reason;
    },
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
}

async function backUpIfDue(
  { store, settings, backUp, log }: BackupTimerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { 'backup.dir': folder, 'backup.every': every, 'backup.keep': keep } = settings();
  if (folder === '' || !isDue(await listBackups(folder, store), every)) return;
  const file = join(folder, backupName(store, Date.now()));
  await removeUnfinishedBackups(folder, store);
  const lost = await backUp(file, signal);
  if (lost.length > 0) log.warn({ file, lost }, 'backup made without objects whose bytes are lost');
  else log.info({ file }, 'backup made');
  await removeOldBackups(folder, store, keep);
}

/** A backup from the future tells nothing: some clock was wrong. */
function isDue(backups: readonly { readonly time: number }[], every: string): boolean {
  const now = Date.now();
  const wait = durationOf(every) ?? 0;
  return !backups.some(({ time }) => time <= now && now - time < wait);
}
