/** Stopping, reloading and a new certificate while clients are at work: nothing that was asked goes unanswered. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { type ClientHttp2Session, connect } from 'node:http2';
import { Agent, request } from 'node:https';
import { type TestContext, test } from 'node:test';
import { event } from '../objects.ts';
import { selfSigned, temporary } from '../tls/authority.ts';
import { davd, madeFolder, type Serving, serving } from './davd.ts';

const password = 'secret-alice-1';
const authorization = `Basic ${Buffer.from(`alice:${password}`).toString('base64')}`;
const calendar = '/dav/calendars/alice/default/';

interface Busy extends Serving {
  readonly certFile: string;
  readonly keyFile: string;
  readonly ca: string;
}

async function busyServer(t: TestContext): Promise<Busy> {
  const data = await madeFolder(t);
  await davd(['user', 'add', 'alice', '--password-stdin', '--data', data], { input: `${password}\n` });
  const { certFile, keyFile, cert } = selfSigned(temporary(t), ['localhost']);
  const server = await serving(t, data, ['--tls-cert', certFile, '--tls-key', keyFile]);
  return { ...server, certFile, keyFile, ca: cert };
}

/** Status of a PUT over HTTP/1.1. */
function put({ url }: Serving, agent: Agent, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization, 'content-type': 'text/calendar' };
    const asked = request(new URL(calendar + name, url), { method: 'PUT', agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    asked.on('error', reject).end(event(name, { padding: 2_000 }));
  });
}

/** Status of a PUT over HTTP/2. */
async function putStream(session: ClientHttp2Session, name: string): Promise<number> {
  const stream = session.request({ ':method': 'PUT', ':path': calendar + name, authorization });
  stream.end(event(name, { padding: 2_000 }));
  const [headers] = await once(stream, 'response');
  stream.resume();
  await once(stream, 'close');
  return headers[':status'];
}

test('SIGTERM with 200 requests in flight: all are answered, and the exit code is 0', async (t) => {
  const server = await busyServer(t);
  // The logins are known, so that what is in flight is the work itself.
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 140,
    maxFreeSockets: 140,
    rejectUnauthorized: false,
  });
  t.after(() => agent.destroy());
  const session = connect(server.url, { rejectUnauthorized: false });
  session.on('error', () => undefined);
  t.after(() => session.destroy());
  const first = await Promise.all([
    putStream(session, 'first-h2.ics'),
    ...Array.from({ length: 140 }, (_, i) => put(server, agent, `first-${i}.ics`)),
  ]);
  assert.deepEqual(new Set(first), new Set([201]));

  const answers = [
    ...Array.from({ length: 140 }, (_, i) => put(server, agent, `last-${i}.ics`)),
    ...Array.from({ length: 60 }, (_, i) => putStream(session, `last-h2-${i}.ics`)),
  ];
  const settled = Promise.all(answers);
  await Promise.race(answers);
  server.child.kill('SIGTERM');
  const statuses = await settled;
  assert.deepEqual(new Set(statuses), new Set([201]));
  const { code } = await server.ended;
  assert.equal(code, 0);
});

test('SIGHUP and a new certificate under load: no request fails', async (t) => {
  const server = await busyServer(t);
  const session = connect(server.url, { rejectUnauthorized: false });
  t.after(() => session.destroy());
  const agent = new Agent({ keepAlive: true, maxSockets: 4, rejectUnauthorized: false });
  t.after(() => agent.destroy());
  let over = false;
  const statuses: number[] = [];
  const client = async (own: number): Promise<void> => {
    for (let i = 0; !over; i++) {
      const name = `load-${own}-${i}.ics`;
      statuses.push(await (own % 2 === 0 ? put(server, agent, name) : putStream(session, name)));
    }
  };
  const clients = Promise.all([0, 1, 2, 3].map(client));
  const fresh = selfSigned(temporary(t), ['fresh.example']);
  for (let round = 0; round < 5 || statuses.length < 40; round++) {
    copyFileSync(fresh.certFile, server.certFile);
    copyFileSync(fresh.keyFile, server.keyFile);
    server.child.kill('SIGHUP');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  over = true;
  await clients;
  assert.deepEqual(new Set(statuses), new Set([201]));
});
