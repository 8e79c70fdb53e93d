/** What plain HTTP answers beside a server with TLS: challenges, and the way to https. */

import type { Handler } from '../http/types.ts';

export interface RedirectOptions {
  /** Answers to HTTP-01 (RFC 8555 §8.3), by token. */
  readonly tokens: ReadonlyMap<string, string>;
  /** Host names of the server; empty: whatever the client calls it. */
  readonly names: readonly string[];
  /** Port of https. */
  readonly port: number;
}

const CHALLENGE = '/.well-known/acme-challenge/';

export function redirectHandler({ tokens, names, port }: RedirectOptions): Handler {
  return async ({ path, query, headers }) => {
    if (path.startsWith(CHALLENGE)) {
      const proof = tokens.get(path.slice(CHALLENGE.length));
      if (proof !== undefined) {
        return { status: 200, headers: { 'Content-Type': 'application/octet-stream' }, body: proof };
      }
    }
    const [asked] = /^(?:\[[0-9a-f:]+\]|[a-z0-9.-]+)/i.exec(headers['host'] ?? '') ?? [];
    const known = names.length === 0 || names.some((name) => name === asked?.toLowerCase());
    const host = known ? asked : names[0];
    if (host === undefined) return { status: 400, headers: {} };
    const authority = port === 443 ? host : `${host}:${port}`;
    const target = `https://${authority}${path}${query && `?${query}`}`;
    return { status: 301, headers: { Location: target } };
  };
}
