import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ListenError } from '../../src/http/endpoint.ts';
import { httpServer } from '../../src/http/server.ts';
import { BodyTooLarge, type Handler, type Req } from '../../src/http/types.ts';
import { openLog } from '../../src/log.ts';
import { heard, serve, statuses } from './wire.ts';

const LIMIT = 1_000;

/** Answers with what it got: method, path, query and body, or 413. */
const echo: Handler = async (req) => {
  try {
    const body = Buffer.from(await req.body.bytes(LIMIT)).toString();
    return {
      status: 200,
      headers: { ETag: '"1"' },
      body: `${req.method} ${req.path} [${req.query}] ${body}`,
    };
  } catch (error) {
    if (error instanceof BodyTooLarge) return { status: 413, headers: {}, body: 'too large' };
    throw error;
  }
};

/** Refuses without looking at the body. */
const refuse: Handler = async () => ({ status: 401, headers: { 'WWW-Authenticate': 'Basic' } });

const CLOSE = 'Host: a\r\nConnection: close\r\n';

test('a request reaches the handler as a plain value', async (t) => {
  let seen: Req | undefined;
  const { talk } = await serve(t, async (req) => {
    seen = req;
    return { status: 200, headers: {} };
  });
  await talk(`PROPFIND /dav/a%20b/?x=1?2 HTTP/1.1\r\n${CLOSE}Depth: 0\r\nIf: (<a>)\r\nIf: (<b>)\r\n\r\n`);
  assert.equal(seen?.method, 'PROPFIND');
  assert.equal(seen?.path, '/dav/a%20b/');
  assert.equal(seen?.query, 'x=1?2');
  assert.equal(seen?.headers['depth'], '0');
  assert.equal(seen?.headers['if'], '(<a>), (<b>)');
  assert.equal(seen?.remote, '127.0.0.1');
  assert.equal(seen?.secure, false);
});

const targets: [request: string, answer: string, fact: string][] = [
  ['GET http://example.com:80/a?b HTTP/1.1', 'GET /a [b]', 'absolute-form loses its authority'],
  ['GET http://example.com HTTP/1.1', 'GET / []', 'absolute-form without a path is the root'],
  ['OPTIONS * HTTP/1.1', 'OPTIONS / []', 'the asterisk of OPTIONS is the root'],
];
for (const [line, answer, fact] of targets) {
  test(`request target: ${fact}`, async (t) => {
    const { talk } = await serve(t, echo);
    assert.match(await talk(`${line}\r\n${CLOSE}\r\n`), new RegExp(answer.replace(/[[\]]/g, '\\$&')));
  });
}

const refusals: [bytes: string | readonly string[], status: number, fact: string][] = [
  ['FOO / HTTP/1.1\r\nHost: a\r\n\r\n', 501, 'an unknown method is 501'],
  ['PROPFINDX / HTTP/1.1\r\nHost: a\r\n\r\n', 501, 'a method that begins like a known one is 501'],
  ['GE / HTTP/1.1\r\nHost: a\r\n\r\n', 501, 'a method that stops like a known one is 501'],
  ['get / HTTP/1.1\r\nHost: a\r\n\r\n', 501, 'methods are case-sensitive'],
  ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 501, 'CONNECT is 501'],
  ['\x16\x03\x01\x02\x00\x01', 400, 'a TLS handshake is 400'],
  ['PROPFIND * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 400, 'the asterisk belongs to OPTIONS'],
  ['GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'a blank in the target is 400'],
  ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'no Host is 400'],
  [
    'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
    400,
    'two lengths are 400',
  ],
  ['PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', 400, 'a broken chunk is 400'],
  [
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
    431,
    'a header section over the limit is 431',
  ],
  [
    `PUT / HTTP/1.1\r\n${CLOSE}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc`,
    415,
    'an unknown content coding is 415',
  ],
];
for (const [bytes, status, fact] of refusals) {
  test(`refused: ${fact}`, async (t) => {
    const { talk } = await serve(t, echo);
    assert.deepEqual(statuses(await talk(bytes)), [status]);
  });
}

test('an unknown method behind a pipelined request is refused after that one is answered', async (t) => {
  const { talk } = await serve(t, async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    return { status: 200, headers: {}, body: 'first' };
  });
  const answers = await talk('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nFOO /2 HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.deepEqual(statuses(answers), [200, 501]);
});

test('pipelined requests are handled one after the other, in order', async (t) => {
  let running = 0;
  const { talk } = await serve(t, async (req) => {
    running += 1;
    assert.equal(running, 1);
    await new Promise((resolve) => setTimeout(resolve, req.path === '/1' ? 20 : 1));
    running -= 1;
    return { status: 200, headers: {}, body: `<${req.path}>` };
  });
  const answers = await talk(
    `GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\n${CLOSE}\r\n`,
  );
  assert.deepEqual(answers.match(/<[^>]+>/g), ['</1>', '</2>', '</3>']);
});

test('100 Continue is sent when the handler reads the body', async (t) => {
  const { open } = await serve(t, echo);
  const socket = await open();
  const interim = heard(socket, /100 Continue\r\n\r\n/);
  socket.write(`PUT /a HTTP/1.1\r\n${CLOSE}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`);
  assert.deepEqual(statuses(await interim), [100]);
  const rest = heard(socket);
  socket.write('hi');
  assert.match(await rest, /200 OK[\s\S]*PUT \/a \[\] hi$/);
});

test('a refusal before the body is read comes instead of 100 Continue, and closes', async (t) => {
  const { talk } = await serve(t, refuse);
  const answer = await talk(
    'PUT /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n',
    /\r\n\r\n/,
  );
  assert.deepEqual(statuses(answer), [401]);
  assert.match(answer, /connection: close/i);
});

test('an expectation we do not know is no reason to refuse', async (t) => {
  const { talk } = await serve(t, echo);
  assert.deepEqual(
    statuses(await talk(`PUT / HTTP/1.1\r\n${CLOSE}Expect: 205-later\r\nContent-Length: 0\r\n\r\n`)),
    [200],
  );
});

test('a chunked body is joined', async (t) => {
  const { talk } = await serve(t, echo);
  const answer = await talk([
    `PUT /a HTTP/1.1\r\n${CLOSE}Transfer-Encoding: chunked\r\n\r\n`,
    '3\r\nabc\r\n',
    '2;ext=1\r\nde\r\n',
    '0\r\n\r\n',
  ]);
  assert.match(answer, /PUT \/a \[\] abcde$/);
});

test('a body of megabytes arrives as it was sent', async (t) => {
  const sent = Buffer.from(Array.from({ length: 300_000 }, (_, i) => `${i} `).join(''));
  let got: Uint8Array | undefined;
  const { talk } = await serve(t, async (req) => {
    got = await req.body.bytes(sent.length);
    return { status: 204, headers: {} };
  });
  const head = `PUT / HTTP/1.1\r\n${CLOSE}Content-Length: ${sent.length}\r\n\r\n`;
  assert.deepEqual(statuses(await talk([head, sent])), [204]);
  assert.equal(sent.equals(got ?? Buffer.alloc(0)), true);
});

test('a body over the limit is refused by its announced length, without being read', async (t) => {
  const { talk } = await serve(t, echo);
  const answer = await talk(`PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${2 ** 40}\r\n\r\n`, /too large/);
  assert.deepEqual(statuses(answer), [413]);
  assert.match(answer, /connection: close/i);
});

test('a chunked body over the limit is refused, and a client that sends it all first still gets the answer', async (t) => {
  const { talk } = await serve(t, echo);
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const answer = await talk([
    'PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
    ...Array.from({ length: 40 }, () => chunk),
    '0\r\n\r\n',
  ]);
  assert.deepEqual(statuses(answer), [413]);
});

test('a small body that nobody reads does not cost the connection', async (t) => {
  const { talk } = await serve(t, refuse);
  const put = `PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello`;
  const answer = await talk([put, `GET /a HTTP/1.1\r\n${CLOSE}\r\n`]);
  assert.deepEqual(statuses(answer), [401, 401]);
});

test('HEAD has the headers of GET and no content', async (t) => {
  const { talk } = await serve(t, echo);
  const answer = await talk(`HEAD /a HTTP/1.1\r\n${CLOSE}\r\n`);
  assert.match(answer, /content-length: 11\r\n/i);
  assert.match(answer, /ETag: "1"/);
  assert.match(answer, /\r\n\r\n$/);
});

test('a length that the handler states for HEAD is kept', async (t) => {
  const { talk } = await serve(t, async () => ({ status: 200, headers: { 'content-length': '77' } }));
  assert.match(await talk(`HEAD /a HTTP/1.1\r\n${CLOSE}\r\n`), /content-length: 77\r\n/);
});

test('an answer without a body says so, 204 and 304 have neither body nor length', async (t) => {
  const { talk } = await serve(t, async ({ path }) => ({
    status: Number(path.slice(1)),
    headers: {},
    ...(path === '/201' ? {} : { body: 'dropped' }),
  }));
  assert.match(await talk(`PUT /201 HTTP/1.1\r\n${CLOSE}\r\n`), /content-length: 0\r\n/i);
  for (const status of [204, 304]) {
    const answer = await talk(`PUT /${status} HTTP/1.1\r\n${CLOSE}\r\n`);
    assert.doesNotMatch(answer, /content-length|transfer-encoding|dropped/i);
    assert.match(answer, /\r\nDate: /);
  }
});

test('repeated headers are written one line each', async (t) => {
  const { talk } = await serve(t, async () => ({
    status: 401,
    headers: { 'WWW-Authenticate': ['Basic', 'Digest'] },
  }));
  const answer = await talk(`GET / HTTP/1.1\r\n${CLOSE}\r\n`);
  assert.match(answer, /WWW-Authenticate: Basic\r\nWWW-Authenticate: Digest\r\n/);
});

test('a streamed body arrives whole, and is asked for no faster than the client reads', async (t) => {
  const chunk = 'x'.repeat(100_000);
  let made = 0;
  async function* content(): AsyncGenerator<string> {
    for (let i = 0; i < 200; i++) {
      made += 1;
      yield chunk;
    }
  }
  const { open } = await serve(t, async () => ({ status: 207, headers: {}, body: content() }));
  const socket = await open();
  socket.pause();
  socket.write(`GET / HTTP/1.1\r\n${CLOSE}\r\n`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(made < 200, `${made} chunks were made before anything was read`);
  let octets = 0;
  socket.on('data', (data) => {
    octets += data.length;
  });
  socket.resume();
  await new Promise((resolve) => socket.once('end', resolve));
  assert.equal(made, 200);
  assert.ok(octets > 200 * chunk.length);
});

test('an error in the middle of a streamed body cuts the connection', async (t) => {
  async function* content(): AsyncGenerator<string> {
    yield 'begin';
    await new Promise((resolve) => setTimeout(resolve, 10));
    throw new Error('broken');
  }
  const { talk } = await serve(t, async () => ({ status: 207, headers: {}, body: content() }));
  const answer = await talk(`GET / HTTP/1.1\r\n${CLOSE}\r\n`);
  assert.match(answer, /begin/);
  assert.doesNotMatch(answer, /0\r\n\r\n$/);
});

test('a source of a streamed body is closed when the client goes', async (t) => {
  const closed = Promise.withResolvers<void>();
  async function* content(): AsyncGenerator<string> {
    try {
      for (;;) {
        yield 'x'.repeat(10_000);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    } finally {
      closed.resolve();
    }
  }
  const { talk } = await serve(t, async () => ({ status: 207, headers: {}, body: content() }));
  await talk(`GET / HTTP/1.1\r\n${CLOSE}\r\n`, /x{1000}/);
  await closed.promise;
});

for (const [fact, handle] of [
  ['a handler that throws', () => Promise.reject(new Error('secret detail'))],
  ['a header that cannot be written', async () => ({ status: 200, headers: { X: 'a\r\nb' } })],
] as [string, Handler][]) {
  test(`${fact} is answered 500 without detail`, async (t) => {
    const { talk } = await serve(t, handle);
    const answer = await talk(`GET / HTTP/1.1\r\n${CLOSE}\r\n`);
    assert.deepEqual(statuses(answer), [500]);
    assert.doesNotMatch(answer, /secret/);
  });
}

test('stop: a request in flight is answered, an idle connection is closed, a new one is not taken', async (t) => {
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const { open, server } = await serve(t, async ({ path }) => {
    if (path === '/slow') {
      started.resolve();
      await release.promise;
    }
    return { status: 200, headers: {}, body: `<${path}>` };
  });
  const idle = await open();
  const first = heard(idle, /<\/quick>/);
  idle.write('GET /quick HTTP/1.1\r\nHost: a\r\n\r\n');
  await first;
  const busy = await open();
  const answer = heard(busy);
  busy.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
  await started.promise;

  const idleEnded = heard(idle);
  const stopped = server.stop(10_000);
  await idleEnded;
  await assert.rejects(open(), { code: 'ECONNREFUSED' });
  release.resolve();
  assert.match(await answer, /Connection: close[\s\S]*<\/slow>/);
  await stopped;
});

test('stop: what does not finish within the grace is cut', async (t) => {
  const started = Promise.withResolvers<void>();
  const { open, server } = await serve(t, () => {
    started.resolve();
    return new Promise(() => {});
  });
  const socket = await open();
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await started.promise;
  await server.stop(30);
});

test('listen: a taken port is one sentence', async (t) => {
  const { port } = await serve(t, echo);
  const second = httpServer({ handle: echo, trusted: () => undefined, log: openLog({ level: 'silent' }) });
  await assert.rejects(second.listen({ host: '127.0.0.1', port }), (error: Error) => {
    assert.ok(error instanceof ListenError);
    assert.match(
      error.message,
      /^can't listen on "127\.0\.0\.1:\d+": another program listens there; .* --listen/,
    );
    return true;
  });
});

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'davd-http-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('listen: a unix socket has the permissions asked for, and one left by a killed process is replaced', async (t) => {
  const path = join(folder(t), 'http.sock');
  const options = {
    handle: echo,
    trusted: () => undefined,
    log: openLog({ level: 'silent' }),
    socketMode: 0o600,
  };
  const first = httpServer(options);
  await first.listen({ path });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await assert.rejects(httpServer(options).listen({ path }), /another program listens there/);
  await first.stop(0);
  assert.equal(existsSync(path), false);
});

test('listen: a file that is no socket is not touched', async (t) => {
  const path = join(folder(t), 'precious');
  writeFileSync(path, 'text');
  const server = httpServer({ handle: echo, trusted: () => undefined, log: openLog({ level: 'silent' }) });
  await assert.rejects(server.listen({ path }), ListenError);
  assert.equal(statSync(path).size, 4);
});
