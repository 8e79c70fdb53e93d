import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorCode } from './error.ts';

/** What a look at a file tells. */
export interface Stat {
  readonly kind: 'file' | 'folder' | 'other';
  readonly size: number;
  /**
   * Changes whenever the file is replaced or written: made of inode, size, mtime and ctime. Never 0, so that 0 can
   * stand for "unknown".
   */
  readonly print: number;
  /** As `print`, but leaves out ctime, so that a rename keeps it. */
  readonly content: number;
}

export interface Listed {
  readonly name: string;
  readonly folder: boolean;
}

/** An open file. Positions and lengths are octets. */
export interface OpenFile {
  /** Shorter than asked where the file ends before. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** All chunks one after the other. Durable when it resolves if the file was opened 'durable'. */
  write(chunks: readonly Uint8Array[], position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Data and size reach the disk. */
  sync(): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Every access of the store to the disk. "Not there" is a value (undefined, false); everything else that fails
 * throws the system's error with its `code`. Nothing is durable before a sync of the file, and for a name of its folder.
 */
export interface Disk {
  /** All but 'read' make the file if it is absent; 'durable' makes each write of it wait for the disk (O_DSYNC). */
  open(file: string, how: 'read' | 'write' | 'durable'): Promise<OpenFile | undefined>;
  readFile(file: string): Promise<Uint8Array | undefined>;
  /** Makes or overwrites; `mode` counts for a file that is new. */
  writeFile(file: string, bytes: Uint8Array, mode?: number): Promise<void>;
  /** Replaces what stands at `to`; false where `from` is absent. */
  rename(from: string, to: string): Promise<boolean>;
  /** Gives a file another name; false where that is taken, or the file is absent. */
  link(file: string, name: string): Promise<boolean>;
  unlink(file: string): Promise<boolean>;
  /** With its parents; fine if there. */
  mkdir(folder: string, mode?: number): Promise<void>;
  /** False where it is absent or not empty. */
  rmdir(folder: string): Promise<boolean>;
  readdir(folder: string): Promise<readonly Listed[] | undefined>;
  /** Of the name itself: a symbolic link is 'other'. */
  stat(file: string): Promise<Stat | undefined>;
  /**
   * Tells names in a folder that something was done to, '' where it can't say which; its own name where it is gone or
   * moved. Only a hint: the system may keep things to itself. Does not keep the process. Undefined where there is no such
   * folder; throws where the system watches no more.
   * @param ended the watch has failed and tells nothing more.
   */
  watch(folder: string, tell: (name: string) => void, ended: () => void): (() => void) | undefined;
  /** The file's data reach the disk; false where it is absent. */
  syncFile(file: string): Promise<boolean>;
  /** The folder's names reach the disk; false where it is absent. */
  syncFolder(folder: string): Promise<boolean>;
  /** Octets that may still be written in this folder. */
  free(folder: string): Promise<number>;
  /** Takes the file as the sign of ownership until the release is called or the process ends; undefined if taken. */
  own(file: string): (() => void) | undefined;
}

type Done<T> = (error: NodeJS.ErrnoException | null, value: T) => void;

/**
 * Callbacks cost a third less than node:fs/promises, which counts where one write is the price of a PUT.
 * @param file for errors that don't say themselves which file it was
 */
function call<T>(start: (done: Done<T>) => void, file?: string): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(withPath(error, file)) : resolve(value)));
  });
}

function run(
  start: (done: (error: NodeJS.ErrnoException | null) => void) => void,
  file?: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(withPath(error, file)) : resolve()));
  });
}

function withPath(error: NodeJS.ErrnoException, file: string | undefined): NodeJS.ErrnoException {
  if (error.path !== undefined || file === undefined) return error;
  return Object.assign(error, { path: file, message: `${error.message} '${file}'` });
}

const GONE = new Set(['ENOENT', 'ENOTDIR']);

async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (GONE.has(errorCode(error))) return undefined;
    throw error;
  }
}

class NodeFile implements OpenFile {
  readonly #fd: number;
  readonly #path: string;

  constructor(fd: number, file: string) {
    this.#fd = fd;
    this.#path = file;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const start = filled;
      const count = await call<number>(
        (done) => fs.read(this.#fd, buffer, start, length - start, position + start, done),
        this.#path,
      );
      if (count === 0) break;
      filled += count;
    }
    return filled === length ? buffer : buffer.subarray(0, filled);
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    let rest = chunks;
    let at = position;
    for (;;) {
      const pending = rest;
      const written = await call<number>((done) => fs.writev(this.#fd, pending, at, done), this.#path);
      rest = after(pending, written);
      if (rest.length === 0) return;
      at += written;
    }
  }

  truncate(size: number): Promise<void> {
    return run((done) => fs.ftruncate(this.#fd, size, done), this.#path);
  }

  sync(): Promise<void> {
    return run((done) => fs.fdatasync(this.#fd, done), this.#path);
  }

  async size(): Promise<number> {
    return (await call<fs.Stats>((done) => fs.fstat(this.#fd, done), this.#path)).size;
  }

  close(): Promise<void> {
    return run((done) => fs.close(this.#fd, done), this.#path);
  }
}

/** What is left of chunks once `written` octets of them are out. */
function after(chunks: readonly Uint8Array[], written: number): Uint8Array[] {
  let skip = written;
  const rest: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (skip >= chunk.length) skip -= chunk.length;
    else {
      rest.push(skip > 0 ? chunk.subarray(skip) : chunk);
      skip = 0;
    }
  }
  return rest;
}

class NodeStat implements Stat {
  readonly kind: Stat['kind'];
  readonly size: number;
  readonly print: number;
  readonly #stat: fs.BigIntStats;

  constructor(stat: fs.BigIntStats) {
    this.kind = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other';
    this.size = Number(stat.size);
    this.print = printOf([stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs]);
    this.#stat = stat;
  }

  /** Worked out where it is asked for: many files are looked at, few of them twice. */
  get content(): number {
    return printOf([this.#stat.ino, this.#stat.size, this.#stat.mtimeNs]);
  }
}

function openFd(file: string, flags: number, mode?: number): Promise<number> {
  return call<number>((done) => fs.open(file, flags, mode, done));
}

const { O_RDONLY, O_RDWR, O_CREAT, O_DSYNC } = fs.constants;
const FLAGS = { read: O_RDONLY, write: O_RDWR | O_CREAT, durable: O_RDWR | O_CREAT | O_DSYNC };

async function syncPath(file: string): Promise<boolean> {
  const fd = await unlessGone(openFd(file, O_RDONLY));
  if (fd === undefined) return false;
  try {
    await run((done) => fs.fsync(fd, done), file);
  } finally {
    await run((done) => fs.close(fd, done));
  }
  return true;
}

/** The disk of this machine. */
export const nodeDisk: Disk = {
  async open(file, how) {
    const fd = await unlessGone(openFd(file, FLAGS[how], 0o600));
    return fd === undefined ? undefined : new NodeFile(fd, file);
  },

  readFile(file) {
    return unlessGone(call<Buffer>((done) => fs.readFile(file, done), file));
  },

  writeFile(file, bytes, mode = 0o666) {
    return run((done) => fs.writeFile(file, bytes, { mode }, done), file);
  },

  async rename(from, to) {
    return (await unlessGone(run((done) => fs.rename(from, to, done)).then(() => true))) ?? false;
  },

  async link(file, name) {
    try {
      return (await unlessGone(run((done) => fs.link(file, name, done)).then(() => true))) ?? false;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
  },

  async unlink(file) {
    return (await unlessGone(run((done) => fs.unlink(file, done)).then(() => true))) ?? false;
  },

  async mkdir(folder, mode = 0o777) {
    await call<string | undefined>((done) => fs.mkdir(folder, { recursive: true, mode }, done));
  },

  async rmdir(folder) {
    try {
      await run((done) => fs.rmdir(folder, done));
      return true;
    } catch (error) {
      if (['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errorCode(error))) return false;
      throw error;
    }
  },

  async readdir(folder) {
    const listing = await unlessGone(call<fs.Dir>((done) => fs.opendir(folder, { bufferSize: 256 }, done)));
    if (!listing) return undefined;
    const entries: Listed[] = [];
    // Piece by piece: a folder may have a hundred thousand files.
    for await (const entry of listing) entries.push({ name: entry.name, folder: entry.isDirectory() });
    return entries;
  },

  async stat(file) {
    const stat = await unlessGone(call<fs.BigIntStats>((done) => fs.lstat(file, { bigint: true }, done)));
    return stat && new NodeStat(stat);
  },

  watch(folder, tell, ended) {
    try {
      const watcher = fs.watch(folder, { persistent: false }, (_event, name) => tell(name ?? ''));
      watcher.on('error', () => {
        watcher.close();
        ended();
      });
      return () => watcher.close();
    } catch (error) {
      if (GONE.has(errorCode(error))) return undefined;
      throw error;
    }
  },

  syncFile: syncPath,
  syncFolder: syncPath,

  async free(folder) {
    const stat = await call<fs.StatsFs>((done) => fs.statfs(folder, done));
    return stat.bavail * stat.bsize;
  },

  own(file) {
    requireAccess(path.dirname(file));
    requireAccess(file);
    try {
      return lockExclusively(file);
    } catch (error) {
      throw sqliteError(error, file);
    }
  },
};

/** The disk of this machine for what is thrown away anyhow: nobody waits for it. */
export const scratchDisk: Disk = {
  ...nodeDisk,
  open: (file, how) => nodeDisk.open(file, how === 'durable' ? 'write' : how),
  syncFile: async () => true,
  syncFolder: async () => true,
};

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

const MIX = 0x9e3779b97f4a7c15n;

function printOf(parts: readonly bigint[]): number {
  let mixed = 0n;
  for (const part of parts) {
    mixed = BigInt.asUintN(64, (mixed ^ part) * MIX);
    mixed ^= mixed >> 29n;
  }
  return Number(mixed >> 11n) || 1;
}

/**
 * Puts a file in place so that after a crash either the old or the new content stands there, whole.
 * Durable when it resolves.
 */
export async function replaceDurably(
  disk: Disk,
  file: string,
  bytes: Uint8Array,
  mode?: number,
): Promise<void> {
  const folder = path.dirname(file);
  const fresh = path.join(folder, `.davd-${path.basename(file)}.new`);
  await disk.writeFile(fresh, bytes, mode);
  await disk.syncFile(fresh);
  if (!(await disk.rename(fresh, file))) throw new Error(`writing "${file}": "${fresh}" was taken away`);
  await disk.syncFolder(folder);
}

/** Octets of what is in a folder, by name. */
export async function sizesIn(disk: Disk, folder: string): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const { name } of (await disk.readdir(folder)) ?? []) {
    const seen = await disk.stat(path.join(folder, name));
    if (seen) sizes.set(name, seen.size);
  }
  return sizes;
}
