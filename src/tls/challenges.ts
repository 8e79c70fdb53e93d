/** How this server shows a certificate authority that it holds a name (RFC 8555 §8, RFC 8737). */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Authorization } from 'acme-client';
import type { Certificate } from '../http/tls.ts';

/** The challenge types of RFC 8555 §8.3, §8.4 and RFC 8737. */
export type ChallengeType = 'http-01' | 'tls-alpn-01' | 'dns-01';

export type Challenge = Authorization['challenges'][number];

/** What the sockets show to the authority while it looks. */
export interface Shown {
  /** Answers under /.well-known/acme-challenge/, by token. */
  readonly tokens: Map<string, string>;
  /** Certificates of TLS-ALPN-01, by name. */
  readonly certificates: Map<string, Certificate>;
}

export interface Answering {
  show(authorization: Authorization, challenge: Challenge, proof: string): Promise<void>;
  hide(authorization: Authorization, challenge: Challenge, proof: string): Promise<void>;
}

/** ms for the command of the DNS hook, which returns once the record can be looked up. */
const HOOK = 15 * 60_000;

/** @param dnsHook path of the command for DNS-01; see docs/tls.md */
export function answering(type: ChallengeType, shown: Shown, dnsHook: string): Answering {
  switch (type) {
    case 'http-01':
      return {
        show: async (_authorization, { token }, proof) => void shown.tokens.set(token, proof),
        hide: async (_authorization, { token }) => void shown.tokens.delete(token),
      };
    case 'tls-alpn-01':
      return {
        show: async (authorization, _challenge, proof) => {
          const { crypto } = await import('acme-client');
          const [key, cert] = await crypto.createAlpnCertificate(authorization, proof);
          shown.certificates.set(nameOf(authorization), { key: key.toString(), cert: cert.toString() });
        },
        hide: async (authorization) => void shown.certificates.delete(nameOf(authorization)),
      };
    case 'dns-01':
      return {
        show: (authorization, _challenge, proof) => runHook(dnsHook, 'set', authorization, proof),
        hide: (authorization, _challenge, proof) => runHook(dnsHook, 'remove', authorization, proof),
      };
  }
}

/** @throws Error with what the command said. */
async function runHook(hook: string, action: 'set' | 'remove', { identifier }: Authorization, value: string) {
  try {
    await promisify(execFile)(hook, [action, `_acme-challenge.${identifier.value}`, value], {
      timeout: HOOK,
    });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new Error(`the DNS hook "${hook} ${action}" failed: ${said || (error as Error).message}`);
  }
}

function nameOf({ identifier }: Authorization): string {
  return identifier.value.toLowerCase();
}
