/** A certificate from a certificate authority (RFC 8555), renewed in time. */

import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'acme-client';
import type { Certificate } from '../http/tls.ts';
import type { Log } from '../log.ts';
import { CertificateError, checkCertificate, covers } from './certificate.ts';
import { answering, type ChallengeType, type Shown } from './challenges.ts';
import { TlsFolder } from './folder.ts';

export interface AcmeOptions {
  /** The data folder. */
  readonly data: string;
  /** Host names, all in one certificate. */
  readonly names: readonly string[];
  readonly email: string;
  /** URL of the authority. */
  readonly directory: string;
  readonly challenge: ChallengeType;
  /** Command for DNS-01. */
  readonly dnsHook: string;
  /** Gets each new certificate. */
  readonly use: (certificate: Certificate) => void;
  readonly log: Log;
}

export interface AcmeKeeper {
  /** The one from an earlier run, if it is good for all names. */
  readonly certificate: Certificate | undefined;
  readonly shown: Shown;
  /** Gets what is missing, now and whenever two thirds of a certificate's time are over. */
  start(): void;
  stop(): void;
}

/** ms. Timers hold no more than 24 days, and a machine may sleep. */
const LONGEST = 12 * 3600_000;
/** ms after the first failure, doubled with each one; authorities count failures by the hour. */
const RETRY = { first: 60_000, most: 6 * 3600_000 };

export function acmeKeeper(options: AcmeOptions): AcmeKeeper {
  const folder = new TlsFolder(options.data);
  const shown: Shown = { tokens: new Map(), certificates: new Map() };
  const stopping = new AbortController();
  const certificate = usable(folder, options);
  return {
    certificate,
    shown,
    start: () => void keep(options, folder, shown, certificate, stopping.signal),
    stop: () => stopping.abort(),
  };
}

async function keep(
  options: AcmeOptions,
  folder: TlsFolder,
  shown: Shown,
  stored: Certificate | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { names, use, log } = options;
  let due = stored ? renewal(stored) : 0;
  let failures = 0;
  while (!signal.aborted) {
    const wait = due - Date.now();
    if (wait > 0) {
      await sleep(Math.min(wait, LONGEST), undefined, { signal, ref: false }).catch(() => undefined);
      continue;
    }
    try {
      const fresh = await order(options, folder, shown);
      await folder.saveCertificate(fresh);
      use(fresh);
      const until = new X509Certificate(fresh.cert).validToDate.toISOString();
      log.info({ names, until }, 'certificate obtained');
      due = renewal(fresh);
      failures = 0;
    } catch (error) {
      const pause = Math.min(RETRY.first * 2 ** failures++, RETRY.most);
      due = Date.now() + pause;
      const again = `${Math.round(pause / 60_000)} min`;
      log.error({ names, reason: sentence(error, options), again }, 'no certificate');
    }
  }
}

/** One order from beginning to end. A process that is killed in the middle leaves only an account, and orders anew. */
async function order(options: AcmeOptions, folder: TlsFolder, shown: Shown): Promise<Certificate> {
  const { names, email, directory, challenge, dnsHook } = options;
  // Loaded only where it is needed: it takes as long as the rest of a start.
  const { Client, crypto } = await import('acme-client');
  const account = folder.account(directory) ?? { key: (await crypto.createPrivateEcdsaKey()).toString() };
  await folder.saveAccount(directory, account);
  const client = new Client({
    directoryUrl: directory,
    accountKey: account.key,
    ...(account.url !== undefined && { accountUrl: account.url }),
    backoffAttempts: 15,
    backoffMin: 1_000,
    backoffMax: 20_000,
  });
  if (account.url === undefined) {
    await folder.saveAccount(directory, { key: account.key, url: await register(client, email) });
  }
  const [key, csr] = await crypto.createCsr({ altNames: [...names] }, await crypto.createPrivateEcdsaKey());
  const { show, hide } = answering(challenge, shown, dnsHook);
  const cert = await client.auto({
    csr,
    challengePriority: [challenge],
    // The authority looks for itself; this machine may not reach its own public address.
    skipChallengeVerification: true,
    challengeCreateFn: show,
    challengeRemoveFn: hide,
  });
  return { cert, key: key.toString() };
}

/**
 * The account's URL. An account that is there already (this process was killed before it could note it) is found by its
 * key; acme-client then sends an update with nothing in it, which not all authorities take.
 */
async function register(client: Client, email: string): Promise<string> {
  const contact = email === '' ? {} : { contact: [`mailto:${email}`] };
  try {
    await client.createAccount({ termsOfServiceAgreed: true, ...contact });
  } catch (error) {
    if (urlOf(client) === undefined) throw error;
  }
  return client.getAccountUrl();
}

function urlOf(client: Client): string | undefined {
  try {
    return client.getAccountUrl();
  } catch {
    return undefined;
  }
}

function usable(folder: TlsFolder, { names, log }: AcmeOptions): Certificate | undefined {
  const stored = folder.certificate();
  if (!stored) return undefined;
  const file = folder.certificateFile;
  try {
    return covers(checkCertificate(stored, { cert: file, key: file }), names) ? stored : undefined;
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    log.warn({ reason: error.message }, 'stored certificate not used');
    return undefined;
  }
}

/** When two thirds of its time are over, in ms since 1970. */
function renewal({ cert }: Certificate): number {
  const { validFromDate, validToDate } = new X509Certificate(cert);
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
  return from + ((to - from) * 2) / 3;
}

function sentence(error: unknown, { names, directory, challenge }: AcmeOptions): string {
  const reason = error instanceof Error ? error.message : String(error);
  return `can't get a certificate for ${names.join(', ')} from "${directory}" by ${challenge}: ${reason}`;
}
