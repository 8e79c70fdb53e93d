/** Evolution's own backends, as GNOME runs them, with a calendar and an address book that others change too. */

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { davd, madeFolder, serving } from '../cli/davd.ts';

/** Debian's packages are those of the system's Python. */
const python = '/usr/bin/python3';
const needed =
  'import gi; gi.require_version("ECal", "2.0"); gi.require_version("EBook", "1.2"); gi.require_version("EDataServer", "1.2")';
const missing =
  spawnSync(python, ['-c', needed], { stdio: 'ignore' }).status !== 0 ||
  spawnSync('dbus-run-session', ['--version'], { stdio: 'ignore' }).error !== undefined;
if (missing && process.env['CI'] === 'true') {
  throw new Error('evolution-data-server is not installed: .ci/run says which packages it takes');
}
const skip = missing && 'evolution-data-server is not installed: .ci/run says which packages it takes';
const password = 'secret-alice-1';

test('Evolution finds, syncs and changes what it should', { skip }, async (t) => {
  const data = await madeFolder(t);
  await davd(['user', 'add', 'alice', '--password-stdin', '--data', data], { input: `${password}\n` });
  const server = await serving(t, data);
  const home = mkdtempSync(join(tmpdir(), 'davd-evolution-'));
  t.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
  const script = `${import.meta.dirname}/evolution.py`;
  const { stdout } = await promisify(execFile)(
    'dbus-run-session',
    ['--', python, script, server.url, 'alice', password],
    { env: environment(home), timeout: 300_000 },
  );
  assert.deepEqual(JSON.parse(stdout), {
    calendars: [['/dav/calendars/alice/default/', 'Calendar']],
    books: [['/dav/addressbooks/alice/default/', 'Contacts']],
    writable: true,
    'first sync': ['Before'],
    'on the server': true,
    'after changes': ['Changed elsewhere', 'Mine, changed', 'Series'],
    'on the third day': ['Series'],
    'at the end': ['Series'],
    contacts: ['Eva Contact', 'Otto Contact'],
    'contacts, renamed': ['Eva Renamed', 'Otto Contact'],
    'contacts at the end': [],
  });
});

/** A session of its own: nothing is read from or left in the home folder of whoever runs the tests. */
function environment(home: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_RUNTIME_DIR: home,
    GSETTINGS_BACKEND: 'memory',
    GIO_USE_VFS: 'local',
  };
}
