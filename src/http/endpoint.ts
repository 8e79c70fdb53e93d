/** Where a server listens: a TCP address or the path of a unix socket. */

export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string };

/** `HOST:PORT`, `[IPv6]:PORT`, or a socket path. */
const TCP = /^(?:\[([0-9a-f:.%]+)\]|([^\s:/[\]]+)):(\d{1,5})$/i;

/**
 * Reads `127.0.0.1:8008`, `[::1]:8008`, `localhost:8008`, `/run/davd/http.sock` or `unix:/run/davd/http.sock`.
 * Port 0 means any free one. Returns undefined for anything else.
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const path = text.startsWith('unix:') ? text.slice(5) : text;
  if (path.startsWith('/')) return { path };
  const [, bracketed, name, digits] = TCP.exec(text) ?? [];
  const host = bracketed ?? name;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** The endpoint as a person reads it: a URL for TCP, `unix:/path` otherwise. */
export function showEndpoint(endpoint: Endpoint, scheme: 'http' | 'https' = 'http'): string {
  return 'path' in endpoint ? `unix:${endpoint.path}` : `${scheme}://${hostAndPort(endpoint)}/`;
}

/** `HOST:PORT`, with IPv6 addresses in brackets. */
export function hostAndPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Only programs of the same machine reach it. */
export function isLoopback(endpoint: Endpoint): boolean {
  return 'path' in endpoint || /^(?:localhost|127(?:\.\d+){3}|::1)$/i.test(endpoint.host);
}

/** The server could not be made to listen; the message says on what, why, and what to do next. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly endpoint: Endpoint;
  override readonly cause: NodeJS.ErrnoException;

  /** @param reasons sentences for error codes that go before the usual ones */
  constructor(
    endpoint: Endpoint,
    cause: NodeJS.ErrnoException,
    reasons: Readonly<Record<string, string>> = {},
  ) {
    const where = 'path' in endpoint ? endpoint.path : hostAndPort(endpoint);
    const code = cause.code ?? '';
    super(`can't listen on "${where}": ${reasons[code] ?? REASONS[code] ?? cause.message}`);
    this.endpoint = endpoint;
    this.cause = cause;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; stop it or choose another address with --listen HOST:PORT',
  EACCES:
    'not permitted; ports below 1024 are for the service (davd service install), else choose another address with --listen',
  EADDRNOTAVAIL: 'this machine has no such address; choose another with --listen HOST:PORT',
  ENOTFOUND: 'no such host name; choose an address of this machine with --listen HOST:PORT',
  EAI_AGAIN: 'the host name could not be looked up; choose an IP address with --listen HOST:PORT',
  ENOENT: 'the folder does not exist; make it or choose another with --listen',
};
