/** A file that a command writes: there under its name only when it is whole. */

import { createWriteStream } from 'node:fs';
import { type FileHandle, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { errorCode, fileReason } from './file-reason.ts';
import { Refused } from './refused.ts';

export interface OutputFile {
  /** As it was named, absolute. */
  readonly path: string;
  readonly stream: Writable;
  /** Octets written so far. */
  readonly octets: () => number;
  /** Gives it its name, once the stream has ended; durable when it resolves. @throws Refused */
  keep(): Promise<void>;
  /** Leaves nothing. */
  discard(): Promise<void>;
}

/**
 * Begins a file that only its owner may read. What is there under its name stays until the new one is whole; a device or a
 * pipe is written into.
 * @throws Refused
 */
export async function openOutput(named: string): Promise<OutputFile> {
  const path = resolve(named);
  try {
    const there = await stat(path).catch(unlessAbsent);
    if (there?.isDirectory()) throw new Refused(`can't write "${path}": it is a folder; name a file in it`);
    if (there && !there.isFile()) return await openDevice(path);
    return await openFresh(path, there ? await realpath(path) : path);
  } catch (error) {
    throw refused(path, error);
  }
}

async function openFresh(path: string, target: string): Promise<OutputFile> {
  const folder = dirname(target);
  const fresh = join(folder, partialName(basename(target)));
  // One that a crash left. Made anew rather than opened, so that nobody can have put a link there.
  await unlink(fresh).catch(unlessAbsent);
  const handle = await open(fresh, 'wx', 0o600);
  return {
    path,
    ...writing(handle),
    async keep() {
      try {
        await handle.sync();
        await handle.close();
        await rename(fresh, target);
        await syncFolder(folder);
      } catch (error) {
        throw refused(path, error);
      }
    },
    async discard() {
      await handle.close().catch(() => undefined);
      await unlink(fresh).catch(unlessAbsent);
    },
  };
}

/** Name of a file while it is written. */
export function partialName(name: string): string {
  return `.${name}.partial`;
}

async function openDevice(path: string): Promise<OutputFile> {
  const handle = await open(path, 'w');
  return { path, ...writing(handle), keep: () => handle.close(), discard: () => handle.close() };
}

/** Standard output. */
export function standardOutput(): OutputFile {
  // Not process.stdout: a reader that goes away is a failure here.
  const stream = createWriteStream('', { fd: 1, autoClose: false });
  const nothing = async (): Promise<void> => undefined;
  return { path: '-', stream, octets: () => stream.bytesWritten, keep: nothing, discard: nothing };
}

/** What Node makes of a handle that is to stay open keeps it from ever being closed. */
function writing(handle: FileHandle): Pick<OutputFile, 'stream' | 'octets'> {
  let octets = 0;
  const stream = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      handle.writeFile(chunk).then(() => {
        octets += chunk.length;
        done();
      }, done);
    },
  });
  return { stream, octets: () => octets };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unlessAbsent(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
  return undefined;
}

/** The sentence for what went wrong with a file that is written. */
export function refused(path: string, error: unknown): Refused {
  if (error instanceof Refused) return error;
  const absent = errorCode(error) === 'ENOENT';
  const reason = absent ? `there is no folder "${dirname(path)}"` : fileReason(error);
  return new Refused(`can't write "${path}": ${reason}`);
}
