/** vdirsyncer through TLS, and through each web server with the block that `davd proxy` prints for it. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { davd, madeFolder, type Serving, serving, start, stop } from '../cli/davd.ts';
import { selfSigned, temporary } from '../tls/authority.ts';
import { type Proxied, type RealProxy, startProxy, without } from './proxies.ts';
import { keepInStep, password, withoutVdirsyncer } from './vdirsyncer-run.ts';

const count = process.env['DAVD_TEST_LONG'] ? 200 : 20;
const counts = { calendars: count, contacts: count };
const skip = withoutVdirsyncer();

async function withAlice(t: TestContext): Promise<string> {
  const data = await madeFolder(t);
  await davd(['user', 'add', 'alice', '--data', data, '--password-stdin'], { input: `${password}\n` });
  return data;
}

function host({ url }: Serving): string {
  return new URL(url).host;
}

/** Status of the answer to curl, and its Location. */
async function curl(
  { url, certificate }: Proxied,
  path: string,
  ...more: readonly string[]
): Promise<string> {
  const { stdout } = await promisify(execFile)('curl', [
    ...['-s', '--cacert', certificate, '-u', `alice:${password}`, '-o', '/dev/null'],
    ...['-w', '%{http_code} %header{location}', ...more, new URL(path, url).href],
  ]);
  return stdout.trim();
}

test('vdirsyncer through TLS of its own', { skip }, async (t) => {
  const { certFile, keyFile } = selfSigned(temporary(t), ['localhost']);
  const { url } = await serving(t, await withAlice(t), ['--tls-cert', certFile, '--tls-key', keyFile]);
  const named = url.replace('127.0.0.1', 'localhost');
  await keepInStep(t, { url: named, counts, certificate: certFile });
});

for (const name of ['nginx', 'apache', 'caddy', 'haproxy'] as const satisfies readonly RealProxy[]) {
  test(`vdirsyncer through ${name}`, { skip: skip || without(name) }, async (t) => {
    const server = await serving(t, await withAlice(t), ['--trust-proxy', '127.0.0.1']);
    const proxy = await startProxy(t, name, { backend: host(server) });
    await keepInStep(t, { url: proxy.url, counts, certificate: proxy.certificate });

    await t.test('discovery leads to the proxy, and odd names arrive as they were sent', async () => {
      assert.equal(await curl(proxy, '/.well-known/caldav'), '301 /dav/');
      const odd = '/dav/calendars/alice/default/a%2Fb%20%C3%A9%3B.ics';
      const body =
        'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\nBEGIN:VEVENT\r\nUID:odd\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';
      const put = ['-X', 'PUT', '-H', 'Content-Type: text/calendar', '--data-binary', body] as const;
      assert.equal(await curl(proxy, odd, ...put), '201');
      assert.equal(await curl({ ...proxy, url: server.url }, odd), '200');
    });
  });

  test(`${name}: a base path and a unix socket`, { skip: without(name) }, async (t) => {
    const data = await withAlice(t);
    // Apache's workers are not root, and need a way to the socket.
    chmodSync(dirname(data), 0o755);
    chmodSync(data, 0o711);
    const socket = join(data, 'http.sock');
    const started = start(['serve', '--data', data, '--listen', socket], {
      env: { DAVD_URL: 'https://localhost/home-dav' },
    });
    t.after(() => stop(started));
    await started.said(/^davd ready/m);
    chmodSync(socket, 0o666);
    const proxy = await startProxy(t, name, { backend: socket, base: '/home-dav' });
    const depth = ['-X', 'PROPFIND', '-H', 'Depth: 0'] as const;
    assert.equal(await curl(proxy, '/home-dav/dav/principals/alice/', ...depth), '207');
    assert.equal(await curl(proxy, '/.well-known/carddav'), '301 /home-dav/dav/');
  });
}

test('vdirsyncer through HAProxy that speaks HTTP/2 with davd', {
  skip: skip || without('haproxy'),
}, async (t) => {
  const { certFile, keyFile } = selfSigned(temporary(t), ['localhost']);
  const server = await serving(t, await withAlice(t), ['--tls-cert', certFile, '--tls-key', keyFile]);
  const change = (block: string): string =>
    block.replace(/server davd .*/, (line) => `${line} ssl verify none alpn h2`);
  const proxy = await startProxy(t, 'haproxy', { backend: host(server), change });
  await keepInStep(t, { url: proxy.url, counts, certificate: proxy.certificate });
});
