/** A certificate authority to test against: Debian's pebble, with pebble-challtestsrv as its DNS. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { selfSigned, temporary } from './authority.ts';

export interface Pebble {
  /** Options of `davd serve` that get a certificate from it. */
  readonly options: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Where it looks for HTTP-01, HOST:PORT. */
  readonly http: string;
  /** Where it looks for TLS-ALPN-01. */
  readonly tls: string;
  /** Of the DNS server, to set records. */
  readonly management: string;
}

export interface PebbleOptions {
  /** s that its certificates are good for. */
  readonly validity?: number;
  /** s before it looks, at most. */
  readonly delay?: number;
  /** What every name resolves to; '' for nothing. */
  readonly address?: string;
}

/** The name that every test asks for. */
export const NAME = 'dav.example.com';

export function hasPebble(): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v pebble && command -v pebble-challtestsrv'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Runs until the test ends. */
export async function startPebble(
  t: TestContext,
  { validity, delay, address = '127.0.0.1' }: PebbleOptions = {},
): Promise<Pebble> {
  const [directory = 0, administration = 0, http = 0, tls = 0, dns = 0, management = 0] = await freePorts(6);
  const folder = temporary(t);
  const { certFile, keyFile } = selfSigned(folder, ['localhost']);
  const config = join(folder, 'pebble.json');
  const pebble = {
    listenAddress: `127.0.0.1:${directory}`,
    managementListenAddress: `127.0.0.1:${administration}`,
    certificate: certFile,
    privateKey: keyFile,
    httpPort: http,
    tlsPort: tls,
    ...(validity !== undefined && { certificateValidityPeriod: validity }),
  };
  writeFileSync(config, JSON.stringify({ pebble }));
  const sleep = delay === undefined ? { PEBBLE_VA_NOSLEEP: '1' } : { PEBBLE_VA_SLEEPTIME: String(delay) };
  run(t, 'pebble-challtestsrv', [
    ...['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${management}`],
    ...['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv4', address, '-defaultIPv6', ''],
  ]);
  run(t, 'pebble', ['-config', config, '-dnsserver', `127.0.0.1:${dns}`], sleep);
  for (const port of [directory, management]) await untilOpen(port);
  return {
    options: ['--acme', NAME, '--acme-directory', `https://localhost:${directory}/dir`],
    env: { NODE_EXTRA_CA_CERTS: certFile },
    http: `127.0.0.1:${http}`,
    tls: `127.0.0.1:${tls}`,
    management: `http://127.0.0.1:${management}`,
  };
}

/** Ports that nobody listens on. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function run(
  t: TestContext,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
  t.after(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  return child;
}

/** Waits until somebody listens there. */
export async function untilOpen(port: number): Promise<void> {
  const { connect } = await import('node:net');
  for (let tries = 0; tries < 200; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nobody listens on port ${port}`);
}
