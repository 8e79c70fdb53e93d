import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Room } from './commits.ts';
import type { Disk } from './disk.ts';

const SIZE = 8 * 1024 * 1024;
const BLOCK = 64 * 1024;
/** ms between two looks at a disk that was full. */
const PATIENCE = 2000;

/**
 * A file that holds room on the disk. When the disk is full it goes, so that deleting still works; what adds bytes is
 * refused until there is room for the file again.
 */
export class Reserve implements Room {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #file: string;
  readonly #warn: (text: string) => void;
  #full = false;
  #looked = 0;

  constructor(disk: Disk, folder: string, warn: (text: string) => void) {
    this.#disk = disk;
    this.#folder = folder;
    this.#file = path.join(folder, 'reserve');
    this.#warn = warn;
  }

  admits(octets: number): boolean {
    if (!this.#full || octets === 0) return true;
    if (performance.now() - this.#looked > PATIENCE) {
      this.#looked = performance.now();
      void this.#recover();
    }
    return false;
  }

  async release(): Promise<boolean> {
    if (!this.#full)
      this.#warn('the disk is full: only what adds no bytes is stored until there is room again');
    this.#full = true;
    this.#looked = performance.now();
    return this.#disk.unlink(this.#file).catch(() => false);
  }

  /** Makes the file if there is room for it, twice. */
  async hold(): Promise<boolean> {
    if ((await this.#disk.stat(this.#file))?.size === SIZE) return true;
    if ((await this.#disk.free(this.#folder)) < 2 * SIZE) return false;
    const file = await this.#disk.open(this.#file, 'write');
    // Zeros would take no room on disks that compress.
    const block = randomBytes(BLOCK);
    try {
      await file?.write(Array(SIZE / BLOCK).fill(block), 0);
      await file?.sync();
    } finally {
      await file?.close();
    }
    return true;
  }

  async #recover(): Promise<void> {
    if (await this.hold().catch(() => false)) this.#full = false;
  }
}
