/** Certificates as a person hands them over: what is wrong with them, in a sentence. */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Certificate } from '../http/tls.ts';

/** A certificate that can't be used; the message names it, says why, and what to do. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/** What people call the two. */
export interface CertificateNames {
  readonly cert: string;
  readonly key: string;
}

/** @throws CertificateError where it isn't one, has expired, or the key is another's. */
export function checkCertificate({ cert, key }: Certificate, named: CertificateNames): X509Certificate {
  const certificate = attempt(
    () => new X509Certificate(cert),
    `"${named.cert}" holds no certificate: it must be a PEM file with the whole chain, the server's own first`,
  );
  const secret = attempt(
    () => createPrivateKey(key),
    `"${named.key}" holds no private key: it must be a PEM file, not protected by a password`,
  );
  if (!certificate.checkPrivateKey(secret)) {
    throw new CertificateError(
      `the key "${named.key}" does not belong to the certificate "${named.cert}": give the two that were made together`,
    );
  }
  if (certificate.validToDate.getTime() <= Date.now()) {
    throw new CertificateError(`the certificate "${named.cert}" expired on ${certificate.validTo}: renew it`);
  }
  return certificate;
}

/** Every name is one that the certificate was made for (RFC 6125). */
export function covers(certificate: X509Certificate, names: readonly string[]): boolean {
  return names.every((name) => certificate.checkHost(name) !== undefined);
}

function attempt<T>(read: () => T, sentence: string): T {
  try {
    return read();
  } catch {
    throw new CertificateError(sentence);
  }
}
