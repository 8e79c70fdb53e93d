import path from 'node:path';

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
  /**
   * Shorter than asked where the file ends before.
   * @param room where the octets may be put, as long as nothing else does: reading a long file piece by piece leaves no
   * garbage beside the heap, which is seen late.
   */
  read(position: number, length: number, room?: Uint8Array): Promise<Uint8Array>;
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
