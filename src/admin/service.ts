/** Installing the service. */

import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { publicEndpoints, type Settings } from '../config.ts';
import { ownerOf } from './data-folder.ts';
import { Refused } from './refused.ts';
import { isHidden, isTemporary, serviceUnit } from './service-unit.ts';

export interface ServiceOptions {
  /** Absolute path of davd. */
  readonly executable: string;
  /** The data folder. */
  readonly data: string;
  readonly settings: Settings;
}

export const UNIT_FILE = '/etc/systemd/system/davd.service';
const USER = 'davd';

/** The unit for these settings. */
export function unitFor({ executable, data, settings }: ServiceOptions): string {
  const lowPort = publicEndpoints(settings).some((endpoint) => 'port' in endpoint && endpoint.port < 1024);
  return serviceUnit({ executable, data, backups: settings['backup.dir'], lowPort });
}

/**
 * Makes the system user and the data folder where there are none, and writes the unit; starts nothing.
 * @throws Refused where systemd is missing, this isn't root, the folder is another user's, or the service can't see
 * what it needs.
 */
export function installService(options: ServiceOptions): void {
  requireVisible(options);
  const { data } = options;
  if (process.getuid?.() !== 0) throw new Refused("can't install the service: run it as root");
  if (!existsSync('/etc/systemd/system')) {
    throw new Refused(
      "can't install the service: there is no systemd here; davd service print shows what it would do",
    );
  }
  const user = accountOf() ?? makeUser();
  const owner = ownerOf(data);
  if (owner === undefined) makeFolder(data, user);
  else if (owner.uid !== user.uid) {
    throw new Refused(
      `"${data}" belongs to another user (uid ${owner.uid}), the service runs as ${USER} (uid ${user.uid}): chown -R ${USER}: '${data}'`,
    );
  }
  writeFileSync(UNIT_FILE, unitFor(options), { mode: 0o644 });
  if (existsSync('/run/systemd/system')) execFileSync('systemctl', ['daemon-reload'], { stdio: 'ignore' });
}

/** The service sees no homes, and its /tmp is another one. */
function requireVisible({ executable, data }: ServiceOptions): void {
  if (isHidden(executable)) {
    throw new Refused(
      `the service can't reach "${executable}": copy it (install -m 755 '${executable}' /usr/local/bin/davd), and run /usr/local/bin/davd service install`,
    );
  }
  if (isTemporary(data)) {
    throw new Refused(`"${data}" is in a folder that is emptied now and then: choose another with --data`);
  }
}

/** So that what root does next in it is done as its owner. */
function makeFolder(data: string, { uid, gid }: Account): void {
  mkdirSync(dirname(data), { recursive: true });
  mkdirSync(data, { mode: 0o700 });
  chownSync(data, uid, gid);
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

function accountOf(): Account | undefined {
  const ask = (flag: string): number =>
    Number(execFileSync('id', [flag, USER], { stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined;
  }
}

function makeUser(): Account {
  const home = ['--home-dir', '/var/lib/davd', '--no-create-home', '--shell', '/usr/sbin/nologin'];
  execFileSync('useradd', ['--system', '--user-group', ...home, USER], { stdio: 'ignore' });
  const account = accountOf();
  if (!account) throw new Refused(`can't make the system user "${USER}": useradd made none`);
  return account;
}
