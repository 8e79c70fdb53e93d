import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorCode } from './error.ts';

/** See `Disk.own`. */
export function ownFile(file: string): (() => void) | undefined {
  requireAccess(path.dirname(file));
  requireAccess(file);
  try {
    return lockExclusively(file);
  } catch (error) {
    throw sqliteError(error, file);
  }
}

/** SQLite doesn't tell why it can't have a file. @throws the system's error */
function requireAccess(file: string): void {
  try {
    fs.accessSync(file, fs.constants.R_OK | fs.constants.W_OK);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** An exclusive lock of SQLite is one the kernel frees when the process dies, however it dies. undefined: it is taken. */
function lockExclusively(file: string): (() => void) | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (errorCode(error) === 'ERR_SQLITE_ERROR' && /locked|busy/.test(String(error))) return undefined;
    throw error;
  }
  return () => database.close();
}

/** What the system's error was, by SQLite's result code (sqlite.org/rescode.html). */
const SQLITE: Readonly<Record<number, string>> = { 8: 'EROFS', 10: 'EIO', 13: 'ENOSPC', 14: 'EMFILE' };

function sqliteError(error: unknown, file: string): unknown {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return error;
  // The lower 8 bits are the primary code.
  return Object.assign(error, { code: SQLITE[error.errcode & 0xff] ?? 'EIO', path: file });
}
