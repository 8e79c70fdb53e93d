import path from 'node:path';
import type { Sighting } from '../types.ts';
import type { Disk } from './disk.ts';

/** The file of what was seen of devices. It is replaced whole and never synced: a crash loses some minutes of it. */
export class SightingsFile {
  readonly #disk: Disk;
  readonly #file: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#file = path.join(folder, 'seen.json');
  }

  async read(): Promise<readonly Sighting[]> {
    const bytes = await this.#disk.readFile(this.#file);
    try {
      const value: unknown = bytes && JSON.parse(Buffer.from(bytes).toString());
      return Array.isArray(value) ? value.filter(isSighting) : [];
    } catch {
      return [];
    }
  }

  /** One write after the other, so that the last one stays. */
  write(sightings: readonly Sighting[]): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(sightings)}\n`);
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(async () => {
        const fresh = `${this.#file}.new`;
        await this.#disk.writeFile(fresh, bytes, 0o600);
        await this.#disk.rename(fresh, this.#file);
      });
    return this.#writing;
  }
}

function isSighting(value: Partial<Sighting> | null): value is Sighting {
  return (
    typeof value?.user === 'string' &&
    (value.device === null || typeof value.device === 'string') &&
    typeof value.seen === 'number' &&
    typeof value.address === 'string' &&
    typeof value.client === 'string' &&
    typeof value.fetched === 'object' &&
    value.fetched !== null
  );
}
