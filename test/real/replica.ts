/** A folder of files that vdirsyncer keeps in step with a server: one person's computer. */

import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Item } from './items.ts';

export type Sort = 'calendars' | 'contacts';
const ending: Readonly<Record<Sort, string>> = { calendars: '.ics', contacts: '.vcf' };

/** Whether Debian's vdirsyncer is there. */
export function hasVdirsyncer(): boolean {
  try {
    execFileSync('vdirsyncer', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface Remote {
  /** What a person types: the address of the server. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** File with the certificate of the server. */
  readonly certificate?: string | undefined;
}

export class Replica {
  readonly #folder: string;

  constructor(folder: string, remote: Remote) {
    this.#folder = folder;
    for (const sort of ['calendars', 'contacts'] as const) mkdirSync(this.#path(sort), { recursive: true });
    writeFileSync(join(folder, 'config'), configuration(folder, remote));
  }

  /** Finds the collections on both sides, and makes the missing ones here. Returns what it said. */
  discover(): Promise<string> {
    return this.#run('discover', '--list');
  }

  /** Carries all changes over, in both directions. Returns what it said. */
  sync(): Promise<string> {
    return this.#run('sync');
  }

  write(sort: Sort, { uid, text }: Item): void {
    writeFileSync(this.#file(sort, uid), text);
  }

  remove(sort: Sort, uid: string): void {
    rmSync(this.#file(sort, uid));
  }

  /** Contents by UID. */
  read(sort: Sort): ReadonlyMap<string, string> {
    return contentsOf(this.#path(sort));
  }

  #path(sort: Sort): string {
    return join(this.#folder, sort, 'default');
  }

  /** Where an item stands: under the name that vdirsyncer gave it, or a new one. */
  #file(sort: Sort, uid: string): string {
    const found = [...filesOf(this.#path(sort))].find(([, text]) => uidOf(text) === uid);
    return join(this.#path(sort), found?.[0] ?? uid + ending[sort]);
  }

  #run(...args: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const config = join(this.#folder, 'config');
      const options = { env: { ...process.env, LC_ALL: 'C.UTF-8', HOME: this.#folder }, maxBuffer: 2 ** 26 };
      const child = execFile('vdirsyncer', ['-c', config, ...args], options, (error, out, said) => {
        if (error) reject(new Error(`vdirsyncer ${args.join(' ')} failed: ${said}\n${out}`));
        else resolve(out + said);
      });
      // It asks whether to make what is only on one side.
      child.stdin?.end('y\n'.repeat(20));
    });
  }
}

/** Contents of a folder's items by the UID inside. */
export function contentsOf(folder: string): ReadonlyMap<string, string> {
  return new Map([...filesOf(folder)].map(([name, text]) => [uidOf(text) ?? name, text]));
}

/** Contents of a folder's items by file name. */
function filesOf(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder).filter((name) => /^[^.].*\.(?:ics|vcf)$/.test(name));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

function uidOf(text: string): string | undefined {
  return /^UID:(.*?)\r?$/m.exec(text)?.[1];
}

function configuration(folder: string, { url, user, password, certificate }: Remote): string {
  const verify = certificate === undefined ? '' : `\nverify = "${certificate}"`;
  const remote = (type: string) =>
    `type = "${type}"\nurl = "${url}"\nusername = "${user}"\npassword = "${password}"${verify}`;
  const local = (sort: Sort) =>
    `type = "filesystem"\npath = "${join(folder, sort)}/"\nfileext = "${ending[sort]}"`;
  const pair = (sort: Sort, type: string) => `
[pair ${sort}]
a = "${sort}_here"
b = "${sort}_there"
collections = ["from a", "from b"]
[storage ${sort}_here]
${local(sort)}
[storage ${sort}_there]
${remote(type)}
`;
  return `[general]\nstatus_path = "${join(folder, 'status')}/"\n${pair('calendars', 'caldav')}${pair('contacts', 'carddav')}`;
}
