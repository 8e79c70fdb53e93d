/** What people type into their devices. */

import { hostname } from 'node:os';
import { basePath, publicAddress } from '../config.ts';
import { href } from '../dav/paths.ts';
import { type Endpoint, hostAndPort, isLoopback, parseEndpoint } from '../http/endpoint.ts';
import type { Administration } from './administration.ts';

export interface AccountAddresses {
  /** Absolute URLs, with a slash at their ends. */
  readonly server: string;
  readonly principal: string;
  readonly calendars: string;
  readonly addressbooks: string;
  /** Only programs on the server's own machine get there. */
  readonly local: boolean;
  /** Passwords travel encrypted. */
  readonly encrypted: boolean;
}

/** Under the public URL, or the listen address where there is none. `user` is the canonical name. */
export function accountAddresses(
  { settings, endpoint }: Pick<Administration, 'settings' | 'endpoint'>,
  user: string,
): AccountAddresses {
  const listening = endpoint ?? parseEndpoint(settings.listen);
  const server = publicAddress(settings) || reachable(listening, settings.tlsCert !== '');
  const { origin, hostname: host } = new URL(server);
  const prefix = `${origin}${basePath(settings)}/dav`;
  return {
    server: `${server}/`,
    principal: href({ type: 'principal', user }, prefix),
    calendars: href({ type: 'home', kind: 'calendar', user }, prefix),
    addressbooks: href({ type: 'home', kind: 'addressbook', user }, prefix),
    local: isLoopback({ host: host.replace(/^\[|\]$/g, ''), port: 0 }),
    encrypted: server.startsWith('https:'),
  };
}

/** An endpoint that takes connections for all addresses is reached under the machine's name. */
function reachable(endpoint: Endpoint | undefined, encrypted: boolean): string {
  const scheme = encrypted ? 'https' : 'http';
  if (endpoint === undefined || 'path' in endpoint) return `${scheme}://localhost`;
  const { host, port } = endpoint;
  return `${scheme}://${hostAndPort({ host: host === '0.0.0.0' || host === '::' ? hostname() : host, port })}`;
}
