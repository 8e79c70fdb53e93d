/** The certificate that the server shows, as far as a person wants to know about it. */

import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Administration } from './administration.ts';

export interface CertificateState {
  /** Host names it is good for. */
  readonly names: readonly string[];
  /** ISO 8601 */
  readonly expires: string;
}

/** undefined where the settings name none; null where it isn't there yet or can't be read. */
export async function certificateState({
  data,
  settings: { tlsCert, acme },
}: Pick<Administration, 'data' | 'settings'>): Promise<CertificateState | null | undefined> {
  if (tlsCert === '' && acme.length === 0) return undefined;
  const file = acme.length > 0 ? join(data, 'tls', 'certificate.pem') : tlsCert;
  try {
    const { subjectAltName = '', validToDate } = new X509Certificate(
      certificateIn(await readFile(file, 'utf8')),
    );
    const names = Array.from(subjectAltName.matchAll(/DNS:([^,\s]+)/g), ([, name]) => String(name));
    return { names, expires: validToDate.toISOString() };
  } catch {
    return null;
  }
}

/** The file may hold the key too. */
function certificateIn(pem: string): string {
  return /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(pem)?.[0] ?? '';
}
