import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Room } from './commits.ts';
import type { Disk } from './disk.ts';

const SIZE = 8 * 1024 * 1024;
const BLOCK = 64 * 1024;
/** ms between two looks at a disk that was full. */
const PATIENCE = 2000;

export interface ReserveLog {
  info(text: string): void;
  warn(text: string): void;
}

/**
 * A file that holds room on the disk. When the disk is full it goes, so that deleting still works; what adds bytes is
 * refused until there is room for the file again.
 */
export class Reserve implements Room {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #file: string;
  readonly #log: ReserveLog;
  #full = false;
  #looking: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(disk: Disk, folder: string, log: ReserveLog) {
    this.#disk = disk;
    this.#folder = folder;
    this.#file = path.join(folder, 'reserve');
    this.#log = log;
  }

  admits(octets: number): boolean {
    return !this.#full || octets === 0;
  }

  async release(): Promise<boolean> {
    const isNews = !this.#full;
    this.#full = true;
    if (isNews) {
      this.#log.warn('the disk is full: only what adds no bytes is stored until there is room again');
      this.#look();
    }
    const released = await this.#disk.unlink(this.#file).catch(() => false);
    // The first time, what adds no bytes may have been too much with the rest only.
    return released || isNews;
  }

  /** Looks no longer whether there is room again. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#looking);
  }

  /** Makes the file if there is room for it, twice. */
  async hold(): Promise<boolean> {
    if ((await this.#disk.stat(this.#file))?.size === SIZE) return true;
    if ((await this.#disk.free(this.#folder)) < 2 * SIZE) return false;
    try {
      await this.#fill();
    } catch (error) {
      await this.#disk.unlink(this.#file);
      throw error;
    }
    return true;
  }

  async #fill(): Promise<void> {
    const file = await this.#disk.open(this.#file, 'write');
    // Zeros would take no room on disks that compress.
    const block = randomBytes(BLOCK);
    try {
      await file?.write(Array(SIZE / BLOCK).fill(block), 0);
      await file?.sync();
    } finally {
      await file?.close();
    }
  }

  #look(): void {
    if (this.#closed) return;
    this.#looking = setTimeout(() => void this.#recover(), PATIENCE).unref();
  }

  async #recover(): Promise<void> {
    if (!(await this.hold().catch(() => false))) return this.#look();
    this.#full = false;
    this.#log.info('the disk has room again: everything is stored');
  }
}
