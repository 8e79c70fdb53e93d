/** `davd serve --acme` against a real certificate authority. */

import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect, type PeerCertificate } from 'node:tls';
import { madeFolder, type Started, start, stop } from '../cli/davd.ts';
import { temporary } from './authority.ts';
import { hasPebble, NAME, type Pebble, type PebbleOptions, startPebble } from './pebble.ts';

const missing = !hasPebble();
if (missing && process.env['CI'] === 'true') {
  throw new Error('pebble is not installed: apt-get install pebble, as .ci/run does');
}
const skip = missing && 'pebble is not installed: apt-get install pebble';

function serve(t: TestContext, data: string, pebble: Pebble, ...args: readonly string[]): Started {
  const started = start(['serve', '--data', data, '--listen', pebble.tls, ...pebble.options, ...args], {
    env: pebble.env,
  });
  t.after(() => stop(started));
  return started;
}

/** The certificate of a new connection; undefined while there is none. */
function seen(address: string): Promise<PeerCertificate | undefined> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve) => {
    const options = { host, port: Number(port), servername: NAME, rejectUnauthorized: false };
    const socket = connect(options, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.once('error', () => resolve(undefined));
  });
}

/** Waits for a certificate that isn't the one with this serial number. */
async function obtained(address: string, earlier?: string): Promise<PeerCertificate> {
  for (let tries = 0; tries < 600; tries++) {
    const certificate = await seen(address);
    if (certificate && certificate.serialNumber !== earlier) return certificate;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('no certificate within a minute');
}

function fromPebble(certificate: PeerCertificate): void {
  assert.match(certificate.issuer.CN?.toString() ?? '', /Pebble/);
  assert.equal(certificate.subjectaltname, `DNS:${NAME}`);
}

async function begin(t: TestContext, options?: PebbleOptions): Promise<{ data: string; pebble: Pebble }> {
  const [data, pebble] = await Promise.all([madeFolder(t), startPebble(t, options)]);
  return { data, pebble };
}

test('HTTP-01: a certificate is obtained, plain http is redirected, and a restart keeps it', {
  skip,
}, async (t) => {
  const { data, pebble } = await begin(t);
  const server = serve(t, data, pebble, '--http-listen', pebble.http, '--acme-email', 'admin@example.com');
  const certificate = await obtained(pebble.tls);
  fromPebble(certificate);

  const elsewhere = { headers: { host: `${NAME}:80` }, redirect: 'manual' } as const;
  const redirected = await fetch(`http://${pebble.http}/dav/?x=1`, elsewhere);
  assert.equal(redirected.status, 301);
  const [, port] = pebble.tls.split(':');
  assert.equal(redirected.headers.get('location'), `https://${NAME}:${port}/dav/?x=1`);

  await stop(server);
  serve(t, data, pebble, '--http-listen', pebble.http);
  assert.equal((await obtained(pebble.tls)).serialNumber, certificate.serialNumber);
});

test('TLS-ALPN-01: a certificate is obtained without port 80', { skip }, async (t) => {
  const { data, pebble } = await begin(t);
  serve(t, data, pebble, '--http-listen', 'none');
  fromPebble(await obtained(pebble.tls));
});

test('DNS-01: a certificate is obtained through a command that sets records', { skip }, async (t) => {
  const { data, pebble } = await begin(t);
  const hook = join(temporary(t), 'hook');
  const call = (path: string, body: string): string =>
    `curl -s -X POST -d '${body}' ${pebble.management}/${path}`;
  writeFileSync(
    hook,
    `#!/bin/sh
echo "$1 $2" >> "$0.log"
case $1 in
  set) ${call('set-txt', `{"host":"'"$2"'.","value":"'"$3"'"}`)} ;;
  remove) ${call('clear-txt', `{"host":"'"$2"'."}`)} ;;
esac
`,
  );
  chmodSync(hook, 0o755);
  serve(t, data, pebble, '--acme-dns-hook', hook);
  fromPebble(await obtained(pebble.tls));
  const name = `_acme-challenge.${NAME}`;
  assert.equal(readFileSync(`${hook}.log`, 'utf8'), `set ${name}\nremove ${name}\n`);
});

test('a certificate is renewed when two thirds of its time are over', { skip }, async (t) => {
  const { data, pebble } = await begin(t, { validity: 15 });
  serve(t, data, pebble, '--http-listen', pebble.http);
  const first = await obtained(pebble.tls);
  const second = await obtained(pebble.tls, first.serialNumber);
  fromPebble(second);
});

test('a check that fails is logged with its cause, and the server stays', { skip }, async (t) => {
  const { data, pebble } = await begin(t);
  const [host, port] = pebble.http.split(':');
  const other = createServer((_request, response) => response.writeHead(404).end()).listen(
    Number(port),
    host,
  );
  t.after(() => other.close());
  const server = serve(t, data, pebble, '--http-listen', '127.0.0.1:0');
  await server.said(/^davd ready on https:/m);
  const text = await complaint(server);
  assert.match(text, /can't get a certificate for dav\.example\.com from .* by http-01: .*404/);
  assert.equal(server.child.exitCode, null);
});

test('a name that does not resolve is logged as that', { skip }, async (t) => {
  const { data, pebble } = await begin(t, { address: '' });
  const server = serve(t, data, pebble, '--http-listen', pebble.http);
  const text = await complaint(server);
  assert.match(text, /can't get a certificate for dav\.example\.com from .* by http-01: .*could not resolve/);
});

test('a taken port for plain http is refused in one sentence', { skip }, async (t) => {
  const { data, pebble } = await begin(t);
  const [host, port] = pebble.http.split(':');
  const other = createServer().listen(Number(port), host);
  t.after(() => other.close());
  const { code, err } = await serve(t, data, pebble, '--http-listen', pebble.http).ended;
  assert.equal(code, 1);
  assert.match(
    err,
    /davd: can't listen on "127\.0\.0\.1:\d+": another program listens there; .*--http-listen none\n$/,
  );
});

test('a server that is killed in the middle of an order gets its certificate after the restart', {
  skip,
}, async (t) => {
  const { data, pebble } = await begin(t, { delay: 4 });
  const first = serve(t, data, pebble, '--http-listen', pebble.http);
  await first.said(/^davd ready/m);
  for (let tries = 0; tries < 200 && !existsSync(join(data, 'tls')); tries++) await pause(50);
  await pause(500);
  first.child.kill('SIGKILL');
  await first.ended;
  assert.equal(existsSync(join(data, 'tls', 'certificate.pem')), false, 'it was in the middle');
  serve(t, data, pebble, '--http-listen', pebble.http);
  fromPebble(await obtained(pebble.tls));
});

/** The line of the log that says why there is no certificate. */
async function complaint({ child }: Started): Promise<string> {
  for await (const chunk of child.stderr ?? []) {
    const text = String(chunk);
    if (/no certificate/.test(text)) return text;
  }
  throw new Error('the server ended without a word');
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
