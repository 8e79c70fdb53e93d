/** The service for systemd. */

export interface ServiceUnitOptions {
  /** Absolute path of davd. */
  readonly executable: string;
  /** The data folder, absolute. */
  readonly data: string;
  /** Another folder that it writes to, absolute; '' if none. */
  readonly backups?: string;
  /** It listens on a port below 1024. */
  readonly lowPort?: boolean;
}

/** Folders of people, which the service sees none of. */
const HOMES = /^\/(?:home|root|run\/user)\//;

/** A file there isn't for the service, which has a /tmp of its own. */
export function isHidden(file: string): boolean {
  return HOMES.test(file) || isTemporary(file);
}

/** A folder that is emptied now and then. */
export function isTemporary(folder: string): boolean {
  return /^(?:\/var)?\/tmp\//.test(folder);
}

/**
 * A unit file for a service that can reach nothing but its data folder and the network. What systemd-analyze would still
 * like closed, and why it is open, is in docs/install.md.
 */
export function serviceUnit({ executable, data, backups = '', lowPort = false }: ServiceUnitOptions): string {
  const capabilities = lowPort ? 'CAP_NET_BIND_SERVICE' : '';
  const own = data === '/var/lib/davd';
  const amongHomes = HOMES.test(data) || HOMES.test(backups);
  return `[Unit]
Description=davd, the CalDAV and CardDAV server
Documentation=man:davd(1)
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
# READY and WATCHDOG are sent by systemd-notify, which is a process of its own.
NotifyAccess=all
ExecStart=${executable} serve --data ${quoted(data)}
ExecReload=/bin/sh -c 'kill -HUP $MAINPID'
Restart=on-failure
RestartSec=5
WatchdogSec=60
# The server gives requests in flight 10 s.
TimeoutStopSec=20
User=davd
Group=davd
UMask=0077
${own ? 'StateDirectory=davd\nStateDirectoryMode=0700' : writable(data)}${backups && `\n# Also started while it isn't there.\n${writable(backups, '-')}`}
# For a unix socket: listen = /run/davd/http.sock
RuntimeDirectory=davd
# A core dump would hold passwords.
LimitCORE=0
LimitNOFILE=65536
MemoryMax=1G
TasksMax=128

# No MemoryDenyWriteExecute: V8 compiles at run time.
CapabilityBoundingSet=${capabilities}
AmbientCapabilities=${capabilities}
DevicePolicy=closed
KeyringMode=private
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
${lowPort ? '# No PrivateUsers: the capability would not count for the network.' : 'PrivateUsers=yes'}
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=${amongHomes ? 'tmpfs' : 'yes'}
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources

[Install]
WantedBy=multi-user.target
`;
}

/** `optional`: '-' where it may be absent. */
function writable(folder: string, optional: '-' | '' = ''): string {
  return `${HOMES.test(folder) ? 'BindPaths' : 'ReadWritePaths'}=${optional}${quoted(folder)}`;
}

/** As systemd reads words. */
function quoted(path: string): string {
  const text = path.replaceAll('%', '%%');
  return /^[\w./%@:+-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}
