/** `tls/` of a data folder: the account with the certificate authority, and the certificate it gave. */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificate } from '../http/tls.ts';

/** Of one certificate authority. */
export interface Account {
  /** PEM. */
  readonly key: string;
  /** Where the authority keeps it; absent before it is registered. */
  readonly url?: string;
}

export class TlsFolder {
  readonly #folder: string;

  constructor(data: string) {
    this.#folder = join(data, 'tls');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** Path of the file with the certificate and its key. */
  get certificateFile(): string {
    return join(this.#folder, 'certificate.pem');
  }

  /** @param directory URL of the authority */
  account(directory: string): Account | undefined {
    const text = this.#read(this.#accountFile(directory));
    return text === undefined ? undefined : JSON.parse(text);
  }

  saveAccount(directory: string, account: Account): Promise<void> {
    return this.#write(
      this.#accountFile(directory),
      `${JSON.stringify({ directory, ...account }, null, 2)}\n`,
    );
  }

  /** Both are in one file, so that they always belong together. */
  certificate(): Certificate | undefined {
    const text = this.#read(this.certificateFile);
    const [key] =
      /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----\n/.exec(text ?? '') ?? [];
    return text === undefined || key === undefined ? undefined : { key, cert: text.replace(key, '') };
  }

  saveCertificate({ cert, key }: Certificate): Promise<void> {
    return this.#write(this.certificateFile, `${key.trim()}\n${cert.trim()}\n`);
  }

  #accountFile(directory: string): string {
    const name = createHash('sha256').update(directory).digest('hex').slice(0, 12);
    return join(this.#folder, `account-${name}.json`);
  }

  #read(file: string): string | undefined {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #write(file: string, text: string): Promise<void> {
    const fresh = await open(`${file}.new`, 'w', 0o600);
    try {
      await fresh.writeFile(text);
      await fresh.sync();
    } finally {
      await fresh.close();
    }
    await rename(`${file}.new`, file);
  }
}
