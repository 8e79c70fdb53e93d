/** Certificates for tests, made by openssl. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Certificate } from '../../src/http/tls.ts';

export interface Made extends Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** A folder that is gone after the test. */
export function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'davd-tls-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A certificate that signs itself, for these names and 127.0.0.1. */
export function selfSigned(folder: string, names: readonly string[], file = 'server', days = 30): Made {
  const certFile = join(folder, `${file}.pem`);
  const keyFile = join(folder, `${file}.key`);
  const alternatives = [...names.map((name) => `DNS:${name}`), 'IP:127.0.0.1'].join(',');
  openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-keyout', keyFile, '-out', certFile, '-days', String(days), '-subj', `/CN=${names[0]}`],
    ...['-addext', `subjectAltName=${alternatives}`],
  );
  return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}

/** A certificate whose time is over, with its key. */
export function expired(folder: string): Made {
  const made = selfSigned(folder, ['old.example'], 'expired');
  const [request, database] = [join(folder, 'expired.csr'), join(folder, 'index.txt')];
  openssl('req', '-new', '-key', made.keyFile, '-subj', '/CN=old.example', '-out', request);
  writeFileSync(database, '');
  writeFileSync(
    join(folder, 'ca.cnf'),
    `[ca]\ndefault_ca=own\n[own]\ndatabase=${database}\nnew_certs_dir=${folder}\ndefault_md=sha256\npolicy=any\nrand_serial=yes\n[any]\ncommonName=supplied\n`,
  );
  openssl(
    ...['ca', '-batch', '-config', join(folder, 'ca.cnf'), '-selfsign', '-keyfile', made.keyFile],
    ...[
      '-in',
      request,
      '-out',
      made.certFile,
      '-startdate',
      '20200101000000Z',
      '-enddate',
      '20200201000000Z',
    ],
  );
  return { ...made, cert: readFileSync(made.certFile, 'utf8') };
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' });
}
