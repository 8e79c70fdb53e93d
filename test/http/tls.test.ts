/** TLS, and HTTP/2 over it. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { request as requestHttps } from 'node:https';
import { type TestContext, test } from 'node:test';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { type HttpServer, httpServer } from '../../src/http/server.ts';
import type { Certificate } from '../../src/http/tls.ts';
import { BodyTooLarge, type Handler, type Req } from '../../src/http/types.ts';
import { openLog } from '../../src/log.ts';
import { selfSigned, temporary } from '../tls/authority.ts';

const LIMIT = 1_000_000;

/** Answers with what it got, or 413. */
const echo: Handler = async (req) => {
  try {
    const body = Buffer.from(await req.body.bytes(LIMIT));
    return {
      status: 200,
      headers: { ETag: '"1"' },
      body: `${req.method} ${req.path} [${req.query}] ${body.length}`,
    };
  } catch (error) {
    if (error instanceof BodyTooLarge) return { status: 413, headers: {}, body: 'too large' };
    throw error;
  }
};

type AnswerHeaders = IncomingHttpHeaders & { readonly ':status': number };

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Served {
  readonly port: number;
  readonly server: HttpServer;
  readonly certificate: Certificate;
  session(): ClientHttp2Session;
}

async function serve(
  t: TestContext,
  handle: Handler,
  challenges = new Map<string, Certificate>(),
): Promise<Served> {
  const certificate = selfSigned(temporary(t), ['dav.example']);
  const server = httpServer({ handle, trusted: () => undefined, log: openLog({ level: 'silent' }) });
  const endpoint = await server.listen({ host: '127.0.0.1', port: 0 }, { certificate, challenges });
  t.after(() => server.stop(0));
  const port = 'port' in endpoint ? endpoint.port : 0;
  const session = (): ClientHttp2Session => {
    const opened = connectHttp2(`https://127.0.0.1:${port}`, { ca: certificate.cert });
    opened.on('error', () => undefined);
    t.after(() => opened.destroy());
    return opened;
  };
  return { port, server, certificate, session };
}

async function ask(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string>>,
  body?: string | Buffer,
): Promise<Answer> {
  const stream = session.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const [answer] = (await once(stream, 'response')) as unknown as [AnswerHeaders];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { status: answer[':status'], headers: answer, body: Buffer.concat(chunks).toString() };
}

function connected(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
    socket.once('secureConnect', () => resolve(socket)).once('error', reject);
  });
}

test('HTTP/2: a request reaches the handler as the same plain value', async (t) => {
  let seen: Req | undefined;
  const { session, port } = await serve(t, async (req) => {
    seen = req;
    return { status: 207, headers: { 'X-A': ['1', '2'] }, body: Buffer.from(await req.body.bytes(LIMIT)) };
  });
  const answer = await ask(
    session(),
    { ':method': 'PROPFIND', ':path': '/dav/?x=1', depth: '1' },
    '<propfind/>',
  );
  assert.equal(answer.status, 207);
  assert.equal(answer.body, '<propfind/>');
  assert.equal(answer.headers['x-a'], '1, 2');
  assert.deepEqual(
    [seen?.method, seen?.path, seen?.query, seen?.headers['depth'], seen?.headers['host']],
    ['PROPFIND', '/dav/', 'x=1', '1', `127.0.0.1:${port}`],
  );
  assert.deepEqual([seen?.remote, seen?.secure, seen?.exposed], ['127.0.0.1', true, false]);
  assert.equal(
    Object.keys(seen?.headers ?? {}).some((name) => name.startsWith(':')),
    false,
  );
});

test('HTTP/2: bodies with and without a length, none, and one over the limit', async (t) => {
  const { session } = await serve(t, echo);
  const client = session();
  const put = { ':method': 'PUT', ':path': '/a' };
  assert.equal((await ask(client, { ...put, 'content-length': '5' }, 'hello')).body, 'PUT /a [] 5');
  assert.equal((await ask(client, put, 'hello!')).body, 'PUT /a [] 6');
  assert.equal((await ask(client, put)).body, 'PUT /a [] 0');
  assert.equal((await ask(client, put, Buffer.alloc(LIMIT))).body, `PUT /a [] ${LIMIT}`);
  assert.equal((await ask(client, { ':method': 'GET', ':path': '/b' })).body, 'GET /b [] 0');
  const large = client.request(put);
  large.on('error', () => undefined);
  large.write(Buffer.alloc(2 * LIMIT));
  const [headers] = await once(large, 'response');
  assert.equal(headers[':status'], 413);
  large.destroy();
  assert.equal((await ask(client, put, 'after')).status, 200, 'the connection goes on');
});

test('HTTP/2: an answer that ignores the body leaves the connection usable', async (t) => {
  const { session } = await serve(t, async () => ({ status: 401, headers: { 'WWW-Authenticate': 'Basic' } }));
  const client = session();
  for (const length of [10, 2 * LIMIT]) {
    const stream = client.request({ ':method': 'PUT', ':path': '/a' });
    stream.on('error', () => undefined);
    stream.end(Buffer.alloc(length));
    const [headers] = await once(stream, 'response');
    assert.equal(headers[':status'], 401);
  }
  assert.equal((await ask(client, { ':method': 'GET', ':path': '/' })).status, 401);
});

test('HTTP/2: HEAD, 204, streamed answers, and an unknown method', async (t) => {
  const { session } = await serve(t, async ({ method }) => {
    if (method === 'DELETE') return { status: 204, headers: {} };
    const chunks = async function* () {
      for (let i = 0; i < 100; i++) yield 'x'.repeat(10_000);
    };
    return { status: method === 'BREW' ? 501 : 200, headers: {}, body: chunks() };
  });
  const client = session();
  assert.equal((await ask(client, { ':method': 'GET', ':path': '/' })).body.length, 1_000_000);
  assert.equal((await ask(client, { ':method': 'HEAD', ':path': '/' })).body, '');
  assert.equal((await ask(client, { ':method': 'DELETE', ':path': '/' })).status, 204);
  assert.equal((await ask(client, { ':method': 'BREW', ':path': '/' })).status, 501);
  const connect = client.request({ ':method': 'CONNECT', ':authority': 'a:1' });
  assert.equal((await once(connect, 'response'))[0][':status'], 501);
});

test('HTTP/2: a client that goes away in the middle is no failure', async (t) => {
  let asked = 0;
  const { session } = await serve(t, async (req) => {
    asked++;
    await req.body.bytes(LIMIT);
    return { status: 200, headers: {} };
  });
  const client = session();
  const stream = client.request({ ':method': 'PUT', ':path': '/' });
  stream.on('error', () => undefined);
  stream.write('half');
  while (asked === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  client.destroy();
  assert.equal((await ask(session(), { ':method': 'GET', ':path': '/' })).status, 200);
});

test('HTTP/2: requests in flight when the server stops are answered', async (t) => {
  let answering: (() => void) | undefined;
  const { session, server } = await serve(t, async () => {
    await new Promise<void>((resolve) => {
      answering = resolve;
    });
    return { status: 200, headers: {}, body: 'late' };
  });
  const client = session();
  const answer = ask(client, { ':method': 'GET', ':path': '/' });
  while (!answering) await new Promise((resolve) => setTimeout(resolve, 5));
  const stopped = server.stop(5_000);
  setTimeout(answering, 50);
  assert.equal((await answer).body, 'late');
  await stopped;
});

test('an idle HTTP/2 connection does not hold up a stop', async (t) => {
  const { session, server } = await serve(t, echo);
  await ask(session(), { ':method': 'GET', ':path': '/' });
  await server.stop(60_000);
});

test('TLS: HTTP/1.1 for clients that know no other, with HSTS', async (t) => {
  const { port, certificate } = await serve(t, echo);
  const request = requestHttps({ host: '127.0.0.1', port, ca: certificate.cert, method: 'PUT', path: '/x' });
  request.end('abc');
  const [response] = await once(request, 'response');
  assert.equal(response.httpVersion, '1.1');
  assert.match(response.headers['strict-transport-security'], /^max-age=\d+$/);
  response.resume();
});

test('TLS: versions before 1.2 are refused, 1.2 and 1.3 are taken', async (t) => {
  const { port } = await serve(t, echo);
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const socket = await connected(port, { minVersion: version, maxVersion: version });
    assert.equal(socket.getProtocol(), version);
    socket.destroy();
  }
  await assert.rejects(
    connected(port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
  );
});

test('TLS: a new certificate counts for new connections, and open ones go on', async (t) => {
  const { port, session, server } = await serve(t, echo);
  const open = session();
  await ask(open, { ':method': 'GET', ':path': '/' });
  const fresh = selfSigned(temporary(t), ['new.example']);
  server.useCertificate(fresh);
  assert.equal((await ask(open, { ':method': 'GET', ':path': '/' })).status, 200);
  const socket = await connected(port, { servername: 'new.example' });
  assert.equal(socket.getPeerCertificate().subject.CN, 'new.example');
  socket.destroy();
});

test('TLS: without a certificate yet, handshakes fail and later ones succeed', async (t) => {
  const server = httpServer({ handle: echo, trusted: () => undefined, log: openLog({ level: 'silent' }) });
  const endpoint = await server.listen({ host: '127.0.0.1', port: 0 }, { certificate: undefined });
  t.after(() => server.stop(0));
  const port = 'port' in endpoint ? endpoint.port : 0;
  await assert.rejects(connected(port));
  server.useCertificate(selfSigned(temporary(t), ['dav.example']));
  (await connected(port)).destroy();
});

test('TLS-ALPN-01: only a check of the authority sees the certificate of the challenge', async (t) => {
  const challenges = new Map<string, Certificate>();
  const { port } = await serve(t, echo, challenges);
  challenges.set('dav.example', selfSigned(temporary(t), ['challenge.example']));
  const check = await connected(port, { servername: 'dav.example', ALPNProtocols: ['acme-tls/1'] });
  assert.equal(check.alpnProtocol, 'acme-tls/1');
  assert.equal(check.getPeerCertificate().subject.CN, 'challenge.example');
  check.destroy();
  const client = await connected(port, { servername: 'dav.example', ALPNProtocols: ['h2', 'http/1.1'] });
  assert.equal(client.alpnProtocol, 'h2');
  assert.equal(client.getPeerCertificate().subject.CN, 'dav.example');
  client.destroy();
  await assert.rejects(connected(port, { servername: 'other.example', ALPNProtocols: ['acme-tls/1'] }));
});
