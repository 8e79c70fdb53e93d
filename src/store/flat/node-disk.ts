import fs from 'node:fs';
import type { Disk, Listed, OpenFile } from './disk.ts';
import { errorCode } from './error.ts';
import { ownFile } from './own-file.ts';
import { statOf } from './stat-of.ts';

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

/** What says that there is no such file. */
export const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

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

  async read(position: number, length: number, room?: Uint8Array): Promise<Uint8Array> {
    const buffer = room && room.length >= length ? room.subarray(0, length) : Buffer.allocUnsafeSlow(length);
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
    return stat && statOf(stat);
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

  own: ownFile,
};

/** The disk of this machine for what is thrown away anyhow: nobody waits for it. */
export const scratchDisk: Disk = {
  ...nodeDisk,
  open: (file, how) => nodeDisk.open(file, how === 'durable' ? 'write' : how),
  syncFile: async () => true,
  syncFolder: async () => true,
};
