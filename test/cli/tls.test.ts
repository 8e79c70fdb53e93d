/** `davd serve` with a certificate, and without one where others can read along. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { expired, selfSigned, temporary } from '../tls/authority.ts';
import { davd, listening, madeFolder, propfind, type Serving, serving, start, stop } from './davd.ts';

const password = 'secret-alice-1';

async function withAlice(t: TestContext): Promise<string> {
  const data = await madeFolder(t);
  await davd(['user', 'add', 'alice', '--password-stdin', '--data', data], { input: `${password}\n` });
  return data;
}

function secure(t: TestContext, data: string, cert: string, key: string): Promise<Serving> {
  return serving(t, data, ['--tls-cert', cert, '--tls-key', key]);
}

/** Common name of the certificate that a new connection sees. */
function subject(url: string): Promise<string | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().subject.CN?.toString());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

test('curl gets its 207 by HTTP/2 and by HTTP/1.1', async (t) => {
  const { certFile, keyFile } = selfSigned(temporary(t), ['dav.example']);
  const { url } = await secure(t, await withAlice(t), certFile, keyFile);
  assert.match(url, /^https:/);
  for (const [flag, version] of [
    ['--http2', '2'],
    ['--http1.1', '1.1'],
  ] as const) {
    const { stdout } = await promisify(execFile)('curl', [
      ...['-s', flag, '--cacert', certFile, '-u', `alice:${password}`, '-X', 'PROPFIND', '-H', 'Depth: 0'],
      ...['-o', '/dev/null', '-w', '%{http_code} %{http_version}', `${url}dav/calendars/alice/default/`],
    ]);
    assert.equal(stdout, `207 ${version}`);
  }
});

test('a certificate that was renewed is used at once after SIGHUP, a broken one never', async (t) => {
  const folder = temporary(t);
  const { certFile, keyFile } = selfSigned(folder, ['first.example']);
  const server = await secure(t, await withAlice(t), certFile, keyFile);
  assert.equal(await subject(server.url), 'first.example');

  writeFileSync(certFile, 'not a certificate');
  server.child.kill('SIGHUP');
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(await subject(server.url), 'first.example', 'the last good one stays');

  const next = selfSigned(folder, ['second.example'], 'next');
  renameSync(next.certFile, certFile);
  copyFileSync(next.keyFile, keyFile);
  server.child.kill('SIGHUP');
  for (let tries = 0; tries < 100 && (await subject(server.url)) !== 'second.example'; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(await subject(server.url), 'second.example');
  assert.match((await stop(server)).err, /holds no certificate/);
});

test('certificates that can not be used are refused in one sentence', async (t) => {
  const data = await madeFolder(t);
  const folder = temporary(t);
  const good = selfSigned(folder, ['a.example'], 'good');
  const other = selfSigned(folder, ['b.example'], 'other');
  const old = expired(folder);
  const refused = async (cert: string, key: string, sentence: RegExp): Promise<void> => {
    const args = ['serve', '--data', data, '--listen', '127.0.0.1:0', '--tls-cert', cert, '--tls-key', key];
    const { code, out, err } = await davd(args);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^davd: [^\n]*\n$/);
    assert.match(err, sentence);
  };
  await refused(
    good.certFile,
    other.keyFile,
    /the key ".*other\.key" does not belong to the certificate ".*good\.pem"/,
  );
  await refused(old.certFile, old.keyFile, /the certificate ".*expired\.pem" expired on .*2020/);
  await refused(
    join(folder, 'absent.pem'),
    good.keyFile,
    /can't read ".*absent\.pem": there is no such file/,
  );
  await refused(good.keyFile, good.keyFile, /"[^"]*good\.key" holds no certificate/);
  const alone = await davd(['serve', '--data', data, '--tls-cert', good.certFile]);
  assert.match(alone.err, /^davd: tlsCert and tlsKey go together[^\n]*\n$/);
});

test('a certificate for another name than that of the url is pointed out', async (t) => {
  const { certFile, keyFile } = selfSigned(temporary(t), ['dav.example']);
  const args = ['serve', '--data', await madeFolder(t), '--listen', '127.0.0.1:0'];
  for (const [url, other] of [
    ['https://dav.example', false],
    ['https://other.example', true],
  ] as const) {
    const started = start([...args, '--tls-cert', certFile, '--tls-key', keyFile], {
      env: { DAVD_URL: url },
    });
    const { err } = await stop(await listening(t, started));
    assert.equal(/not made for the name/.test(err), other);
  }
});

test('a key that may not be read is refused with the uid', {
  skip: process.getuid?.() !== 0 && 'needs root',
}, async (t) => {
  const folder = temporary(t);
  chmodSync(folder, 0o755);
  const { certFile, keyFile } = selfSigned(folder, ['a.example']);
  chmodSync(keyFile, 0o600);
  const data = await madeFolder(t);
  const { chownSync, readdirSync } = await import('node:fs');
  for (const name of ['', ...readdirSync(data, { recursive: true, encoding: 'utf8' })]) {
    chownSync(join(data, name), 65_534, 65_534);
  }
  const { err } = await davd(['serve', '--data', data, '--tls-cert', certFile, '--tls-key', keyFile]);
  assert.match(
    err,
    /^davd: can't read ".*server\.key": no permission for the user that davd runs as \(uid 65534\)\n$/,
  );
});

const outside = Object.values(networkInterfaces())
  .flat()
  .find((address) => address && !address.internal && address.family === 'IPv4')?.address;

test('passwords over plain http from another address are refused with the setting that allows them', {
  skip: outside === undefined && 'this machine has no address but loopback',
}, async (t) => {
  const data = await withAlice(t);
  const args = ['serve', '--data', data, '--listen', '0.0.0.0:0'];
  const server = await listening(t, start(args));
  const { port } = new URL(server.url);
  const url = `http://${outside}:${port}/dav/`;
  assert.equal(await propfind(url, 'alice', password), 403);
  const bare = await fetch(url);
  assert.equal(bare.headers.get('www-authenticate'), null, 'nobody is asked for one');
  assert.match(await bare.text(), /"auth\.allowPlain"/);
  assert.equal(await propfind(`http://127.0.0.1:${port}/dav/`, 'alice', password), 207);
  assert.match((await stop(server)).err, /no TLS/);

  const allowing = await listening(t, start(args, { env: { DAVD_AUTH_ALLOW_PLAIN: 'true' } }));
  assert.equal(
    await propfind(`http://${outside}:${new URL(allowing.url).port}/dav/`, 'alice', password),
    207,
  );
});
