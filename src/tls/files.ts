/** A certificate and its key in files that somebody else renews. */

import { readFileSync, statSync } from 'node:fs';
import type { Certificate } from '../http/tls.ts';
import type { Log } from '../log.ts';
import { CertificateError, type CertificateNames, checkCertificate } from './certificate.ts';

export interface WatchOptions {
  readonly files: CertificateNames;
  /** Gets each new certificate that can be used. */
  readonly use: (certificate: Certificate) => void;
  readonly log: Log;
  /** ms between two looks. */
  readonly every?: number;
}

export interface CertificateWatch {
  /** Reads the files now; what can't be used is logged, and the last good certificate stays. */
  look(): void;
  stop(): void;
}

/** ms. Certificates are renewed days before they end. */
const EVERY = 5_000;

/** @throws CertificateError: a sentence for a person. */
export function readCertificateFiles(files: CertificateNames): Certificate {
  const certificate = { cert: read(files.cert), key: read(files.key) };
  checkCertificate(certificate, files);
  return certificate;
}

/**
 * Looks at the files every few seconds, which sees renewed links and mounted folders too. Of two files that are replaced
 * one after the other a mismatch is normal for a moment, so only what is still wrong at the second look is logged.
 */
export function watchCertificateFiles({ files, use, log, every = EVERY }: WatchOptions): CertificateWatch {
  let seen = print(files);
  let wrong: string | undefined;
  const take = (patient: boolean): void => {
    try {
      use(readCertificateFiles(files));
      wrong = undefined;
      log.info({ cert: files.cert }, 'certificate read again');
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      if (!patient && wrong !== error.message) {
        log.error({ reason: error.message }, 'certificate kept as it was');
        wrong = error.message;
      }
      // Looked at once more.
      if (patient) seen = '';
    }
  };
  const look = (): void => {
    const now = print(files);
    if (now === seen) return;
    const again = seen === '';
    seen = now;
    take(!again);
  };
  const timer = setInterval(look, every).unref();
  return {
    look: () => {
      seen = print(files);
      take(false);
    },
    stop: () => clearInterval(timer),
  };
}

/** Differs when a file was replaced or written. */
function print({ cert, key }: CertificateNames): string {
  return [cert, key]
    .map((file) => {
      const { ino, size, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {};
      return `${ino} ${size} ${mtimeMs}`;
    })
    .join(', ');
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CertificateError(`can't read "${file}": ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return `no permission for the user that davd runs as (uid ${process.getuid?.()})`;
  return error instanceof Error ? error.message : String(error);
}
