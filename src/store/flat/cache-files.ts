import path from 'node:path';
import type { Disk } from './disk.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9.-]*$/;

/** Files in cache/ with what others can work out again. They are replaced whole and never synced. */
export class CacheFiles {
  readonly #disk: Disk;
  readonly #folder: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    await this.#writing.catch(() => undefined);
    return this.#disk.readFile(this.#file(name)).catch(() => undefined);
  }

  /** One write after the other, so that the last one stays. */
  write(name: string, bytes: Uint8Array | null): Promise<void> {
    const file = this.#file(name);
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(async () => {
        if (bytes === null) {
          await this.#disk.unlink(file);
          return;
        }
        await this.#disk.writeFile(`${file}.new`, bytes, 0o600);
        await this.#disk.rename(`${file}.new`, file);
      });
    return this.#writing;
  }

  #file(name: string): string {
    if (!NAME.test(name)) throw new Error(`can't keep "${name}" in the cache: it is no name`);
    return path.join(this.#folder, name);
  }
}
