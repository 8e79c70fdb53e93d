import type { ServerKind } from './server.ts';

/** A server that runs already, by a URL with user and password in it. Its start and its memory can't be measured. */
export function elsewhere(at: string): ServerKind {
  const url = new URL(at);
  const login = { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  url.username = '';
  url.password = '';
  return {
    name: url.host,
    missing: () => undefined,
    start: async () => ({ name: url.host, login, origin: url, remove: async () => undefined }),
  };
}
