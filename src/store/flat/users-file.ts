import { type Adapter, Low } from 'lowdb';
import type { User } from '../types.ts';
import type { Catalog } from './catalog.ts';
import { type Disk, replaceDurably } from './disk.ts';
import type { UserRecord } from './entries.ts';

/** users.json: what people see of the accounts. */
export interface UsersFile {
  readonly format: 1;
  readonly users: readonly UserRecord[];
}

/** The text of users.json. */
export function usersText(catalog: Catalog): Buffer {
  return textOf(usersOf(catalog));
}

function usersOf(catalog: Catalog): UsersFile {
  return { format: 1, users: [...catalog.users.values()].map(({ record }) => record) };
}

function textOf(data: UsersFile): Buffer {
  return Buffer.from(`${JSON.stringify(data, null, 2)}\n`);
}

/** lowdb writes without waiting for the disk; this adapter leaves the old or the new file, whole, after a crash. */
class DurableFile implements Adapter<UsersFile> {
  readonly #disk: Disk;
  readonly #file: string;

  constructor(disk: Disk, file: string) {
    this.#disk = disk;
    this.#file = file;
  }

  async read(): Promise<UsersFile | null> {
    const bytes = await this.#disk.readFile(this.#file);
    return bytes ? JSON.parse(Buffer.from(bytes).toString()) : null;
  }

  write(data: UsersFile): Promise<void> {
    return replaceDurably(this.#disk, this.#file, textOf(data), 0o600);
  }
}

/** Keeps users.json in line with the catalog. */
export class UsersMirror {
  /** Of the file as this store left it; 0 if unknown. */
  print: number;
  readonly #disk: Disk;
  readonly #file: string;
  readonly #catalog: Catalog;
  readonly #low: Low<UsersFile>;

  constructor(disk: Disk, file: string, catalog: Catalog, print: number) {
    this.#disk = disk;
    this.#file = file;
    this.#catalog = catalog;
    this.#low = new Low<UsersFile>(new DurableFile(disk, file), { format: 1, users: [] });
    this.print = print;
  }

  async write(): Promise<void> {
    const seen = await this.#disk.stat(this.#file);
    if (seen && this.print > 0 && seen.print !== this.print) {
      // Somebody edited it while accounts changed.
      await this.#disk.rename(this.#file, `${this.#file}.edited`);
    }
    this.#low.data = usersOf(this.#catalog);
    await this.#low.write();
    this.print = (await this.#disk.stat(this.#file))?.print ?? 0;
  }

  /** The users in the file, as far as they can be read, if this store didn't leave it so. */
  async edited(): Promise<readonly User[] | undefined> {
    const seen = await this.#disk.stat(this.#file);
    if (seen ? seen.print === this.print : this.print === 0) return undefined;
    try {
      await this.#low.read();
    } catch {
      // Somebody's work, if only a typo made it unreadable.
      await this.#disk.rename(this.#file, `${this.#file}.unreadable`);
      return [];
    }
    const { users } = this.#low.data;
    return Array.isArray(users) ? users.flatMap((record) => (isUser(record?.user) ? [record.user] : [])) : [];
  }
}

function isUser(value: Partial<User> | undefined): value is User {
  const texts = [value?.id, value?.name, value?.displayName, value?.locale];
  return (
    texts.every((text) => typeof text === 'string' && text !== '') &&
    [value?.aliases, value?.addresses, value?.devices].every(Array.isArray) &&
    typeof value?.disabled === 'boolean' &&
    typeof value.created === 'number' &&
    typeof value.properties === 'object' &&
    (value.password === null || typeof value.password === 'string')
  );
}
