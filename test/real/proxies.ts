/** Real web servers in front of davd, with the blocks that `davd proxy` prints. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type ProxyName, proxyBlock } from '../../src/admin/proxy-block.ts';
import { parseEndpoint } from '../../src/http/endpoint.ts';
import { selfSigned, temporary } from '../tls/authority.ts';
import { freePorts, untilOpen } from '../tls/pebble.ts';

export type RealProxy = Exclude<ProxyName, 'traefik'>;

/** How Debian's package of each is found, and started in the foreground from a folder. */
interface Program {
  readonly command: string;
  /** Writes what is around the block, and returns the arguments. */
  readonly configure: (folder: string, block: string) => readonly string[];
}

const PROGRAMS: Readonly<Record<RealProxy, Program>> = {
  nginx: {
    command: '/usr/sbin/nginx',
    configure: (folder, block) => {
      const file = join(folder, 'nginx.conf');
      const temporaries = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
      const paths = temporaries.map((name) => `${name}_temp_path ${join(folder, name)};`).join('\n');
      writeFileSync(
        file,
        `user root;\ndaemon off;\npid ${folder}/nginx.pid;\nerror_log ${folder}/error.log;\nevents {}\nhttp {\naccess_log off;\n${paths}\n${block}}\n`,
      );
      return ['-c', file, '-e', join(folder, 'error.log')];
    },
  },
  apache: {
    command: '/usr/sbin/apache2',
    configure: (folder, block) => {
      const modules = ['mpm_event', 'authz_core', 'ssl', 'proxy', 'proxy_http', 'headers', 'http2'];
      const loads = modules.map(
        (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
      );
      const [, port] = /<VirtualHost \*:(\d+)>/.exec(block) ?? [];
      writeFileSync(
        join(folder, 'apache.conf'),
        `ServerRoot ${folder}\nDefaultRuntimeDir ${folder}\nPidFile ${folder}/pid\nErrorLog ${folder}/error.log\nUser www-data\nGroup root\nServerName localhost\nListen ${port}\n${loads.join('\n')}\n${block}`,
      );
      return ['-f', join(folder, 'apache.conf'), '-D', 'FOREGROUND'];
    },
  },
  caddy: {
    command: '/usr/bin/caddy',
    configure: (folder, block) => {
      // It would get the certificate itself.
      const own = block.replace(/\{\n/, `{\n\ttls ${folder}/server.pem ${folder}/server.key\n`);
      writeFileSync(join(folder, 'Caddyfile'), `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${own}`);
      return ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')];
    },
  },
  haproxy: {
    command: '/usr/sbin/haproxy',
    configure: (folder, block) => {
      writeFileSync(join(folder, 'haproxy.cfg'), `global\n    log stderr local0 err\n${block}`);
      return ['-db', '-f', join(folder, 'haproxy.cfg')];
    },
  },
};

/** Why tests with it are skipped, or false. @throws Error in CI, which installs it. */
export function without(name: RealProxy): string | false {
  try {
    execFileSync('test', ['-x', PROGRAMS[name].command]);
    return false;
  } catch {
    const sentence = `${name} is not installed: apt-get install ${name}, as .ci/run does`;
    if (process.env['CI'] === 'true') throw new Error(sentence);
    return sentence;
  }
}

export interface Proxied {
  /** Where it listens, with a slash at the end. */
  readonly url: string;
  /** File with its certificate. */
  readonly certificate: string;
}

export interface ProxyOptions {
  /** HOST:PORT or socket path of davd. */
  readonly backend: string;
  /** Base path, such as `/home-dav`. */
  readonly base?: string;
  /** Changes the block, for what it doesn't offer. */
  readonly change?: (block: string) => string;
}

/** Runs until the test ends. */
export async function startProxy(
  t: TestContext,
  name: RealProxy,
  { backend, base = '', change = (block) => block }: ProxyOptions,
): Promise<Proxied> {
  const [port = 0] = await freePorts(1);
  const folder = temporary(t);
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'logs'));
  const { certFile, keyFile, cert, key } = selfSigned(folder, ['localhost']);
  const both = join(folder, 'both.pem');
  writeFileSync(both, cert + key);
  const endpoint = parseEndpoint(backend);
  if (!endpoint) throw new Error(`no address: ${backend}`);
  const printed = proxyBlock(name, { url: `https://localhost:${port}${base}`, backend: endpoint });
  const block = change(printed)
    .replaceAll(/\/etc\/letsencrypt\/live\/localhost\/fullchain\.pem/g, certFile)
    .replaceAll(/\/etc\/letsencrypt\/live\/localhost\/privkey\.pem/g, keyFile)
    .replaceAll('/etc/haproxy/certs/localhost.pem', both);
  const { command, configure } = PROGRAMS[name];
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const child = spawn(command, configure(folder, block), { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  t.after(() => ended(child));
  await untilOpen(port).catch((error: Error) => {
    throw new Error(`${name} does not start: ${error.message}\n${said}`);
  });
  return { url: `https://localhost:${port}${base}/`, certificate: certFile };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const close = once(child, 'close');
  child.kill('SIGTERM');
  const impatient = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await close;
  clearTimeout(impatient);
}
