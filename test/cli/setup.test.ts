/** What davd prints for other programs: blocks for web servers and a unit for systemd. */

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { PROXIES } from '../../src/admin/proxy-block.ts';
import { davd, madeFolder, newPath } from './davd.ts';

test('proxy: every block names the host, the path and where davd listens', async (t) => {
  const at = ['--data', newPath(t), '--url', 'https://dav.example.com/home', '--listen', '127.0.0.1:9000'];
  for (const name of PROXIES) {
    const { code, out, err } = await davd(['proxy', name, ...at]);
    assert.deepEqual([code, err], [0, ''], name);
    for (const part of [
      'dav.example.com',
      '/home',
      '127.0.0.1:9000',
      '.well-known',
      '--trust-proxy 127.0.0.1',
    ]) {
      assert.ok(out.includes(part), `${part} in the block of ${name}`);
    }
  }
});

test('proxy: URL and address are those of the data folder', async (t) => {
  const data = newPath(t);
  await davd(['init', '--yes', '--data', data, '--url', 'https://own.example', '--listen', '127.0.0.1:9001']);
  const { out } = await davd(['proxy', 'caddy', '--data', data]);
  assert.match(out, /^own\.example \{\n\treverse_proxy 127\.0\.0\.1:9001\n\}\n$/m);
});

test('proxy: what can not be is refused in one sentence', async (t) => {
  const data = await madeFolder(t);
  const cases: [args: readonly string[], sentence: RegExp][] = [
    [['nginx'], /no URL is set: name the public one with --url/],
    [['nginx', '--url', 'http://dav.example.com'], /phones need https/],
    [
      ['traefik', '--url', 'https://a.example', '--listen', '/run/davd.sock'],
      /Traefik reaches no unix socket/,
    ],
  ];
  for (const [args, sentence] of cases) {
    const { code, out, err } = await davd(['proxy', ...args, '--data', data]);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^davd: [^\n]*\n$/);
    assert.match(err, sentence);
  }
});

test('service print: the capability for low ports only where it is needed', async (t) => {
  const data = await madeFolder(t);
  const plain = await davd(['service', 'print', '--data', data]);
  assert.match(plain.out, /^CapabilityBoundingSet=$/m);
  assert.match(plain.out, new RegExp(`^ExecStart=/.*davd serve --data ${data}$`, 'm'));
  const low = await davd(['service', 'print', '--data', data], { env: { DAVD_ACME: 'dav.example.com' } });
  assert.match(low.out, /^AmbientCapabilities=CAP_NET_BIND_SERVICE$/m);
});

test('service print: of the homes it sees its own folder', async () => {
  const at = (data: string, env = {}) => davd(['service', 'print', '--data', data], { env });
  const own = (await at('/srv/davd')).out;
  assert.match(own, /^ReadWritePaths=\/srv\/davd$/m);
  assert.match(own, /^ProtectHome=yes$/m);
  const { out } = await at('/home/alice/davd', { DAVD_BACKUP_DIR: '/srv/backups' });
  assert.match(out, /^BindPaths=\/home\/alice\/davd$/m);
  assert.match(out, /^ReadWritePaths=-\/srv\/backups$/m);
  assert.match(out, /^ProtectHome=tmpfs$/m);
});

test('service print: systemd finds nothing wrong with the unit, and little open', {
  skip: !hasSystemd() && 'systemd-analyze is not installed',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'davd-unit-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const unit = join(folder, 'davd.service');
  for (const env of [{}, { DAVD_ACME: 'dav.example.com' }]) {
    const { out } = await davd(['service', 'print', '--data', '/var/lib/davd'], { env });
    writeFileSync(unit, out);
    const verified = await promisify(execFile)('systemd-analyze', ['verify', '--man=no', unit]);
    assert.equal(verified.stderr, '');
    // Exposure from 0 (nothing) to 100 (everything).
    await promisify(execFile)('systemd-analyze', ['security', '--offline=yes', '--threshold=20', unit]);
  }
});

function hasSystemd(): boolean {
  try {
    execFileSync('systemd-analyze', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('certificate and key are set one after the other, and a server wants both', async (t) => {
  const at = ['--data', await madeFolder(t)];
  assert.equal((await davd(['config', 'set', 'tlsCert', '/etc/ssl/a.pem', ...at])).code, 0);
  const { code, err } = await davd(['serve', '--listen', '127.0.0.1:0', ...at]);
  assert.equal(code, 1);
  assert.match(err, /^davd: tlsCert and tlsKey go together[^\n]*\n$/);
  assert.equal((await davd(['config', 'set', 'tlsKey', '/etc/ssl/a.key', ...at])).code, 0);
});
