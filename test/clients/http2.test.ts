/** Conversations once more over HTTP/2 and TLS: what a client gets does not depend on how it came. */

import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { httpServer } from '../../src/http/server.ts';
import type { Certificate } from '../../src/http/tls.ts';
import { openLog } from '../../src/log.ts';
import { basic, openTestServer, type TestServer } from '../server.ts';
import { selfSigned } from '../tls/authority.ts';
import { cases, readConversation, type Variables } from './conversation.ts';
import { converse } from './converse.ts';

const only = process.env['DAVD_TEST_CONVERSATION'];
const long = process.env['DAVD_TEST_LONG'] !== undefined;
let certificate: Certificate;
const folder = mkdtempSync(join(tmpdir(), 'davd-http2-'));
before(() => {
  certificate = selfSigned(folder, ['localhost']);
});
after(() => rmSync(folder, { recursive: true, force: true }));

for (const file of globSync(`${import.meta.dirname}/**/*.http`).sort()) {
  const path = relative(import.meta.dirname, file);
  if (only !== undefined ? !path.includes(only) : !long && !/^(?:home|sync|write|refusals)\//.test(path))
    continue;
  const { title, steps } = readConversation(readFileSync(file, 'utf8'));
  test(`over HTTP/2: ${title} (${path})`, async (t) => {
    const server = await openTestServer();
    t.after(() => server.close());
    const session = await serveSecurely(t, server);
    const variables: Variables = new Map();
    for (const step of steps) {
      for (const chosen of cases(step)) {
        await converse({ send: (request) => sendOver(session, request) }, step, chosen, variables, path);
      }
    }
  });
}

async function serveSecurely(t: TestContext, { app }: TestServer): Promise<ClientHttp2Session> {
  const http = httpServer({ handle: app.handle, trusted: app.trusted, log: openLog({ level: 'silent' }) });
  t.after(() => http.stop(0));
  const endpoint = await http.listen({ host: '127.0.0.1', port: 0 }, { certificate });
  const port = 'port' in endpoint ? endpoint.port : 0;
  const session = connect(`https://127.0.0.1:${port}`, { ca: certificate.cert });
  t.after(() => session.destroy());
  return session;
}

const sendOver = async (
  session: ClientHttp2Session,
  { method, target, login, headers = {}, body }: Parameters<TestServer['send']>[0],
): Promise<Awaited<ReturnType<TestServer['send']>>> => {
  const sent = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const stream = session.request(
    {
      // What is expected of HEAD is the handler's answer, whose content does not travel.
      ':method': method === 'HEAD' ? 'GET' : method,
      ':path': target,
      ...(login !== undefined && { authorization: basic(login) }),
      ...Object.fromEntries(sent),
    },
    { endStream: body === undefined || body.length === 0 },
  );
  if (body !== undefined && body.length > 0) stream.end(body);
  const [answer] = (await once(stream, 'response')) as unknown as [
    IncomingHttpHeaders & { ':status': number },
  ];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const fields = Object.entries(answer).filter(([name]) => !name.startsWith(':'));
  return {
    status: answer[':status'],
    headers: Object.fromEntries(fields.map(([name, value]) => [name, String(value)])),
    body: bytes,
    text: () => bytes.toString('utf8'),
  };
};
