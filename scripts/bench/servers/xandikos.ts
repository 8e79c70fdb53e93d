import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, startLocal } from './local.ts';
import type { ServerKind } from './server.ts';

/** Debian's xandikos. It has no accounts and takes every login. */
export const xandikos: ServerKind = {
  name: 'xandikos',
  missing() {
    if (!isInstalled('xandikos')) return 'Debian package "xandikos" is not installed';
    return isInstalled('git') ? undefined : 'git, which fills its collections, is not installed';
  },
  start: () =>
    startLocal({
      name: 'xandikos',
      login: { user: 'alice', password: 'bench-password-1' },
      command: 'xandikos',
      args: (port, data) => [
        ...['-d', data, '--defaults', '--current-user-principal', '/alice/'],
        ...['-l', '127.0.0.1', '-p', String(port)],
      ],
      forgetCache: () => false,
      seed(data, collection, objects) {
        const folder = join(data, collection);
        for (const [name, text] of objects) writeFileSync(join(folder, name), text);
        const git = (...args: readonly string[]) =>
          execFileSync(
            'git',
            ['-C', folder, '-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...args],
            { stdio: 'ignore' },
          );
        git('add', '--all');
        git('commit', '--quiet', '--message', 'Seed');
      },
    }),
};
