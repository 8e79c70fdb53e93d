/** Installing the service. */

import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { publicEndpoints, type Settings } from '../config.ts';
import { ownerOf } from './data-folder.ts';
import { Refused } from './refused.ts';
import { serviceUnit } from './service-unit.ts';

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
 * Makes the system user where there is none and writes the unit; starts nothing.
 * @throws Refused where systemd is missing, this isn't root, or the folder is another user's.
 */
export function installService(options: ServiceOptions): void {
  const { data } = options;
  if (process.getuid?.() !== 0) throw new Refused("can't install the service: run it as root");
  if (!existsSync('/etc/systemd/system')) {
    throw new Refused(
      "can't install the service: there is no systemd here; davd service print shows what it would do",
    );
  }
  const uid = userId() ?? makeUser();
  const owner = ownerOf(data);
  if (owner && owner.uid !== uid) {
    throw new Refused(
      `"${data}" belongs to another user (uid ${owner.uid}), the service runs as ${USER} (uid ${uid}): chown -R ${USER}: '${data}'`,
    );
  }
  writeFileSync(UNIT_FILE, unitFor(options), { mode: 0o644 });
  if (existsSync('/run/systemd/system')) execFileSync('systemctl', ['daemon-reload'], { stdio: 'ignore' });
}

function userId(): number | undefined {
  try {
    return Number(execFileSync('id', ['-u', USER], { stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}

function makeUser(): number {
  const home = ['--home-dir', '/var/lib/davd', '--no-create-home', '--shell', '/usr/sbin/nologin'];
  execFileSync('useradd', ['--system', '--user-group', ...home, USER], { stdio: 'ignore' });
  const uid = userId();
  if (uid === undefined) throw new Refused(`can't make the system user "${USER}": useradd made none`);
  return uid;
}
