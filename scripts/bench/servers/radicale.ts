import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, startLocal } from './local.ts';
import type { ServerKind } from './server.ts';

const login = { user: 'alice', password: 'bench-password-1' };
/** Debian's Python, whose modules radicale has; another may come first on the path. */
const PYTHON = '/usr/bin/python3';
/** bcrypt with the cost that htpasswd takes by itself. */
const HASH = 'import bcrypt, sys; print(bcrypt.hashpw(sys.argv[1].encode(), bcrypt.gensalt(5)).decode())';

/** Debian's radicale with its own web server and storage. */
export const radicale: ServerKind = {
  name: 'radicale',
  missing: () => (isInstalled('radicale') ? undefined : 'Debian package "radicale" is not installed'),
  start: () =>
    startLocal({
      name: 'radicale',
      login,
      command: 'radicale',
      args: (port, data) => [
        ...['--config', '', '--logging-level', 'error'],
        ...['--server-hosts', `127.0.0.1:${port}`],
        ...['--auth-type', 'htpasswd', '--auth-htpasswd-encryption', 'bcrypt'],
        ...['--auth-htpasswd-filename', join(data, 'htpasswd')],
        ...['--storage-filesystem-folder', join(data, 'storage')],
      ],
      prepare(data) {
        const hash = execFileSync(PYTHON, ['-c', HASH, login.password], { encoding: 'utf8' });
        writeFileSync(join(data, 'htpasswd'), `${login.user}:${hash}`);
      },
      forgetCache(data) {
        for (const collection of ['bench', 'bench-cards'])
          rmSync(join(folderOf(data, `/alice/${collection}`), '.Radicale.cache'), {
            recursive: true,
            force: true,
          });
        return true;
      },
      seed(data, collection, objects) {
        const folder = folderOf(data, collection);
        mkdirSync(folder, { recursive: true });
        for (const [name, text] of objects) writeFileSync(join(folder, name), text);
      },
    }),
};

function folderOf(data: string, collection: string): string {
  return join(data, 'storage', 'collection-root', collection);
}
